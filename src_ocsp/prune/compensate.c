#include "prune/compensate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layers/activation.h"
#include "layers/channels.h"

struct pass {
    const struct ocsp_coupling *coupling;
    const struct ocsp_plan *plan;
    const struct ocsp_params *params;
    struct ocsp_channels channels;
    /* [n_layers][channels.out[i].n] what a removed channel emits there. Numbers of kept
     * channels mean nothing: no consumer asks for them. */
    double **value;
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Removed filters: their bias is all that is left of them. */
static void emit_rows(const struct pass *p, int i, const char *activation)
{
    const struct ocsp_coupled_layer *c = &p->coupling->layers[i];
    const int shares = p->coupling->graph->layers[i].shares;
    const float *bias = p->params[shares < 0 ? i : shares].biases;

    for (int r = 0; r < c->rows; r++)
        if (!ocsp_plan_keeps(p->plan, c->row[r]))
            p->value[i][r] = ocsp_activate(activation, bias ? (double)bias[r] : 0);
}

/* Lists of unequal length are frozen, here and in the next two: nobody reads on. */
static void hand_on(const struct pass *p, int i, const char *activation)
{
    const struct ocsp_layer *l = &p->coupling->graph->layers[i];
    const int n = least(p->channels.out[i - 1].n, p->channels.out[i].n);

    for (int k = 0; k < n; k++)
        p->value[i][k] =
            ocsp_activate(activation, l->scale * p->value[i - 1][k] + l->shift);
}

/* The weight of summand `row` for channel k: AlexeyAB's relu and softmax normalization
 * over the summands. */
static double summand_weight(const struct pass *p, int i, int row, int k)
{
    const struct ocsp_layer *l = &p->coupling->graph->layers[i];
    const float *w = p->params[i].weights;
    const bool softmax = l->normalization && strcmp(l->normalization, "softmax") == 0;
    const int column = l->cols > 1 ? k : 0;
    double sum = 1e-4, own = 0, largest = -INFINITY;

    if (!l->normalization || !w)
        return row == 0 ? l->alpha : l->beta;
    for (int r = 0; r < l->rows; r++)
        largest = fmax(largest, (double)w[r * l->cols + column]);
    for (int r = 0; r < l->rows; r++) {
        const double x = (double)w[r * l->cols + column];
        const double term = softmax ? exp(x - largest) : fmax(x, 0);
        sum += term;
        own = r == row ? term : own;
    }
    return own / sum;
}

static void add(const struct pass *p, int i, const char *activation)
{
    const struct ocsp_layer *l = &p->coupling->graph->layers[i];
    const int n = least(p->channels.out[i - 1].n, p->channels.out[i].n);

    for (int k = 0; k < n; k++) {
        double sum = summand_weight(p, i, 0, k) * p->value[i - 1][k];
        for (int s = 0; s < l->n_from; s++)
            if (k < p->channels.out[l->from[s]].n)
                sum += summand_weight(p, i, s + 1, k) * p->value[l->from[s]][k];
        p->value[i][k] = ocsp_activate(activation, sum);
    }
}

static void join(const struct pass *p, int i)
{
    const struct ocsp_layer *l = &p->coupling->graph->layers[i];
    const int n = p->channels.out[i].n;

    for (int s = 0, at = 0; s < l->n_from; s++) {
        const int part = p->channels.out[l->from[s]].n / l->route_groups;
        const double *from = p->value[l->from[s]] + l->group_id * part;
        for (int k = 0; k < part && at < n; k++)
            p->value[i][at++] = from[k];
    }
}

/* Both factors of a removed channel are constants, unless a factor varies by place: then
 * the product is no constant, and is left alone. */
static void multiply(const struct pass *p, int i, const char *activation)
{
    const struct ocsp_layer *l = &p->coupling->graph->layers[i];
    const double *factor = p->value[i - 1], *from = p->value[l->from[0]];

    if (l->opaque_reason || l->by_place || p->channels.out[i - 1].n != l->out_c ||
        p->channels.out[l->from[0]].n != l->out_c)
        return;
    for (int k = 0; k < l->out_c; k++)
        p->value[i][k] = ocsp_activate(activation, factor[k] * from[k]);
}

/* A removed block of [reorg] emits the mean of its channels. */
static void deal(const struct pass *p, int i)
{
    const struct ocsp_layer *l = &p->coupling->graph->layers[i];
    const int square = l->size * l->size, blocks = l->in_c / square;

    for (int q = 0; q < l->out_c && p->channels.out[i - 1].n == l->in_c; q++)
        for (int k = 0; k < square; k++)
            p->value[i][q] += p->value[i - 1][q / square % blocks * square + k] / square;
}

static void repeat(const struct pass *p, int i)
{
    const struct ocsp_layer *l = &p->coupling->graph->layers[i];

    for (int q = 0; q < l->out_c && p->channels.out[i - 1].n == l->in_c; q++)
        p->value[i][q] = p->value[i - 1][q % l->in_c];
}

static void pool_over_channels(const struct pass *p, int i)
{
    const struct ocsp_layer *l = &p->coupling->graph->layers[i];

    for (int g = 0; g < l->out_c && p->channels.out[i - 1].n == l->in_c; g++) {
        double largest = -INFINITY;
        for (int k = g; k < l->in_c; k += l->out_c)
            largest = fmax(largest, p->value[i - 1][k]);
        p->value[i][g] = largest;
    }
}

/* Atoms that differ are no constant: their mean stands for them. */
static void emit_implicit(const struct pass *p, int i)
{
    const struct ocsp_layer *l = &p->coupling->graph->layers[i];
    const float *w = p->params[i].weights;

    for (int f = 0; f < l->rows && w; f++)
        for (int a = 0; a < l->block; a++)
            p->value[i][f] += (double)w[f * l->block + a] / l->block;
}

/* [cols] what each column of layer i reads of a removed channel, 0 of a kept one. A
 * connected layer has a column per number of a channel. NULL: no memory. */
static double *read_columns(const struct pass *p, int i)
{
    const struct ocsp_coupled_layer *c = &p->coupling->layers[i];
    const bool by_number = p->coupling->graph->layers[i].kind == OCSP_CONNECTED;
    const struct ocsp_channel_list *in = &p->channels.out[i - 1];
    double *column = calloc((size_t)c->cols, sizeof *column);

    for (int k = 0, at = 0; k < in->n && column; k++) {
        const int width = by_number ? in->plane[k] : 1;
        for (int x = 0; x < width && at < c->cols; x++, at++)
            if (!ocsp_plan_keeps(p->plan, c->col[at]))
                column[at] = p->value[i - 1][k];
    }
    return column;
}

/* K_f of the header, for the filter whose weights begin at w; `column`: of its conv
 * group's first. */
static double lost_sum(const double *column, const float *w, int cols, int block)
{
    double sum = 0;

    for (int j = 0; j < cols; j++, w += block) {
        double weight = 0;
        if (column[j] == 0)
            continue;
        for (int k = 0; k < block; k++)
            weight += (double)w[k];
        sum += column[j] * weight;
    }
    return sum;
}

static bool compensate_rows(const struct pass *p, int i)
{
    const struct ocsp_coupled_layer *c = &p->coupling->layers[i];
    const struct ocsp_params *w = &p->params[i];
    const bool normalizes = p->coupling->graph->layers[i].n_scales > 0;
    const int cols = c->cols / c->conv_groups;
    float *target = normalizes ? w->mean : w->biases;

    if (i == 0 || !w->weights || !target) /* or they are another layer's */
        return true;
    double *column = read_columns(p, i);
    if (!column)
        return false;
    for (int r = 0; r < c->rows; r++) {
        if (!ocsp_plan_keeps(p->plan, c->row[r]))
            continue;
        const float *row = w->weights + (size_t)r * (size_t)cols * (size_t)c->block;
        const double k = lost_sum(column + ocsp_column(c, r, 0), row, cols, c->block);
        if (k != 0) /* or −0 would become 0 */
            target[r] = (float)((double)target[r] + (normalizes ? -k : k));
    }
    free(column);
    return true;
}

static bool visit(const struct pass *p, int i)
{
    const struct ocsp_layer *l = &p->coupling->graph->layers[i];
    const bool names_one = *l->activation != '\0';

    p->value[i] = calloc((size_t)p->channels.out[i].n + 1, sizeof *p->value[i]);
    if (!p->value[i])
        return false;
    /* the image loses no channel: of those that read it, only filters emit a constant */
    if (i == 0 && l->cols == 0 && l->kind != OCSP_BATCHNORM)
        return true;
    switch (l->kind) {
    case OCSP_CONVOLUTIONAL:
    case OCSP_CONNECTED:
        emit_rows(p, i, names_one ? l->activation : "logistic"); /* the hosts' default */
        return compensate_rows(p, i);
    case OCSP_BATCHNORM:
        emit_rows(p, i, "linear");
        return true;
    case OCSP_SHORTCUT:
        add(p, i, names_one ? l->activation : "linear");
        return true;
    case OCSP_ROUTE:
        join(p, i);
        return true;
    case OCSP_ACTIVATION:
        hand_on(p, i, names_one ? l->activation : "linear");
        return true;
    case OCSP_SCALE_CHANNELS:
    case OCSP_SAM:
        multiply(p, i, names_one ? l->activation : "linear");
        return true;
    case OCSP_REORG:
        deal(p, i);
        return true;
    case OCSP_REPEAT:
        repeat(p, i);
        return true;
    case OCSP_MAXPOOL_DEPTH:
        pool_over_channels(p, i);
        return true;
    case OCSP_IMPLICIT:
        emit_implicit(p, i);
        return true;
    case OCSP_OPAQUE:
        return true;
    default:
        hand_on(p, i, "linear");
        return true;
    }
}

enum ocsp_status ocsp_compensate(const struct ocsp_coupling *coupling,
                                 const struct ocsp_plan *plan,
                                 const struct ocsp_params *params, struct ocsp_error *err)
{
    const int n = coupling->graph->n_layers;
    struct pass p = {.coupling = coupling, .plan = plan, .params = params};
    bool ok;
    const enum ocsp_status status = ocsp_channels_init(&p.channels, coupling->graph, err);

    if (status)
        return status;
    p.value = calloc((size_t)n, sizeof *p.value);
    ok = p.value != NULL;
    for (int i = 0; i < n && ok; i++)
        ok = visit(&p, i);
    for (int i = 0; i < n && p.value; i++)
        free(p.value[i]);
    free(p.value);
    ocsp_channels_clear(&p.channels, n);
    return ok ? OCSP_OK : ocsp_fail_memory(err);
}
