/* `backbone`: of a classifier's pair, the pair that a detector's training starts from. */
#ifndef OCSP_CLI_BACKBONE_H
#define OCSP_CLI_BACKBONE_H

#include "cli/flags.h"
#include "cli/net_files.h"

/* What the command needs of its own flags. */
enum ocsp_status ocsp_backbone_check_usage(const struct ocsp_flags *flags,
                                           struct ocsp_error *err);
/* Writes PREFIX.cfg and PREFIX.weights, both or none, and prints what they hold. */
enum ocsp_status ocsp_backbone_run(const struct ocsp_net_files *net,
                                   struct ocsp_flags *flags, struct ocsp_error *err);

#endif
