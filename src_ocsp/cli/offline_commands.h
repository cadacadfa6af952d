/* What the commands without a host do, once their files are open and their flags read. */
#ifndef OCSP_CLI_OFFLINE_COMMANDS_H
#define OCSP_CLI_OFFLINE_COMMANDS_H

#include "cli/flags.h"
#include "cli/net_files.h"

enum ocsp_status ocsp_run_info(const struct ocsp_net_files *net, struct ocsp_flags *flags,
                               struct ocsp_error *err);
enum ocsp_status ocsp_run_saliency(const struct ocsp_net_files *net,
                                   struct ocsp_flags *flags, struct ocsp_error *err);
enum ocsp_status ocsp_run_plan(const struct ocsp_net_files *net, struct ocsp_flags *flags,
                               struct ocsp_error *err);
enum ocsp_status ocsp_run_prune(const struct ocsp_net_files *net,
                                struct ocsp_flags *flags, struct ocsp_error *err);
enum ocsp_status ocsp_run_lint(const struct ocsp_net_files *net, struct ocsp_flags *flags,
                               struct ocsp_error *err);

#endif
