/* A pair whose removed channels are zero, and the plan that removes them: before and
 * after `ocsp prune PREFIX.cfg PREFIX.weights -plan PREFIX.plan.json` every program must
 * compute the same.
 *
 *     zeroed_pair N.cfg SEED SHARE out|both|none PREFIX
 *
 * Writes PREFIX.cfg (for one image, of the smallest size that leaves every layer its
 * channels), PREFIX.weights (random) and PREFIX.plan.json (SHARE of the MACs, or the
 * largest share that can go). A removed channel's filters, biases and BN numbers are
 * zero; with `both` also what its consumers have for it, with `none` nothing is. One line
 * on stdout, for the net at the cfg's own size: pruned, partly frozen or refused; MACs
 * before; after; why, with tabs between them. Exit status 3: refused. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers/activation.h"
#include "layers/layer_type.h"
#include "layers/macs.h"
#include "layers/weights.h"
#include "made_up_image.h"
#include "net/file.h"
#include "prune/plan_file.h"

enum { REFUSED = 3, MAX_REASONS = 1024 };
enum zeroed { NONE, OUT, BOTH };
static const char *const zeroed_names[] = {"none", "out", "both"};

struct net {
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    struct ocsp_coupling *coupling;
    struct ocsp_plan plan;
};

static struct ocsp_error error;
static uint64_t random_state;

static void must(enum ocsp_status status)
{
    if (!status)
        return;
    fprintf(stderr, "zeroed_pair: %s\n", error.text);
    exit(1);
}

static void *allocate(size_t n, size_t size)
{
    void *array = calloc(n + 1, size);
    if (!array)
        abort();
    return array;
}

/* xorshift64 */
static uint32_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32);
}

/* Uniform with mean 0 and variance 1. */
static float random_unit(void)
{
    return (float)(int32_t)random_bits() * (1.7320508F / 2147483648.0F);
}

static void fill(float *array, size_t n, double center, double spread)
{
    for (size_t k = 0; k < n && array; k++)
        array[k] = (float)center + (float)spread * random_unit();
}

/* --- the plan ---------------------------------------------------------------------- */

/* Scores that take random channels, about the same share of every group. */
static void draw_scores(const struct ocsp_coupling *coupling, double *score)
{
    for (int g = 0; g < coupling->n_groups; g++) {
        const struct ocsp_group *group = &coupling->groups[g];
        double *s = score + group->first;
        for (int k = 0; k < group->channels; k++) {
            const int other = (int)(random_bits() % (unsigned)(k + 1));
            s[k] = s[other];
            s[other] = (k + .5) / group->channels;
        }
    }
}

/* As many channels as make up that share, or as can go. */
static void search_plan(struct net *net, double share)
{
    const struct ocsp_limits limits = {.max_prune = .75, .k = 1};
    const uint64_t macs = ocsp_graph_macs(net->graph);
    const size_t n = (size_t)net->coupling->n_channels;
    double *score = allocate(n, sizeof *score);
    uint64_t least, parameters;

    draw_scores(net->coupling, score);
    must(ocsp_plan_least(net->coupling, &limits, &least, &parameters, &error));
    const double reach = macs ? (double)(macs - least) / (double)macs : 0;
    const struct ocsp_budget budget = {OCSP_MACS, fmin(share, reach * (1 - 1e-12))};
    if (budget.share > 0) {
        must(
            ocsp_plan_search(&net->plan, net->coupling, score, &budget, &limits, &error));
    } else {
        const bool *nothing = allocate(n, sizeof *nothing);
        must(ocsp_plan_from_set(&net->plan, net->coupling, nothing, &error));
        free((void *)nothing);
    }
    free(score);
}

/* Without the layer that it names. */
static const char *reason_of(const struct ocsp_frozen *frozen)
{
    const char *end = strstr(frozen->reason, "]: ");
    return end ? end + 3 : frozen->reason;
}

/* Every net has such an end. */
static bool is_an_end(const char *reason)
{
    return strcmp(reason, "an output of the network") == 0 ||
           strcmp(reason, "a head with fixed outputs reads it") == 0;
}

