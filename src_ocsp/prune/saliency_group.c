/* Group saliency [Eq. 1–3] of every coupled channel.
 *
 *     S(c) = (1/P) Σ_p ||w_p,c||² / sqrt(n_p)
 *
 * Parts p: convolution or connected slices on either side, and BN scales; n_p: numbers in
 * the slice. */
#include "prune/saliency.h"

struct scores {
    const struct ocsp_coupling *coupling;
    double *raw;
};

static void add_part(void *context, int channel, const struct ocsp_member *member,
                     double square_sum)
{
    const struct scores *s = context;
    const struct ocsp_group *g = &s->coupling->groups[s->coupling->group_of[channel]];

    s->raw[channel] +=
        ocsp_saliency_of_part(s->coupling, member, square_sum) / g->n_parts;
}

static void measure(const struct ocsp_coupling *coupling, const struct ocsp_sums *sums,
                    double *raw)
{
    struct scores s = {coupling, raw};

    ocsp_visit_parts(coupling, sums, add_part, &s);
}

const struct ocsp_saliency_kind ocsp_group_saliency = {
    .name = "group",
    .help = "all coupled parameters of a channel (the paper's)",
    .measure = measure,
};
