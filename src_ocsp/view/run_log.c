#include "view/run_log.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "net/new_file.h"

void ocsp_run_log_init(struct ocsp_run_log *log)
{
    *log = (struct ocsp_run_log){.fd = -1};
}

void ocsp_run_log_clear(struct ocsp_run_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    free(log->kept);
    ocsp_run_log_init(log);
}

static void write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        const ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return;
        text += done;
        n -= (size_t)done;
    }
}

enum ocsp_status ocsp_run_log_open(struct ocsp_run_log *log, const char *path, bool anew,
                                   struct ocsp_error *err)
{
    static const char replaced_line[] =
        "ocsp: this log begins anew: at its name was a link, or another user's file\n";
    bool replaced;

    if (log->fd >= 0)
        close(log->fd);
    log->fd = ocsp_append_open(path, anew, &replaced, err);
    if (log->fd >= 0 && replaced)
        write_all(log->fd, replaced_line, sizeof replaced_line - 1);
    if (log->fd >= 0)
        write_all(log->fd, log->kept, log->n_kept);
    free(log->kept);
    log->kept = NULL;
    log->n_kept = 0;
    return log->fd >= 0 ? OCSP_OK : err->status;
}

static void keep(struct ocsp_run_log *log, const char *line, size_t n)
{
    if (!log->kept)
        log->kept = malloc(OCSP_LOG_KEPT);
    if (!log->kept || n + 1 > OCSP_LOG_KEPT - log->n_kept)
        return;
    memcpy(log->kept + log->n_kept, line, n);
    log->n_kept += n;
    log->kept[log->n_kept++] = '\n';
}

void ocsp_run_log_line(struct ocsp_run_log *log, const char *line, size_t n)
{
    if (log->fd < 0) {
        keep(log, line, n);
        return;
    }
    /* one call: another process's line does not come between */
    struct iovec parts[] = {{(void *)(uintptr_t)line, n}, {(char[]){'\n'}, 1}};
    const ssize_t done = writev(log->fd, parts, 2);
    (void)done;
}

/* Leaves "ESC [ … m" out. Returns the length. */
static size_t strip_colours(char *text, size_t n)
{
    size_t to = 0;

    for (size_t k = 0; k < n; k++)
        if (text[k] == '\033')
            while (k < n && text[k] != 'm')
                k++;
        else
            text[to++] = text[k];
    return to;
}

void ocsp_run_log_host_line(struct ocsp_run_log *log, const char *line, size_t n)
{
    static const char last[] = "ocsp: from here on the host's lines are left out, for "
                               "there are 256 MiB of them";
    const bool had_room = log->host_bytes < OCSP_LOG_HOST_MOST;

    if (!had_room)
        return;
    log->host_bytes += (long)n + 1;
    char *plain = malloc(n + 1);
    if (plain) {
        memcpy(plain, line, n);
        ocsp_run_log_line(log, plain, strip_colours(plain, n));
        free(plain);
    }
    if (log->host_bytes >= OCSP_LOG_HOST_MOST)
        ocsp_run_log_line(log, last, sizeof last - 1);
}
