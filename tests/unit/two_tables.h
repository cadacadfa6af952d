/* What the made-up layers with two tables share: y = A·x + B·x² + bias, A and B
 * [filters, c], in the file's order B, bias, A. */
#ifndef OCSP_TESTS_TWO_TABLES_H
#define OCSP_TESTS_TWO_TABLES_H

#include "layers/section.h"
#include "layers/weights.h"

static enum ocsp_status read_two_tables(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int n;
    enum ocsp_status status = ocsp_key_positive(s, "filters", 1, &n);

    for (int k = 0; k < 2 && !status; k++)
        status = ocsp_add_table(s, n, l->in_c, 1);
    if (status)
        return status;
    l->n_biases = n;
    l->tables[0].rows_key = "filters";
    l->tables[1].name = "squares";
    for (int k = 0; k < 2; k++)
        l->tables[k].places = (int64_t)l->in_w * l->in_h;
    return ocsp_set_output(s, l->in_w, l->in_h, n);
}

static const enum ocsp_array_role two_tables_order[] = {
    OCSP_ARRAY_WEIGHTS + 1, OCSP_ARRAY_BIASES, OCSP_ARRAY_WEIGHTS};

#endif
