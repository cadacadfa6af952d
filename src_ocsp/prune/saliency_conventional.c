/* Table 6's ablation: ||filter||²/sqrt(n) of the group's first convolution alone. */
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

    if (member == g->members) /* the first member is a convolution's filter */
        s->raw[channel] = ocsp_saliency_of_part(s->coupling, member, square_sum);
}

static void measure(const struct ocsp_coupling *coupling, const struct ocsp_sums *sums,
                    double *raw)
{
    struct scores s = {coupling, raw};

    ocsp_visit_parts(coupling, sums, add_part, &s);
}

const struct ocsp_saliency_kind ocsp_conventional_saliency = {
    .name = "conventional",
    .help = "the filter alone (the paper's ablation)",
    .measure = measure,
};
