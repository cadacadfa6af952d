/* The mAP of a detector in training: measured by the host's `-map` where it has one, and
 * also just before and just after surgery. */
#ifndef OCSP_TRAIN_DETECTOR_MAP_H
#define OCSP_TRAIN_DETECTOR_MAP_H

#include "train/run.h"

/* Says what will be measured, or in one line why nothing is. */
void ocsp_map_begin(struct ocsp_run *run);
/* Measures network 0 of the loop. Where that cannot be done, or nobody wants it, nothing
 * is measured in `score`. */
void ocsp_map_measure(struct ocsp_run *run, int epoch, struct ocsp_score *score);
/* The host has measured `map`, from 0 to 1, behind the last iteration: it goes to the row
 * of its epoch, and a generation is written. */
enum ocsp_status ocsp_map_take(struct ocsp_run *run, double map, struct ocsp_error *err);

#endif
