#include "prune/penalty.h"

const struct ocsp_penalty_term *const ocsp_penalty_terms[OCSP_PENALTY_TERMS] = {
    [OCSP_GROUP_LASSO] = &ocsp_group_lasso,
    [OCSP_SHRINKING] = &ocsp_shrinking,
};

static void add_square(void *context, int channel, const struct ocsp_member *member,
                       double square_sum)
{
    double *square = context;
    (void)member;
    square[channel] += square_sum;
}

void ocsp_penalty_squares(const struct ocsp_coupling *coupling,
                          const struct ocsp_sums *sums, double *square)
{
    for (int c = 0; c < coupling->n_channels; c++)
        square[c] = 0;
    ocsp_visit_parts(coupling, sums, add_square, square);
}