/* All reasons but those, each once, with the number of layers. */
static int list_reasons(const struct ocsp_coupling *c, char *text, size_t size)
{
    int found = 0;

    text[0] = '\0';
    for (int f = 0; f < c->n_frozen; f++) {
        const char *reason = reason_of(&c->frozen[f]);
        int times = 0;
        bool seen = false;
        for (int k = 0; k < c->n_frozen; k++)
            if (strcmp(reason_of(&c->frozen[k]), reason) == 0) {
                seen = seen || k < f;
                times++;
            }
        const size_t length = strlen(text);
        if (seen || is_an_end(reason))
            continue;
        snprintf(text + length, size - length, "%s%s (%d layers)",
                 found++ > 0 ? "; " : "", reason, times);
    }
    return found;
}

/* Why a net with no frozen channel has none that could go. */
static const char *frozen_reason(const struct ocsp_graph *graph)
{
    for (int i = 0; i < graph->n_layers; i++)
        if (graph->layers[i].is_frozen && !graph->layers[i].type->couples_frozen)
            return graph->layers[i].why_frozen;
    return "no channel that could go";
}

static void report(const struct net *net)
{
    char reasons[MAX_REASONS];
    const int n = list_reasons(net->coupling, reasons, sizeof reasons);

    printf("%s\t%" PRIu64 "\t%" PRIu64 "\t%s\n",
           net->plan.n_removed == 0 ? "refused"
           : n > 0                  ? "partly frozen"
                                    : "pruned",
           net->plan.macs_before, net->plan.macs_after,
           net->plan.n_removed == 0 && n == 0 ? frozen_reason(net->graph) : reasons);
    fflush(stdout);
}

/* --- one image, small ----------------------------------------------------------------
 */

static bool set_if_there(struct ocsp_cfg *cfg, const char *key, int value)
{
    int old;

    if (!ocsp_cfg_string(cfg, 0, key, NULL) || ocsp_cfg_int(cfg, 0, key, 0, &old, &error))
        return false;
    ocsp_cfg_set_int(cfg, 0, key, value);
    return true;
}

/* The cfg with other numbers in [net]; side 0: its own. */
static void resize(const struct ocsp_cfg *cfg, int side, const char *path,
                   struct ocsp_cfg **out)
{
    struct ocsp_cfg *copy;
    size_t size;
    char *text;
    const char *source = ocsp_cfg_text(cfg, &size);

    must(ocsp_cfg_parse(&copy, ocsp_cfg_name(cfg), source, size, &error));
    /* AlexeyAB's host refuses to compare one image with none */
    set_if_there(copy, "batch",
                 strcmp(ocsp_cfg_string(copy, 0, "contrastive", "0"), "0") ? 2 : 1);
    set_if_there(copy, "subdivisions", 1);
    set_if_there(copy, "time_steps", 1);
    if (side > 0) {
        set_if_there(copy, "width", side);
        set_if_there(copy, "height", side);
    }
    must(ocsp_cfg_render(copy, &text, &size, &error));
    ocsp_cfg_free(copy);
    must(ocsp_cfg_parse(out, path, text, size, &error));
    free(text);
}

/* Do all layers have the shapes of a smaller image, and not another meaning? */
static bool is_alike(const struct ocsp_graph *small, const struct ocsp_graph *full)
{
    for (int i = 0; i < full->n_layers; i++) {
        const struct ocsp_layer *a = &small->layers[i], *b = &full->layers[i];
        const bool was_flat = b->out_w == 1 && b->out_h == 1;
        if (a->out_c != b->out_c || a->type != b->type)
            return false;
        /* a map of one pixel has no neighbours for a kernel to read */
        if (a->out_w * a->out_h == 1 && !was_flat)
            return false;
        /* strides that do not divide the map reorder its pixels otherwise */
        if (strcmp(a->name, "reorg") == 0 && (a->in_w % 4 || a->in_h % 4))
            return false;
    }
    return true;
}

