#include "training_loop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "network.h"
#include "parser.h"
#include "prune/saliency.h"

jmp_buf loop_failure;
static bool failure_expected, silent;

static void silence(bool on)
{
    if (on != silent)
        host_silence(on);
    silent = on;
}

static void fatal(const struct ocsp_error *err)
{
    silence(false);
    test_error = *err;
    if (!failure_expected)
        fail_msg("the hook gave up: %s", err->text);
    failure_expected = false;
    longjmp(loop_failure, 1);
}

void loop_expect_failure(void)
{
    failure_expected = true;
}

void loop_expect_success(void)
{
    failure_expected = false;
}

void loop_settings(struct ocsp_settings *s, double reduce, int start, int end,
                   int epoch_iterations)
{
    ocsp_settings_init(s);
    s->saliency_is_given = true; /* the paper's, in however short a schedule */
    s->budget = (struct ocsp_budget){OCSP_MACS, reduce};
    s->sl_start = start;
    s->sl_end = end;
    s->monitor = 1;
    s->delta_t = 1;
    s->epsilon = -1; /* no net is ever as stable as that */
    s->epoch_iterations = epoch_iterations;
}

static void fill(float *x, size_t n, double center, double spread, struct random *r)
{
    for (size_t i = 0; x && i < n; i++)
        x[i] = (float)(center + spread * random_normal(r));
}

/* Every fourth filter is weak, so that each group has channels that are worth little. */
static void randomize(network *net)
{
    struct random r = {7};

    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        const size_t n = (size_t)l.n_biases;
        const double fan_in = n > 0 ? (double)l.n_weights / l.n_biases : 1;
        fill(l.memory.value.weights, l.n_weights, 0, 1 / sqrt(fan_in + 1), &r);
        fill(l.memory.value.biases, n, 0, .2, &r);
        fill(l.memory.value.scales, n, 1, .2, &r);
        for (size_t k = 1; k < n; k += 4) {
            const size_t row = l.n_weights / n;
            for (size_t j = 0; j < row; j++)
                l.memory.value.weights[k * row + j] *= .1f;
            if (l.memory.value.scales)
                l.memory.value.scales[k] *= .1f;
        }
        fill(l.memory.value.mean, n, 0, .1, &r);
        for (size_t k = 0; l.memory.value.variance && k < n; k++)
            l.memory.value.variance[k] = (float)(.5 + random_uniform(&r));
    }
}

/* What the hosts' train_classifier does before the patch's first call. */
static void enter_loop(struct training_loop *loop, const char *host_cfg, const char *cfg)
{
    network *net;

    *loop = (struct training_loop){0};
    snprintf(loop->cfg, sizeof loop->cfg, "%s",
             write_in_folder("net.cfg", cfg, strlen(cfg)));
    net_load(&loop->dense, loop->cfg);
    net = host_parse(host_cfg);
    randomize(net);
    net->learning_rate *= .75f; /* the loops change it, as the cfg does not know */
#ifdef OCSP_HOST_ALEXEYAB
    loop->variables.nets[0] = loop->variables.local = *net;
    loop->variables.local.num_boxes = 90;
    loop->variables.local.train_images_num = 1234;
    free(net);
#else
    loop->variables.nets[0] = loop->variables.local = net;
    net->epoch = 3;
#endif
    loop->base = strdup("net");
}

void loop_enter(struct training_loop *loop, const char *cfg,
                const struct ocsp_settings *settings)
{
    enter_loop(loop, cfg, cfg);
    loop->settings = *settings;
}

void loop_hook(struct training_loop *loop, enum ocsp_resume resume)
{
    const struct ocsp_hook_options options = {.settings = loop->settings,
                                              .saving.resume = resume,
                                              .saving.rollback = loop->rollback,
                                              .cfg = loop->cfg,
                                              .backup = test_folder,
                                              .command = "a test",
                                              .images = 1,
                                              .fatal = fatal};
    silence(true);
    ocsp_hook_enable(&options);
    ocsp_hook_start(loop->variables.nets, 1, &loop->variables.local, &loop->base);
    silence(false);
}

void loop_start_mismatched(struct training_loop *loop, const char *host_cfg,
                           const char *cfg, const struct ocsp_settings *settings)
{
    enter_loop(loop, host_cfg, cfg);
    loop->settings = *settings;
    loop_hook(loop, OCSP_RESTART);
}

void loop_start(struct training_loop *loop, const char *cfg,
                const struct ocsp_settings *settings)
{
    loop_start_mismatched(loop, cfg, cfg, settings);
}

network *loop_net(struct training_loop *loop)
{
    return ocsp_host.current(loop->variables.nets, &loop->variables.local, 0);
}

