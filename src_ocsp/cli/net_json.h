/* The JSON of `info` and `saliency` (docs/files-and-formats.md describes it; it is
 * stable). */
#ifndef OCSP_CLI_NET_JSON_H
#define OCSP_CLI_NET_JSON_H

#include "prune/plan.h"
#include "prune/saliency.h"

/* The text, malloc'ed. `saliency` NULL: `info` alone. */
enum ocsp_status ocsp_net_json(const struct ocsp_coupling *coupling,
                               const struct ocsp_limits *limits,
                               const struct ocsp_saliency *saliency, char **text,
                               struct ocsp_error *err);

#endif
