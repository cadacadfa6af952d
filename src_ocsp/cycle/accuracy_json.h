/* The scores of a run as JSON: the member `accuracy` of the summary and of the state. */
#ifndef OCSP_CYCLE_ACCURACY_JSON_H
#define OCSP_CYCLE_ACCURACY_JSON_H

#include <jansson.h>

#include "cycle/accuracy.h"
#include "cycle/state.h"

/* {"measure":…, "top":…, "interval":…, "last":{"epoch":…, "top1":…, "topk":…}, "best":…,
 * "dense_best":…, "before_surgery":…, "after_surgery":…}; the best have a "sha256", too;
 * a score that is none is null. For mAP a score is {"epoch":…, "map":…}. Null where
 * nothing is measured. NULL: no memory. */
json_t *ocsp_accuracy_json(const struct ocsp_accuracy *accuracy);

/* Reads it from a state; null leaves nothing measured. */
enum ocsp_status ocsp_accuracy_read(const struct ocsp_state *state,
                                    struct ocsp_accuracy *out, struct ocsp_error *err);

#endif
