/* Files, whole: read at once, written so that nobody ever sees half of one. */
#ifndef OCSP_NET_FILE_H
#define OCSP_NET_FILE_H

#include <stddef.h>

#include "net/error.h"

/* Reads the whole file. *data is malloc'ed with a '\0' behind its `size` bytes. Refuses
 * folders and files over 64 GiB. */
enum ocsp_status ocsp_file_read(const char *path, char **data, size_t *size,
                                struct ocsp_error *err);

/* The same of a text that people write: refuses files over 64 MiB, and zero bytes. */
enum ocsp_status ocsp_file_read_text(const char *path, char **text, size_t *size,
                                     struct ocsp_error *err);

struct ocsp_file_content {
    const char *path;
    const void *data; /* NULL: the file is removed, where there is one */
    size_t size;
};

/* Behind a path: of a file that is not yet complete, and of what was there before, until
 * all are in their places. A killed process may leave some. */
#define OCSP_TEMPORARY ".ocsp-tmp"
#define OCSP_OLD ".ocsp-old"

/* Writes `n` files, all or none, and each whole: each goes to a temporary name beside its
 * path, is synced, and only when all are complete they are renamed in order, and their
 * folders synced. On failure no temporary file is left and what was there before is there
 * again (where the filesystem has no hard links: but for what was renamed before another
 * rename failed). */
enum ocsp_status ocsp_files_write(const struct ocsp_file_content *files, int n,
                                  struct ocsp_error *err);

/* Where someone else wrote the file, through `fd`, under its temporary name: puts it in
 * its place, synced. */
enum ocsp_status ocsp_file_commit(int fd, const char *path, struct ocsp_error *err);

#endif
