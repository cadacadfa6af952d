/* Files, whole: read at once, written so that nobody ever sees half of one. */
#ifndef OCSP_NET_FILE_H
#define OCSP_NET_FILE_H

#include <stddef.h>

#include "net/error.h"

/* Reads the whole file. *data is malloc'ed with a '\0' behind its `size` bytes. Refuses
 * folders and files over 4 GiB. */
enum ocsp_status ocsp_file_read(const char *path, char **data, size_t *size,
                                struct ocsp_error *err);

/* The same of a text that people write: refuses files over 64 MiB, and zero bytes. */
enum ocsp_status ocsp_file_read_text(const char *path, char **text, size_t *size,
                                     struct ocsp_error *err);

struct ocsp_file_content {
    const char *path;
    const void *data;
    size_t size;
};

/* Writes `n` files, each whole or not at all: each goes to a temporary name beside its
 * path, is synced, and only when all are complete they are renamed in order, and their
 * folders synced. On failure no temporary file is left; should a rename itself fail, the
 * files renamed before it stay. */
enum ocsp_status ocsp_files_write(const struct ocsp_file_content *files, int n,
                                  struct ocsp_error *err);

#endif
