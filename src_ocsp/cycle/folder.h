/* The folder that takes a run's results: one run at a time, and room for what it writes.
 */
#ifndef OCSP_CYCLE_FOLDER_H
#define OCSP_CYCLE_FOLDER_H

#include <stdint.h>

#include "net/error.h"

/* Locks the folder until the process ends, however it does; *fd is the lock. Refused
 * where another run has it. Leaves no file. */
enum ocsp_status ocsp_folder_lock(const char *path, int *fd, struct ocsp_error *err);

/* Removes what killed processes have left beside their files (net/file.h). Only under the
 * lock. */
enum ocsp_status ocsp_folder_clean(const char *path, struct ocsp_error *err);

/* Refuses a folder that cannot be written, or whose disk has less than `bytes` free. */
enum ocsp_status ocsp_folder_check_room(const char *path, uint64_t bytes,
                                        struct ocsp_error *err);

#endif
