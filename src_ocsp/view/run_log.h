/* The log of a run: a file of lines that is opened when its name is known. The lines from
 * before that are kept, and written then. */
#ifndef OCSP_VIEW_RUN_LOG_H
#define OCSP_VIEW_RUN_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "net/error.h"

#define OCSP_LOG_KEPT (256 * 1024) /* bytes that are kept */
/* Bytes of a host's lines in one process: a host may write gigabytes in weeks. */
#define OCSP_LOG_HOST_MOST (256L * 1024 * 1024)

struct ocsp_run_log {
    int fd; /* −1: not open */
    char *kept;
    size_t n_kept;
    long host_bytes;
};

void ocsp_run_log_init(struct ocsp_run_log *log);
void ocsp_run_log_clear(struct ocsp_run_log *log);

/* Appends to the file, or begins it anew. On failure the lines go nowhere. */
enum ocsp_status ocsp_run_log_open(struct ocsp_run_log *log, const char *path, bool anew,
                                   struct ocsp_error *err);

/* One line, without its end, and at once. What cannot be written is lost: a run goes on
 * without its log. Safe in a signal handler where the log is open. */
void ocsp_run_log_line(struct ocsp_run_log *log, const char *line, size_t n);
/* The same of a line of the host, without the escapes that colour it. */
void ocsp_run_log_host_line(struct ocsp_run_log *log, const char *line, size_t n);

#endif
