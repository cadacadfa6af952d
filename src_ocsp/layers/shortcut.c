/* [shortcut]: the layer before, plus those in from=; AlexeyAB's may weight the summands.
 */
#include <math.h>
#include <string.h>

#include "layers/activation.h"
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"
#include "layers/shortcut.h"

/* weights_type=: one weight per summand, or per summand and channel (AlexeyAB):
 * w [n_from + 1, c or 1], the layer before first. */
static enum ocsp_status read_summand_weights(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    const char *type = ocsp_cfg_string(s->cfg, l->section, "weights_type", "none");
    const bool per_channel = strcmp(type, "per_channel") == 0;

    if (strcmp(type, "none") == 0)
        return OCSP_OK;
    if (!per_channel && strcmp(type, "per_feature") != 0 &&
        strcmp(type, "per_layer") != 0)
        return ocsp_section_fail(s, "weights_type", OCSP_E_FORMAT,
                                 "weights_type= is none, per_feature or per_channel");
    l->normalization =
        ocsp_cfg_string(s->cfg, l->section, "weights_normalization", "none");
    if (strcmp(l->normalization, "softmax") != 0 &&
        strcmp(l->normalization, "relu") != 0 &&
        strcmp(l->normalization, "avg_relu") != 0)
        return ocsp_section_fail(
            s, "weights_normalization", OCSP_E_FORMAT,
            "weights_type= needs weights_normalization=relu or softmax");
    const enum ocsp_status status =
        ocsp_add_table(s, l->n_from + 1, per_channel ? l->in_c : 1, 1);
    if (status)
        return status;
    /* its rows are summands; a column shared by all channels belongs to no channel */
    l->tables[0].row_axis = OCSP_NO_CHANNELS;
    if (l->tables[0].cols == 1)
        l->tables[0].col_axis = OCSP_NO_CHANNELS;
    return OCSP_OK;
}

static enum ocsp_status read_shortcut(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    enum ocsp_status status = ocsp_read_from(s, "from");

    if (!status)
        status = ocsp_key_real(s, "alpha", 1, &l->alpha);
    if (!status)
        status = ocsp_key_real(s, "beta", 1, &l->beta);
    if (!status)
        status = read_summand_weights(s);
    if (status)
        return status;
    for (int i = 0; i < l->n_from; i++) {
        const struct ocsp_layer *from = &s->graph->layers[l->from[i]];
        if (from->out_w != l->in_w || from->out_h != l->in_h)
            /* Debian's Darknet samples, AlexeyAB's refuses */
            ocsp_section_freeze(s, "its summands differ in width or height");
    }
    return ocsp_same_output(s);
}

/* Summands may have more or fewer channels than the layer before: those that both have
 * are added, and the output is shaped like the layer before. */
static bool couple_shortcut(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];
    const struct ocsp_channel_list *in = ocsp_coupler_input(c, i);

    if (l->n_tables > 0 && in->n != l->in_c)
        return ocsp_couple_frozen(c, i, "its weights are of numbers, not of channels");
    for (int k = 0; k < l->n_from; k++) {
        const struct ocsp_channel_list *from = ocsp_coupler_output(c, l->from[k]);
        const int both = from->n < in->n ? from->n : in->n;
        if (memcmp(from->plane, in->plane, (size_t)both * sizeof *in->plane) != 0) {
            ocsp_couple_freeze(c, in, i, "its summands are joined differently");
            ocsp_couple_freeze(c, from, i, "its summands are joined differently");
            continue;
        }
        for (int q = 0; q < both; q++)
            ocsp_couple_join(c, in->id[q], from->id[q]);
    }
    return ocsp_couple_by_element(c, i);
}

/* The weight of summand `row` for channel k: AlexeyAB's relu and softmax normalization
 * over the summands. */
static double summand_weight(const struct ocsp_layer *l, const float *w, int row, int k)
{
    const bool softmax = l->normalization && strcmp(l->normalization, "softmax") == 0;
    const struct ocsp_table *t = &l->tables[0];
    const int column = t->cols > 1 ? k : 0;
    double sum = 1e-4, own = 0, largest = -INFINITY;

    if (!l->normalization || !w)
        return row == 0 ? l->alpha : l->beta;
    for (int r = 0; r < t->rows; r++)
        largest = fmax(largest, (double)w[r * t->cols + column]);
    for (int r = 0; r < t->rows; r++) {
        const double x = (double)w[r * t->cols + column];
        const double term = softmax ? exp(x - largest) : fmax(x, 0);
        sum += term;
        own = r == row ? term : own;
    }
    return own / sum;
}

static void emit_shortcut(const struct ocsp_emission *e, int i)
{
    const struct ocsp_layer *l = &e->graph->layers[i];
    const char *activation = ocsp_emission_activation(e, i, "linear");
    const float *w = e->params[i].weights;
    const double *in = ocsp_emission_input(e, i);

    for (int k = 0; k < ocsp_emission_common(e, i); k++) {
        double sum = summand_weight(l, w, 0, k) * in[k];
        for (int s = 0; s < l->n_from; s++)
            if (k < e->channels.out[l->from[s]].n)
                sum += summand_weight(l, w, s + 1, k) * e->value[l->from[s]][k];
        e->value[i][k] = ocsp_activate(activation, sum);
    }
}

static const struct ocsp_layer_type shortcut = {
    .names = {"shortcut"},
    .read = read_shortcut,
    .couple = couple_shortcut,
    .emit = emit_shortcut,
    .needs_map = true,
};
OCSP_REGISTER_LAYER_TYPE(shortcut);

/* The layer whose input's shape counts for its output's, if layer i is such a shortcut;
 * or NULL. */
static const struct ocsp_layer *read_by_its_input(const struct ocsp_graph *graph, int i)
{
    const struct ocsp_layer *l = &graph->layers[i];

    if (l->type != &shortcut || l->normalization || l->n_from != 1)
        return NULL;
    return &graph->layers[l->from[0]];
}

bool ocsp_shortcut_is_misread(const struct ocsp_graph *graph, int i)
{
    const struct ocsp_layer *l = &graph->layers[i], *f = read_by_its_input(graph, i);

    if (!f || f->outputs == l->outputs)
        return false;
    /* never a route: its in_c is 0, and its channels are its output's for the hosts */
    if (ocsp_layer_is(f, "connected")) /* its w and h are 1 */
        return l->out_w == 1 && l->out_h == 1 && f->inputs == l->out_c;
    return f->in_w == l->out_w && f->in_h == l->out_h && f->in_c == l->out_c;
}

bool ocsp_shortcut_may_be_misread(const struct ocsp_graph *graph, int i)
{
    const struct ocsp_layer *l = &graph->layers[i], *f = read_by_its_input(graph, i);

    return f && ocsp_layer_is(f, "convolutional") && f->in_w == l->out_w &&
           f->in_h == l->out_h && f->out_c != l->out_c && f->in_c != l->out_c;
}
