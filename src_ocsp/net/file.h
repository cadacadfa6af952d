/* Files, whole: read at once, written so that nobody ever sees half of one. */
#ifndef OCSP_NET_FILE_H
#define OCSP_NET_FILE_H

#include <stddef.h>

#include "net/error.h"
#include "net/new_file.h"

/* Why the path is no regular file that can be read, as a text that the next call may
 * change; NULL: it is one. */
const char *ocsp_file_obstacle(const char *path);

/* Reads the whole file. *data is malloc'ed with a '\0' behind its `size` bytes. Refuses
 * folders and files over 64 GiB. */
enum ocsp_status ocsp_file_read(const char *path, char **data, size_t *size,
                                struct ocsp_error *err);

/* The same of a file in an open folder, where it follows no link. */
enum ocsp_status ocsp_file_read_in(int folder, const char *name, char **data,
                                   size_t *size, struct ocsp_error *err);

/* The same as the first of a text that people write: refuses files over 64 MiB, and zero
 * bytes. */
enum ocsp_status ocsp_file_read_text(const char *path, char **text, size_t *size,
                                     struct ocsp_error *err);

/* Reads the last `size` bytes of a file. */
enum ocsp_status ocsp_file_read_end(const char *path, void *data, size_t size,
                                    struct ocsp_error *err);

/* "<folder>/<base><ending>", malloc'ed; NULL: no memory. */
char *ocsp_file_path(const char *folder, const char *base, const char *ending);

struct ocsp_file_content {
    const char *path;
    const void *data; /* NULL: the file is removed, where there is one */
    size_t size;
};

/* Writes `n` files, all or none, and each whole: each is written under a temporary name
 * beside its path (net/new_file.h), and synced. When all are complete, they are renamed
 * in order, and their folders are synced. On failure no temporary file is left, and the
 * old files are there again (on a file system without hard links: but for those that were
 * renamed before another rename failed). */
enum ocsp_status ocsp_files_write(const struct ocsp_file_content *files, int n,
                                  struct ocsp_error *err);

/* What was made, renamed or removed in a folder is on the disk. */
enum ocsp_status ocsp_folder_sync(const char *folder, struct ocsp_error *err);

/* Syncs a file that someone else wrote, through a descriptor of his own, and gives it its
 * name. On failure it is to be discarded. */
enum ocsp_status ocsp_file_commit(struct ocsp_new_file *file, struct ocsp_error *err);

#endif