static void shrink(const struct net *full, const char *path, struct net *net)
{
    for (int side = 32; side < full->graph->w && side < full->graph->h; side += 32) {
        resize(full->cfg, side, path, &net->cfg);
        if (ocsp_graph_new(&net->graph, net->cfg, &error) == OCSP_OK) {
            if (is_alike(net->graph, full->graph))
                return;
            ocsp_graph_free(net->graph);
        }
        ocsp_cfg_free(net->cfg);
    }
    resize(full->cfg, 0, path, &net->cfg);
    must(ocsp_graph_new(&net->graph, net->cfg, &error));
}

/* What makes a removed channel. */
static void zero(const struct net *net, int i, const struct ocsp_params *p)
{
    const struct ocsp_coupled_table *c = &net->coupling->tables[i];
    const size_t row =
        c->rows > 0 ? net->graph->layers[i].tables[0].length / (size_t)c->rows : 0;

    for (int r = 0; r < c->rows; r++) {
        if (ocsp_plan_keeps(&net->plan, c->row[r]))
            continue;
        if (p->biases)
            p->biases[r] = 0;
        if (p->scales)
            p->scales[r] = p->mean[r] = 0;
        if (p->weights)
            memset(p->weights + (size_t)r * row, 0, row * sizeof(float));
    }
}

/* What reads it. */
static void zero_columns(const struct net *net, int i, const struct ocsp_params *p)
{
    const struct ocsp_coupled_table *c = &net->coupling->tables[i];
    const int per_group = c->cols > 0 ? c->cols / c->conv_groups : 0;
    float *w = p->weights;

    for (int r = 0; r < c->rows; r++)
        for (int j = 0; j < per_group; j++, w += c->block)
            if (!ocsp_plan_keeps(&net->plan, c->col[ocsp_column(c, r, j)]))
                memset(w, 0, (size_t)c->block * sizeof *w);
}

/* --- weights, made while an image passes through --------------------------------------
 */

/* Hundreds of layers of random weights would let activations explode or vanish, so every
 * layer is scaled by what it computes on one image. Only statistics are needed: a layer
 * without weights that is unknown here hands its input on as a vector. */
struct pass {
    const struct net *net;
    enum zeroed zeroed;
    float **out; /* [n_layers] */
    const float *image;
};

static const float *input_of(const struct pass *p, int i)
{
    return i > 0 ? p->out[i - 1] : p->image;
}

/* columns [c·k·k, out_h·out_w] of the input channels from `first` on. */
static void unfold(const struct ocsp_layer *l, const float *in, int first, int channels,
                   float *columns)
{
    const size_t plane = (size_t)l->in_w * (size_t)l->in_h;

    for (int n = 0; n < channels * l->size * l->size; n++) {
        const float *map = in + (size_t)(first + n / (l->size * l->size)) * plane;
        const int ky = n / l->size % l->size, kx = n % l->size;
        for (int y = 0; y < l->out_h; y++)
            for (int x = 0; x < l->out_w; x++) {
                const int at_y = y * l->stride_y + ky * l->dilation - l->pad;
                const int at_x = x * l->stride_x + kx * l->dilation - l->pad;
                const bool inside =
                    at_y >= 0 && at_y < l->in_h && at_x >= 0 && at_x < l->in_w;
                *columns++ = inside ? map[at_y * l->in_w + at_x] : 0;
            }
    }
}

static void multiply(const float *w, const float *columns, int rows, int n, int plane,
                     float *out)
{
    for (int f = 0; f < rows; f++, out += plane)
        for (int k = 0; k < n; k++) {
            const float factor = *w++, *column = columns + (size_t)k * (size_t)plane;
            for (int x = 0; x < plane && factor != 0; x++)
                out[x] += factor * column[x];
        }
}

/* The sums of a layer without blur. A connected layer is a convolution of a map of one
 * pixel. */
static void convolve(const struct ocsp_layer *l, const float *in, const float *w,
                     float *out)
{
    const int groups = l->conv_groups, plane = l->out_w * l->out_h;
    const struct ocsp_table *t = &l->tables[0];
    const int rows = t->rows / groups, n = t->cols / groups * t->block;
    float *columns = allocate((size_t)n * (size_t)plane, sizeof *columns);

    for (int g = 0; g < groups; g++) {
        if (ocsp_layer_is(l, "convolutional"))
            unfold(l, in, g * (l->in_c / groups), l->in_c / groups, columns);
        else
            memcpy(columns, in, (size_t)n * sizeof *columns);
        multiply(w + (size_t)g * (size_t)rows * (size_t)n, columns, rows, n, plane,
                 out + (size_t)g * (size_t)rows * (size_t)plane);
    }
    free(columns);
}

