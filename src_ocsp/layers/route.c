/* [route]: the outputs of the layers in layers= behind one another, or one of groups=
 * equal parts of each. */
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static enum ocsp_status read_sources(const struct ocsp_section *s, int64_t *channels,
                                     int64_t *outputs, bool *equal)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    const struct ocsp_layer *first = &s->graph->layers[l->from[0]];

    for (int i = 0; i < l->n_from; i++) {
        const struct ocsp_layer *from = &s->graph->layers[l->from[i]];
        if (from->outputs % l->route_groups)
            return ocsp_section_fail(s, "groups", OCSP_E_FORMAT,
                                     "groups= does not divide its input evenly");
        if (from->out_c % l->route_groups)
            ocsp_section_freeze(s, "groups= splits a channel");
        *equal = *equal && from->out_w == first->out_w && from->out_h == first->out_h;
        if (from->flat)
            l->flat = from->flat;
        *outputs += from->outputs / l->route_groups;
        *channels += from->out_c;
    }
    return OCSP_OK;
}

static enum ocsp_status read_route(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    enum ocsp_status status = ocsp_read_from(s, "layers");
    int64_t outputs = 0, channels = 0;
    bool equal = true;

    if (!status)
        status = ocsp_key_positive(s, "groups", 1, &l->route_groups);
    if (!status)
        status = ocsp_key_number(s, "group_id", 0, 0, l->route_groups - 1, &l->group_id);
    if (!status)
        status = read_sources(s, &channels, &outputs, &equal);
    if (status)
        return status;
    const struct ocsp_layer *first = &s->graph->layers[l->from[0]];
    l->in_w = first->out_w;
    l->in_h = first->out_h;
    l->in_c = 0;
    l->inputs = 0;
    l->reads_before = false;
    if (!equal && !l->flat)
        l->flat = l;
    if (!equal || channels % l->route_groups)
        return ocsp_set_output(s, 1, 1, outputs);
    return ocsp_set_output(s, first->out_w, first->out_h, channels / l->route_groups);
}

static bool couple_route(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];
    struct ocsp_channel_list *out = ocsp_coupler_output(c, i);
    int n = 0;

    for (int k = 0; k < l->n_from; k++) {
        const struct ocsp_channel_list *from = ocsp_coupler_output(c, l->from[k]);
        if (l->route_groups > 1 && from->n != c->graph->layers[l->from[k]].out_c)
            return ocsp_couple_frozen(c, i, "groups= splits maps of unequal size");
        n += from->n / l->route_groups;
    }
    if (!ocsp_channel_list_new(out, n, 0, NULL))
        return false;
    n = 0;
    for (int k = 0; k < l->n_from; k++) {
        const struct ocsp_channel_list *from = ocsp_coupler_output(c, l->from[k]);
        const int part = from->n / l->route_groups;
        ocsp_couple_join_parts(c, from, l->route_groups);
        for (int q = 0; q < part; q++, n++) {
            out->id[n] = from->id[l->group_id * part + q];
            out->plane[n] = from->plane[l->group_id * part + q];
        }
    }
    return true;
}

static void emit_route(const struct ocsp_emission *e, int i)
{
    const struct ocsp_layer *l = &e->graph->layers[i];
    const int n = e->channels.out[i].n;

    for (int s = 0, filled = 0; s < l->n_from; s++) {
        const int part = e->channels.out[l->from[s]].n / l->route_groups;
        const double *from = e->value[l->from[s]] + l->group_id * part;
        for (int k = 0; k < part && filled < n; k++)
            e->value[i][filled++] = from[k];
    }
}

static const struct ocsp_layer_type route = {
    .names = {"route"},
    .read = read_route,
    .couple = couple_route,
    .emit = emit_route,
};
OCSP_REGISTER_LAYER_TYPE(route);
