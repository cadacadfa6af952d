/* Group saliency as a share of its mean over the group: how much a channel stands out
 * among those it competes with, whatever the scale of its group is. Not the paper's. */
#include "prune/saliency.h"

/* The scores of a group whose mean is 0 stay 0. */
static void measure(const struct ocsp_coupling *coupling, const struct ocsp_sums *sums,
                    double *raw)
{
    ocsp_group_saliency.measure(coupling, sums, raw);
    for (int g = 0; g < coupling->n_groups; g++) {
        const struct ocsp_group *group = &coupling->groups[g];
        double *of_group = raw + group->first, sum = 0;
        for (int k = 0; k < group->channels; k++)
            sum += of_group[k];
        for (int k = 0; k < group->channels && sum > 0; k++)
            of_group[k] *= group->channels / sum;
    }
}

const struct ocsp_saliency_kind ocsp_relative_saliency = {
    .name = "relative",
    .help = "group saliency as a share of the group's mean",
    .measure = measure,
};
