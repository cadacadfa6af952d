/* What the files of AlexeyAB's rules share, and sentences of its repairs. */
#ifndef OCSP_HOSTS_ALEXEYAB_RULES_H
#define OCSP_HOSTS_ALEXEYAB_RULES_H

#include "hosts/rules.h"

extern const struct ocsp_host_rules ocsp_host_rules_alexeyab;

/* The rows of GPU builds alone. */
extern const struct ocsp_rule ocsp_alexeyab_rules_gpu[];
/* The repairs of all builds. */
extern const struct ocsp_rule ocsp_alexeyab_repairs[];

extern const char ocsp_alexeyab_repaired_normalization_bias[],
    ocsp_alexeyab_repaired_untrained[], ocsp_alexeyab_repaired_maxpool_race[],
    ocsp_alexeyab_repaired_average_at_border[], ocsp_alexeyab_repaired_gelu[],
    ocsp_alexeyab_repaired_frozen_normalization[], ocsp_alexeyab_repaired_bad_gradients[],
    ocsp_alexeyab_repaired_far_logistic[];
/* Of GPU builds. */
extern const char ocsp_alexeyab_repaired_epsilon[],
    ocsp_alexeyab_repaired_connected_bias[], ocsp_alexeyab_repaired_untrained_on_gpu[],
    ocsp_alexeyab_repaired_delayed_updates[], ocsp_alexeyab_repaired_loss_scale[],
    ocsp_alexeyab_repaired_random_numbers[], ocsp_alexeyab_repaired_dropblock[],
    ocsp_alexeyab_repaired_average_window[], ocsp_alexeyab_repaired_place_scaling[];

bool ocsp_alexeyab_normalizes_channels(const struct ocsp_rule_site *site);
bool ocsp_alexeyab_ignores_strides(const struct ocsp_rule_site *site);
bool ocsp_alexeyab_has_weighted_summands(const struct ocsp_rule_site *site);

#endif
