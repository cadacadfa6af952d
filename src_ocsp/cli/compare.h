#ifndef OCSP_CLI_COMPARE_H
#define OCSP_CLI_COMPARE_H

#include "cli/flags.h"
#include "cli/net_files.h"

/* `compare A.cfg B.cfg [-json]` */
enum ocsp_status ocsp_compare_run(const struct ocsp_net_files *net,
                                  struct ocsp_flags *flags, struct ocsp_error *err);

#endif
