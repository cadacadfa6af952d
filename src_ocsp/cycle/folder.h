/* The folder for a run's results: one run at a time writes to it, and it must have enough
 * free space. */
#ifndef OCSP_CYCLE_FOLDER_H
#define OCSP_CYCLE_FOLDER_H

#include <stdint.h>

#include "net/error.h"

#define OCSP_SIZE_TEXT 32 /* bytes */

/* Locks the folder until the process ends, however it ends; *fd is the lock. Refuses a
 * folder that another run has locked. Leaves no file. */
enum ocsp_status ocsp_folder_lock(const char *path, int *fd, struct ocsp_error *err);

/* Refuses a path at which there is no longer the folder that `lock` locks: it was moved,
 * removed, replaced by another one or by a link, or a disk was mounted over it. Another
 * run may by now have locked what is there. */
enum ocsp_status ocsp_folder_check(const char *path, int lock, struct ocsp_error *err);

/* Removes what killed processes have left beside their files (net/new_file.h). Only under
 * the lock. */
enum ocsp_status ocsp_folder_clean(const char *path, struct ocsp_error *err);

/* Refuses a folder where "<base>_…" or "<base>.…" is something that no file can replace:
 * see ocsp_new_file_check. Folders may be there. */
enum ocsp_status ocsp_folder_check_names(const char *path, const char *base,
                                         struct ocsp_error *err);

/* Refuses a folder that cannot be written, or whose disk has less than `bytes` free. */
enum ocsp_status ocsp_folder_check_space(const char *path, uint64_t bytes,
                                         struct ocsp_error *err);

/* Two sizes as people read them, in the unit of the second, with as many digits as tell
 * them apart. */
void ocsp_folder_sizes(uint64_t a, uint64_t b, char text_a[OCSP_SIZE_TEXT],
                       char text_b[OCSP_SIZE_TEXT]);

#endif
