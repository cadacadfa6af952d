/* The settings as JSON: in the summary, and in the state, where they tell one run from
 * another. */
#ifndef OCSP_CYCLE_SETTINGS_JSON_H
#define OCSP_CYCLE_SETTINGS_JSON_H

#include <jansson.h>

#include "cycle/settings.h"

/* A new reference; NULL: no memory. Keys are the flags' names with '_' for '-'; null
 * where a value is open. */
json_t *ocsp_settings_json(const struct ocsp_settings *settings);

/* A number, or null for NaN: JSON has no other word for it. */
json_t *ocsp_real_json(double value);

#endif