/* Where a blur follows, some of the sums. */
static void convolve_and_thin(const struct ocsp_layer *l, const float *in, const float *w,
                              float *out)
{
    struct ocsp_layer full = *l;

    full.out_w = (l->in_w + 2 * l->pad - l->size) / l->stride_x + 1;
    full.out_h = (l->in_h + 2 * l->pad - l->size) / l->stride_y + 1;
    const int step = full.out_w / l->out_w;
    const size_t plane = (size_t)full.out_w * (size_t)full.out_h;
    float *sums = allocate((size_t)l->tables[0].rows * plane, sizeof *sums);
    convolve(&full, in, w, sums);
    for (int f = 0; f < l->tables[0].rows; f++)
        for (int y = 0; y < l->out_h; y++)
            for (int x = 0; x < l->out_w; x++) {
                const int row = y * step < full.out_h ? y * step : full.out_h - 1;
                const int column = x * step < full.out_w ? x * step : full.out_w - 1;
                *out++ = sums[(size_t)f * plane + (size_t)(row * full.out_w + column)];
            }
    free(sums);
}

static double mean_square(const float *x, int n)
{
    double sum = 0;
    for (int k = 0; k < n; k++)
        sum += (double)x[k] * (double)x[k];
    return fmax(sum / n, 1e-20);
}

/* Biases and BN numbers with which these sums become outputs near 1; without BN, weights
 * and sums are scaled. All filters get about the same numbers: with its own statistics
 * each, a random net is chaotic. */
static void choose_norm(const struct ocsp_layer *l, const struct ocsp_params *p,
                        float *sums)
{
    const float deviation = (float)sqrt(mean_square(sums, l->outputs));

    fill(p->biases, (size_t)l->n_biases, 0, .1);
    if (p->scales) {
        fill(p->scales, (size_t)l->n_biases, 1, .1);
        fill(p->mean, (size_t)l->n_biases, 0, .1 * (double)deviation);
        fill(p->variance, (size_t)l->n_biases, (double)(deviation * deviation),
             .1 * (double)(deviation * deviation));
        return;
    }
    for (size_t k = 0; k < l->tables[0].length; k++)
        p->weights[k] /= deviation;
    for (int k = 0; k < l->outputs; k++)
        sums[k] /= deviation;
}

static void apply_norm(const struct ocsp_layer *l, const struct ocsp_params *p,
                       float *sums)
{
    const int plane = l->outputs / l->tables[0].rows;

    for (int f = 0; f < l->tables[0].rows; f++)
        for (int k = 0; k < plane; k++, sums++) {
            if (p->scales)
                *sums = (*sums - p->mean[f]) / sqrtf(p->variance[f]) * p->scales[f];
            *sums += p->biases[f];
        }
}

/* A layer with filters of its own, or with those of `owner`. */
static void pass_filters(const struct pass *p, int i, int owner,
                         const struct ocsp_params *layers)
{
    const struct ocsp_layer *l = &p->net->graph->layers[i];
    const struct ocsp_params *params = &layers[owner];
    float *out = p->out[i];

    if (i == owner)
        fill(params->weights, l->tables[0].length, 0, 1);
    if (i == owner && p->zeroed != NONE)
        zero(p->net, i, params);
    if (ocsp_layer_is(l, "batchnorm"))
        memcpy(out, input_of(p, i), (size_t)l->outputs * sizeof *out);
    else if (l->blurred)
        convolve_and_thin(l, input_of(p, i), params->weights, out);
    else
        convolve(l, input_of(p, i), params->weights, out);
    if (i == owner)
        choose_norm(l, params, out);
    if (i == owner && p->zeroed != NONE)
        zero(p->net, i, params);
    apply_norm(l, params, out);
}

