/* Files that others read once: in TMPDIR, or /tmp. */
#ifndef OCSP_TRAIN_TEMPORARY_H
#define OCSP_TRAIN_TEMPORARY_H

#include <stddef.h>

#include "net/cfg.h"
#include "net/error.h"

enum { OCSP_TEMPORARY_PATH = 4096 };

/* Writes a new file, and fills in its path, which ends with `ending`. */
enum ocsp_status ocsp_temporary_write(char path[OCSP_TEMPORARY_PATH], const char *ending,
                                      const void *data, size_t size,
                                      struct ocsp_error *err);
/* The same of a cfg with `batch` and subdivisions=1: a host allots memory for the batch
 * that the cfg names. */
enum ocsp_status ocsp_temporary_cfg(char path[OCSP_TEMPORARY_PATH],
                                    const struct ocsp_cfg *cfg, int batch,
                                    struct ocsp_error *err);
void ocsp_temporary_remove(const char *path);

#endif
