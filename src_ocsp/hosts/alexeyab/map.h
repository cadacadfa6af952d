/* The mAP of a detector in training, by AlexeyAB's own `-map`. */
#ifndef OCSP_HOSTS_ALEXEYAB_MAP_H
#define OCSP_HOSTS_ALEXEYAB_MAP_H

#include "net/error.h"

/* ocsp_host.measure_map */
enum ocsp_status ocsp_alexeyab_measure_map(const void *net, const char *cfg,
                                           const char *data, double iou, double *map,
                                           struct ocsp_error *err);

#endif
