/* The repairs that Debian's Darknet alone needs, on CPU. */
#ifndef GPU

#include "hosts/by_value/repair_cpu.h"
#include "hosts/debian/rules.h"
#include "hosts/rules_common.h"

/* The host's gradient has the wrong sign where |truth − prediction| is 1 or more. */
static void forward_smooth_cost(layer l, ocsp_pass pass)
{
    ocsp_repaired_layer(&pass)->forward(l, pass);
    if (!pass.truth)
        return;
    for (size_t i = 0; i < ocsp_layer_outputs(&l); i++) {
        const float difference = pass.truth[i] - pass.input[i];
        if (difference >= 1 || difference <= -1)
            l.delta[i] = difference > 0 ? 1 : -1;
    }
}

static bool is_smooth(const struct ocsp_repair_site *site)
{
    return site->l->cost_type == SMOOTH;
}

static void install_smooth_cost(const struct ocsp_repair_site *site)
{
    site->l->forward = forward_smooth_cost;
}

static void install_cross_entropy(const struct ocsp_repair_site *site)
{
    site->l->forward = ocsp_forward_cross_entropy;
}

static const struct ocsp_repair everywhere[] = {{OCSP_ANY_TYPE, NULL, NULL, NULL}};

static const struct ocsp_repair own[] = {
    {COST, is_smooth, ocsp_debian_repaired_smooth_cost, install_smooth_cost},
    {LOGXENT, NULL, ocsp_repaired_infinite_loss, install_cross_entropy},
    {OCSP_ANY_TYPE, NULL, NULL, NULL},
};

const struct ocsp_cpu_repairs ocsp_cpu_repairs = {everywhere, own,
                                                  &ocsp_host_rules_debian};

#endif