void loop_stop(struct training_loop *loop)
{
    network *net = loop_net(loop);

    ocsp_hook_disable();
#ifdef OCSP_HOST_ALEXEYAB
    /* free_net takes a network from the heap */
    net = malloc(sizeof *net);
    assert_non_null(net);
    *net = loop->variables.local;
#endif
    ocsp_host.free_net(net);
    free(loop->base);
    net_clear(&loop->dense);
}

/* batch · subdivisions random images and truths, the same for the same number. */
static void make_batch(const network *net, int batch, data *out)
{
    struct random r = {1000 + (uint64_t)batch};
    const int rows = net->batch * net->subdivisions;
    const int inputs = net->layers[0].inputs, truths = host_truths(net);

    *out = (data){.X = {rows, inputs, calloc((size_t)rows, sizeof(float *))},
                  .y = {rows, truths, calloc((size_t)rows, sizeof(float *))}};
    for (int k = 0; k < rows; k++) {
        const int class = random_below(&r, truths);
        out->X.vals[k] = random_image(&r, (size_t)inputs);
        out->y.vals[k] = calloc((size_t)truths, sizeof(float));
        for (int j = class; j < inputs; j += truths) /* something to learn */
            out->X.vals[k][j] += 1;
        out->y.vals[k][class] = 1;
    }
}

static void free_batch(data *d)
{
    for (int k = 0; k < d->X.rows; k++) {
        free(d->X.vals[k]);
        free(d->y.vals[k]);
    }
    free(d->X.vals);
    free(d->y.vals);
}

void loop_train(struct training_loop *loop, int batch)
{
    data d;

    make_batch(loop_net(loop), batch, &d);
    loop->loss = train_network(loop->variables.local, d);
    free_batch(&d);
    assert_true(isfinite(loop->loss));
}

void loop_step(struct training_loop *loop)
{
    silence(true);
    ocsp_hook_step(&loop->base, loop->loss, &loop->average);
    silence(false);
}

void loop_iterate(struct training_loop *loop, int batch)
{
    loop_train(loop, batch);
    loop_step(loop);
}

static void copy(float *to, const float *from, size_t n)
{
    if (to && from)
        memcpy(to, from, n * sizeof *to);
}

static void copy_params(const struct ocsp_params *to, const struct ocsp_params *from,
                        size_t n_biases, size_t n_weights)
{
    copy(to->biases, from->biases, n_biases);
    copy(to->scales, from->scales, n_biases);
    copy(to->mean, from->mean, n_biases);
    copy(to->variance, from->variance, n_biases);
    copy(to->weights, from->weights, n_weights);
}

void net_snapshot(struct net_snapshot *snapshot, const network *net,
                  const struct ocsp_graph *graph)
{
    struct ocsp_progress progress;

    MUST(ocsp_weights_new(&snapshot->value, graph, ocsp_host.batchnorm_biases,
                          &test_error));
    MUST(ocsp_weights_new(&snapshot->momentum, graph, ocsp_host.batchnorm_biases,
                          &test_error));
    ocsp_host.progress(net, &progress);
    snapshot->seen = progress.seen;
    snapshot->iteration = progress.iteration;
    assert_int_equal(ocsp_host.layers(net), graph->n_layers);
    for (int i = 0; i < graph->n_layers; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        assert_int_equal(l.n_biases, graph->layers[i].n_biases);
        assert_int_equal(l.n_weights, graph->layers[i].tables[0].length);
        copy_params(&snapshot->value->layers[i], &l.memory.value, (size_t)l.n_biases,
                    l.n_weights);
        copy_params(&snapshot->momentum->layers[i], &l.memory.momentum,
                    (size_t)l.n_biases, l.n_weights);
    }
}

void net_restore(const struct net_snapshot *snapshot, network *net)
{
    *net->seen = snapshot->seen;
#ifdef OCSP_HOST_ALEXEYAB
    *net->cur_iteration = (int)snapshot->iteration;
#endif
    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        copy_params(&l.memory.value, &snapshot->value->layers[i], (size_t)l.n_biases,
                    l.n_weights);
        copy_params(&l.memory.momentum, &snapshot->momentum->layers[i],
                    (size_t)l.n_biases, l.n_weights);
    }
}

static void ignore(void *context, const struct ocsp_update *update)
{
    (void)context;
    (void)update;
}

void loop_start_twin(struct training_loop *loop, const char *cfg,
                     const struct net_snapshot *at)
{
    static const struct ocsp_host_events no_events = {NULL, ignore, ignore};

    ocsp_hook_disable();
    enter_loop(loop, cfg, cfg);
    MUST(ocsp_host.install(
        loop_net(loop),
        &(struct ocsp_host_hooks){&no_events, ocsp_engine_built_in(), false},
        &test_error));
    net_restore(at, loop_net(loop));
}