/* Maximum, or mean, of a window. */
static void pool(const struct ocsp_layer *l, const float *in, float *out)
{
    const bool all = ocsp_layer_is(l, "avgpool");
    const int w = all ? l->in_w : l->size, h = all ? l->in_h : l->size;

    for (int n = 0; n < l->outputs; n++) {
        const float *map = in + n / (l->out_w * l->out_h) * l->in_w * l->in_h;
        const int top = all ? 0 : n / l->out_w % l->out_h * l->stride_y - l->pad / 2;
        const int left = all ? 0 : n % l->out_w * l->stride_x - l->pad / 2;
        float largest = -INFINITY, sum = 0;
        int count = 0;
        for (int k = 0; k < w * h; k++) {
            const int y = top + k / w, x = left + k % w;
            if (y < 0 || y >= l->in_h || x < 0 || x >= l->in_w)
                continue;
            largest = fmaxf(largest, map[y * l->in_w + x]);
            sum += map[y * l->in_w + x];
            count++;
        }
        out[n] = ocsp_layer_is(l, "maxpool") ? largest : sum / (float)count;
    }
}

static void join(const struct pass *p, int i, float *out)
{
    const struct ocsp_layer *l = &p->net->graph->layers[i];

    for (int k = 0; k < l->n_from; k++) {
        const int part = p->net->graph->layers[l->from[k]].outputs / l->route_groups;
        memcpy(out, p->out[l->from[k]] + l->group_id * part, (size_t)part * sizeof *out);
        out += part;
    }
}

static void combine(const struct pass *p, int i, float *out)
{
    const struct ocsp_layer *l = &p->net->graph->layers[i];
    const float *in = input_of(p, i);
    const bool multiplies =
        strcmp(l->name, "scale_channels") == 0 || strcmp(l->name, "sam") == 0;

    for (int n = 0; n < l->outputs; n++)
        out[n] = in[(int64_t)n * l->inputs / l->outputs];
    for (int k = 0; k < l->n_from; k++)
        for (int n = 0; n < l->outputs; n++) {
            const float x =
                p->out[l->from[k]][n % p->net->graph->layers[l->from[k]].outputs];
            out[n] = multiplies ? out[n] * x : out[n] + x;
        }
}

static void hand_on(const struct pass *p, int i, float *out)
{
    const struct ocsp_layer *l = &p->net->graph->layers[i];
    const float *in = input_of(p, i);

    if (ocsp_layer_is(l, "maxpool") || ocsp_layer_is(l, "avgpool") ||
        ocsp_layer_is(l, "local_avgpool"))
        pool(l, in, out);
    else if (l->n_from > 0 && l->reads_before)
        combine(p, i, out);
    else if (l->n_from > 0)
        join(p, i, out);
    else if (l->n_opaque > 0)
        fill(out, (size_t)l->outputs, .3, .5);
    else
        for (int n = 0; n < l->outputs; n++)
            out[n] = in[(int64_t)n * l->inputs / l->outputs];
}

static void pass_layer(const struct pass *p, int i, const struct ocsp_params *layers)
{
    const struct ocsp_layer *l = &p->net->graph->layers[i];
    const struct ocsp_params *params = &layers[i];
    const double spread = sqrt((double)l->n_opaque / l->outputs);
    float *out = p->out[i];

    if (l->n_biases > 0 || l->shares >= 0) {
        pass_filters(p, i, l->shares >= 0 ? l->shares : i, layers);
    } else {
        fill(params->weights, l->tables[0].length, 1, .1); /* factors */
        if (p->zeroed != NONE)
            zero(p->net, i, params);
        /* positive: in recurrent layers some of it is variance */
        fill(params->opaque, l->n_opaque, spread > 2 ? 2 / spread : 1,
             spread > 2 ? 1 / spread : .1);
        if (ocsp_layer_is(l, "implicit"))
            memcpy(out, params->weights, (size_t)l->outputs * sizeof *out);
        else
            hand_on(p, i, out);
    }
    for (int n = 0; n < l->outputs && *l->activation; n++)
        out[n] = (float)ocsp_activate(l->activation, (double)out[n]);
}

