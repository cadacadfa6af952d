/* Plan files: {"version":1,"cfg_sha256":"…","keep":{"<layer index>":[kept output
 * channels…]},"macs_before":…,"macs_after":…,"params_before":…,"params_after":…}, with
 * one entry per layer with filters that loses some. */
#ifndef OCSP_PRUNE_PLAN_FILE_H
#define OCSP_PRUNE_PLAN_FILE_H

#include <stddef.h>

#include "net/error.h"
#include "prune/plan.h"

/* The file's text, malloc'ed. */
enum ocsp_status ocsp_plan_render(const struct ocsp_plan *plan,
                                  const struct ocsp_coupling *coupling, char **text,
                                  struct ocsp_error *err);

/* Reads a plan for this coupling's cfg. Refused: a plan of another cfg, an unknown layer
 * or channel, a frozen channel, a group left empty, and coupled layers that contradict
 * each other (both are named). The second takes the file's text; `name` is used in
 * messages. */
enum ocsp_status ocsp_plan_load(struct ocsp_plan *plan,
                                const struct ocsp_coupling *coupling, const char *path,
                                struct ocsp_error *err);
enum ocsp_status ocsp_plan_parse(struct ocsp_plan *plan,
                                 const struct ocsp_coupling *coupling, const char *name,
                                 const char *text, size_t size, struct ocsp_error *err);

#define OCSP_SHA256_TEXT 65 /* 64 hexadecimal digits and '\0' */
void ocsp_cfg_sha256(const struct ocsp_cfg *cfg, char text[OCSP_SHA256_TEXT]);

#endif
