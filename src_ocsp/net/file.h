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

/* "<folder>/<base><ending>", malloc'ed; NULL: no memory. */
char *ocsp_file_path(const char *folder, const char *base, const char *ending);

struct ocsp_file_content {
    const char *path;
    const void *data; /* NULL: the file is removed, where there is one */
    size_t size;
};

/* Endings of two names beside a path: of the new file while it is not complete, and of
 * the old one until all new files are in place. A killed process may leave some. */
#define OCSP_TEMPORARY ".ocsp-tmp"
#define OCSP_OLD ".ocsp-old"

/* Writes `n` files, all or none, and each whole: each is written under a temporary name
 * beside its path, and synced. When all are complete, they are renamed in order, and
 * their folders are synced. On failure no temporary file is left, and the old files are
 * there again (on a file system without hard links: but for those that were renamed
 * before another rename failed). */
enum ocsp_status ocsp_files_write(const struct ocsp_file_content *files, int n,
                                  struct ocsp_error *err);

/* Syncs a file that someone else wrote through `fd` under its temporary name, and renames
 * it to `path`. */
enum ocsp_status ocsp_file_commit(int fd, const char *path, struct ocsp_error *err);

#endif
