/* Files, whole: read at once, written so that nobody ever sees half of one. */
#ifndef OCSP_NET_FILE_H
#define OCSP_NET_FILE_H

#include <stddef.h>

#include "net/error.h"

/* Reads the whole file. *data is malloc'ed with a '\0' behind its `size` bytes. Refuses
 * folders and files over 4 GiB. */
enum ocsp_status ocsp_file_read(const char *path, char **data, size_t *size,
                                struct ocsp_error *err);

struct ocsp_file_content {
    const char *path;
    const void *data; /* NULL: the file is removed, where there is one */
    size_t size;
};

#define OCSP_TEMPORARY ".ocsp-tmp" /* behind the path, until it is complete */

/* Writes `n` files, each whole or not at all: each goes to a temporary name beside its
 * path, is synced, and only when all are complete they are renamed in order, and their
 * folders synced. On failure no temporary file is left; should a rename itself fail, the
 * files renamed before it stay. */
enum ocsp_status ocsp_files_write(const struct ocsp_file_content *files, int n,
                                  struct ocsp_error *err);

/* Where someone else wrote the file, through `fd`, under its temporary name: puts it in
 * its place, synced. */
enum ocsp_status ocsp_file_commit(int fd, const char *path, struct ocsp_error *err);

#endif
