/* Speeds as JSON; docs/files-and-formats.md has the fields. */
#ifndef OCSP_VIEW_SPEED_JSON_H
#define OCSP_VIEW_SPEED_JSON_H

#include <jansson.h>

#include "view/speed_result.h"

/* One measurement; with `layers` also each layer. To be freed with json_decref. NULL: no
 * memory. */
json_t *ocsp_speed_json(const struct ocsp_speed_result *result, bool layers);

#endif
