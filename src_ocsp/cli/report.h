#ifndef OCSP_CLI_REPORT_H
#define OCSP_CLI_REPORT_H

#include "cli/flags.h"
#include "cli/net_files.h"

/* `report BACKUP_DIR` and `report -before A.cfg -after B.cfg`: writes the page. */
enum ocsp_status ocsp_report_run(const struct ocsp_net_files *net,
                                 struct ocsp_flags *flags, struct ocsp_error *err);

#endif
