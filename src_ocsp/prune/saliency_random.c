/* No saliency at all: a control, that any other kind has to beat. */
#include "net/random_bits.h"
#include "prune/saliency.h"

/* In (0, 1], the same for a channel at every epoch. */
static void measure(const struct ocsp_coupling *coupling, const struct ocsp_sums *sums,
                    double *raw)
{
    (void)sums;
    for (int c = 0; c < coupling->n_channels; c++)
        raw[c] = ((double)(ocsp_random_bits_of((uint64_t)c) >> 11) + 1) /
                 9007199254740992.0; /* 2^53 */
}

const struct ocsp_saliency_kind ocsp_random_saliency = {
    .name = "random",
    .help = "a control to compare with: the same channels at every epoch and run",
    .without_discount = true,
    .measure = measure,
};
