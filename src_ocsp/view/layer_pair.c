#include "view/layer_pair.h"

#include <inttypes.h>
#include <stdio.h>

#include "layers/layer_type.h"
#include "layers/macs.h"

struct ocsp_layer_counts ocsp_layer_counts(const struct ocsp_layer *l)
{
    const bool has_table = l->n_tables > 0;

    return (struct ocsp_layer_counts){
        .filters = has_table ? l->tables[0].rows : l->out_c,
        .inputs = has_table && l->tables[0].cols > 0 ? l->tables[0].cols : l->in_c,
        .macs = ocsp_layer_macs(l),
        .parameters = ocsp_layer_parameters(l)};
}

int ocsp_common_layers(const struct ocsp_graph *before, const struct ocsp_graph *after)
{
    const int n = before->n_layers < after->n_layers ? before->n_layers : after->n_layers;
    int i = 0;

    while (i < n && before->layers[i].type == after->layers[i].type)
        i++;
    return i;
}

bool ocsp_layer_is_shown(const struct ocsp_layer *l)
{
    return ocsp_layer_macs(l) > 0 || ocsp_layer_parameters(l) > 0;
}

double ocsp_percent_left(uint64_t before, uint64_t after)
{
    return before > 0 ? 100.0 * (double)after / (double)before : 100;
}

const char *ocsp_short_count(char text[OCSP_SHORT_COUNT], uint64_t n)
{
    static const char *const units[] = {"k", "M", "G", "T", "P", "E"};
    double value = (double)n;
    int unit = -1;

    if (n < 1000) {
        snprintf(text, OCSP_SHORT_COUNT, "%" PRIu64, n);
        return text;
    }
    while (value >= 999.5) {
        value /= 1000;
        unit++;
    }
    snprintf(text, OCSP_SHORT_COUNT, "%.*f%s",
             value < 9.995   ? 2
             : value < 99.95 ? 1
                             : 0,
             value, units[unit]);
    return text;
}
