/* What the two files of AlexeyAB's refusals share. */
#ifndef OCSP_HOSTS_ALEXEYAB_REFUSALS_H
#define OCSP_HOSTS_ALEXEYAB_REFUSALS_H

#include "hosts/refusals.h"

extern const struct ocsp_host_rules ocsp_host_rules_alexeyab;

/* The rows of GPU builds alone. */
extern const struct ocsp_refusal ocsp_alexeyab_refusals_gpu[];

bool ocsp_alexeyab_normalizes_channels(const struct ocsp_refusal_site *site);
bool ocsp_alexeyab_ignores_strides(const struct ocsp_refusal_site *site);
bool ocsp_alexeyab_has_weighted_summands(const struct ocsp_refusal_site *site);

#endif