static void make_weights(const struct net *net, enum zeroed zeroed,
                         struct ocsp_weights **out)
{
    const size_t n =
        (size_t)net->graph->w * (size_t)net->graph->h * (size_t)net->graph->c;
    float *image = allocate(n, sizeof *image);
    const struct pass p = {net, zeroed,
                           allocate((size_t)net->graph->n_layers, sizeof *p.out), image};

    must(ocsp_weights_new(out, net->graph, true, &error));
    make_up_image(image, n); /* on another than run_net's, layers would not be near 1 */
    for (int i = 0; i < net->graph->n_layers; i++) {
        p.out[i] = allocate((size_t)net->graph->layers[i].outputs, sizeof **p.out);
        pass_layer(&p, i, (*out)->layers);
        if (zeroed == BOTH)
            zero_columns(net, i, &(*out)->layers[i]);
    }
    for (int i = 0; i < net->graph->n_layers; i++)
        free(p.out[i]);
    free(p.out);
    free(image);
}

/* --- files ---------------------------------------------------------------------------
 */

static char *path_of(const char *prefix, const char *end)
{
    const size_t room = strlen(prefix) + strlen(end) + 1;
    char *path = allocate(room, 1);
    snprintf(path, room, "%s%s", prefix, end);
    return path;
}

static void write_all(const struct net *net, const struct ocsp_weights *weights,
                      const char *prefix)
{
    struct ocsp_file_content files[3];
    char *plan, *data;

    must(ocsp_plan_render(&net->plan, net->coupling, &plan, &error));
    must(ocsp_weights_render(weights, net->graph, &data, &files[1].size, &error));
    files[0].path = path_of(prefix, ".cfg");
    files[0].data = ocsp_cfg_text(net->cfg, &files[0].size);
    files[1].path = path_of(prefix, ".weights");
    files[1].data = data;
    files[2].path = path_of(prefix, ".plan.json");
    files[2].data = plan;
    files[2].size = strlen(plan);
    must(ocsp_files_write(files, 3, &error));
    for (int k = 0; k < 3; k++)
        free((char *)files[k].path);
    free(data);
    free(plan);
}

static void forget(struct net *net)
{
    ocsp_plan_clear(&net->plan);
    ocsp_coupling_free(net->coupling);
    ocsp_graph_free(net->graph);
    ocsp_cfg_free(net->cfg);
}

/* Refused by name: a section that is unknown, or nothing that can go. */
static bool open_full(struct net *net, const char *path, double share)
{
    must(ocsp_cfg_load(&net->cfg, path, &error));
    if (ocsp_graph_new(&net->graph, net->cfg, &error)) {
        printf("refused\t\t\t%s\n", error.text);
        ocsp_cfg_free(net->cfg);
        return false;
    }
    must(ocsp_coupling_new(&net->coupling, net->graph, &error));
    search_plan(net, share);
    report(net);
    if (net->plan.n_removed > 0)
        return true;
    forget(net);
    return false;
}

int main(int argc, char **argv)
{
    struct net full, net;
    struct ocsp_weights *weights;
    int zeroed = NONE;

    while (argc == 6 && zeroed <= BOTH && strcmp(argv[4], zeroed_names[zeroed]) != 0)
        zeroed++;
    if (argc != 6 || zeroed > BOTH) {
        fprintf(stderr, "usage: zeroed_pair N.cfg SEED SHARE out|both|none PREFIX\n");
        return 2;
    }
    random_state = 0x9e3779b97f4a7c15u ^ strtoull(argv[2], NULL, 10);
    if (!open_full(&full, argv[1], strtod(argv[3], NULL)))
        return REFUSED;
    char *path = path_of(argv[5], ".cfg");
    shrink(&full, path, &net);
    must(ocsp_coupling_new(&net.coupling, net.graph, &error));
    search_plan(&net, strtod(argv[3], NULL));
    make_weights(&net, (enum zeroed)zeroed, &weights);
    write_all(&net, weights, argv[5]);
    ocsp_weights_free(weights);
    forget(&net);
    forget(&full);
    free(path);
    return 0;
}