void net_snapshot_clear(struct net_snapshot *snapshot)
{
    ocsp_weights_free(snapshot->value);
    ocsp_weights_free(snapshot->momentum);
}

struct ocsp_params *net_views(const network *net)
{
    struct ocsp_params *views = calloc((size_t)net->n, sizeof *views);

    assert_non_null(views);
    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        views[i] = l.memory.value;
    }
    return views;
}

void loop_plan(const struct training_loop *loop, const struct net_snapshot *snapshot,
               struct ocsp_plan *plan)
{
    const struct ocsp_coupling *coupling = loop->dense.coupling;
    struct ocsp_saliency saliency;

    MUST(ocsp_saliency_init(&saliency, coupling, &test_error));
    MUST(ocsp_saliency_measure(&saliency, coupling, snapshot->value->layers,
                               loop->settings.saliency, &test_error));
    MUST(ocsp_plan_search(plan, coupling, saliency.score, &loop->settings.budget,
                          &loop->settings.limits, &test_error));
    ocsp_saliency_clear(&saliency);
}

/* Collects max |a − b| and max |a|. */
struct gap {
    double largest, difference;
};

static void compare(struct gap *gap, float a, float b)
{
    assert_true(isfinite(a) && isfinite(b));
    gap->largest = fmax(gap->largest, fabs((double)a));
    gap->difference = fmax(gap->difference, fabs((double)a - (double)b));
}

static double relative(const struct gap *gap)
{
    return gap->largest > 0 ? gap->difference / gap->largest : gap->difference;
}

enum { N_VECTORS = 4 };

static void vectors_of(const struct ocsp_params *p, const float *out[N_VECTORS])
{
    out[0] = p->biases;
    out[1] = p->scales;
    out[2] = p->mean;
    out[3] = p->variance;
}

double layer_difference(const struct ocsp_graph *graph, int layer,
                        const struct ocsp_params *a, const struct ocsp_params *b)
{
    const float *u[N_VECTORS], *v[N_VECTORS];
    double worst = 0;

    vectors_of(a, u);
    vectors_of(b, v);
    for (int k = 0; k < N_VECTORS; k++) {
        struct gap gap = {0};
        for (int r = 0; r < graph->layers[layer].n_biases && u[k] && v[k]; r++)
            compare(&gap, u[k][r], v[k][r]);
        worst = fmax(worst, relative(&gap));
    }
    struct gap gap = {0};
    for (size_t k = 0; k < graph->layers[layer].tables[0].length; k++)
        compare(&gap, a->weights[k], b->weights[k]);
    return fmax(worst, relative(&gap));
}

static bool stays(int channel, const struct ocsp_plan *plan)
{
    return channel < 0 || !plan->removed[channel];
}

double kept_difference(const struct ocsp_coupling *coupling, const struct ocsp_plan *plan,
                       int layer, const struct ocsp_params *dense,
                       const struct ocsp_params *pruned, enum difference_measure measure)
{
    const struct ocsp_coupled_table *l = &coupling->tables[layer];
    const float *u[N_VECTORS], *v[N_VECTORS];
    const float *w = pruned->weights;
    struct gap gaps[N_VECTORS + 1] = {{0}}, whole = {0};
    double worst = 0;

    vectors_of(dense, u);
    vectors_of(pruned, v);
    for (int k = 0; k < N_VECTORS; k++)
        for (int r = 0, kept = 0; r < l->rows && u[k] && v[k]; r++)
            if (stays(l->row[r], plan))
                compare(&gaps[k], u[k][r], v[k][kept++]);
    const int per_group = l->cols / l->conv_groups;
    for (int r = 0; r < l->rows && w; r++)
        for (int j = 0; j < per_group && stays(l->row[r], plan); j++)
            for (int k = 0; k < l->block; k++)
                if (stays(l->col[ocsp_column(l, r, j)], plan))
                    compare(&gaps[N_VECTORS],
                            dense->weights[(r * per_group + j) * l->block + k], *w++);
    assert_int_equal(gaps[N_VECTORS].largest > 0, w > pruned->weights);
    for (int k = 0; k <= N_VECTORS; k++) {
        worst = fmax(worst, relative(&gaps[k]));
        whole.largest = fmax(whole.largest, gaps[k].largest);
        whole.difference = fmax(whole.difference, gaps[k].difference);
    }
    return measure == PER_ARRAY ? worst : relative(&whole);
}
