/* A cfg with another batch: a host allots memory for the batch that the cfg names. */
#ifndef OCSP_TRAIN_BATCH_CFG_H
#define OCSP_TRAIN_BATCH_CFG_H

#include "net/cfg.h"
#include "net/error.h"

enum { OCSP_BATCH_CFG_PATH = 4096 };

/* Writes the cfg with `batch` and subdivisions=1 to a temporary file, whose path it
 * fills in. */
enum ocsp_status ocsp_batch_cfg_write(char path[OCSP_BATCH_CFG_PATH],
                                      const struct ocsp_cfg *cfg, int batch,
                                      struct ocsp_error *err);
void ocsp_batch_cfg_remove(const char *path);

#endif
