/* Speeds as text of at most 100 columns. */
#ifndef OCSP_VIEW_SPEED_TABLE_H
#define OCSP_VIEW_SPEED_TABLE_H

#include <stdio.h>

#include "view/speed_result.h"

/* A line per net; what keeps a net from being as much faster as it has fewer MACs; with
 * `layers` also a line per layer, beside the first net's where the layers correspond. */
enum ocsp_status ocsp_speed_print(FILE *out, const struct ocsp_speed_result *result,
                                  bool layers, struct ocsp_error *err);

#endif
