/* A file while it is not complete: under a name beside its own that nobody can foretell,
 * made by this process alone. It gets its own name when it is whole.
 *
 * Others may write to the folder. No link is followed, nothing that was there is written
 * to or waited for, and a file that somebody put in the place of ours is not taken for
 * it. At the path itself may be a file, a link to one, or nothing: the name gets the new
 * file, and the link's target stays what it is. */
#ifndef OCSP_NET_NEW_FILE_H
#define OCSP_NET_NEW_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "net/error.h"

/* Endings of two names beside a path: of the new file while it is not complete, and of
 * the old one until all new files are in place. A killed process may leave some. */
#define OCSP_TEMPORARY ".ocsp-tmp"
#define OCSP_OLD ".ocsp-old"

/* All zero: there is none. */
struct ocsp_new_file {
    char *path;      /* that it will have */
    char *temporary; /* that it has */
    int fd;          /* open for writing, and locked for as long as it is; −1: closed */
};

/* Refuses a path where something is that no file can replace, or should: a folder, a
 * pipe, a socket, a device, a link to one of these; a file that another user holds, as he
 * may in /tmp; and every path in /dev. */
enum ocsp_status ocsp_new_file_check(const char *path, struct ocsp_error *err);

/* Makes an empty file beside `path`. It is as readable to others as the umask says, but
 * no more than the user's own file at `path`, where there is one. On failure `file` is
 * all zero. */
enum ocsp_status ocsp_new_file_open(struct ocsp_new_file *file, const char *path,
                                    struct ocsp_error *err);
enum ocsp_status ocsp_new_file_write(const struct ocsp_new_file *file, const void *data,
                                     size_t size, struct ocsp_error *err);
/* A name by which somebody who opens files by their names gets this one and no other that
 * was put in its place, malloc'ed; NULL: no memory. For as long as the file is open. */
char *ocsp_new_file_handle(const struct ocsp_new_file *file);
/* The file is on the disk. */
enum ocsp_status ocsp_new_file_sync(const struct ocsp_new_file *file,
                                    struct ocsp_error *err);
/* Closes it and gives it its name; `file` is all zero then. On failure it is to be
 * discarded. */
enum ocsp_status ocsp_new_file_rename(struct ocsp_new_file *file, struct ocsp_error *err);
/* Removes the file, where there is one; `file` is all zero afterwards. */
void ocsp_new_file_discard(struct ocsp_new_file *file);

/* Opens the user's own file at `path` for appending; where there is none, or `anew`, a
 * new one. So it is, and *replaced, where a link was there, a file with another name
 * besides, or another user's. Returns the descriptor; −1: err says why. */
int ocsp_append_open(const char *path, bool anew, bool *replaced, struct ocsp_error *err);

/* A name that nobody can foretell beside `path`, malloc'ed; NULL: no memory. */
char *ocsp_side_name(const char *path, const char *ending);

/* Whether `name`, in a folder, is one of ocsp_side_name for a file called `of`; NULL: for
 * any. */
bool ocsp_is_side_name(const char *name, const char *of, const char *ending);

/* Opens for reading what a killed process of this user has left in `folder`, an open one.
 * Returns the descriptor, which locks the file; −1: it is something else, somebody
 * else's, or a process is at work on it. */
int ocsp_left_file_open(int folder, const char *name);
/* Removes such files that were to be `path`. */
void ocsp_left_files_remove(const char *path);

#endif
