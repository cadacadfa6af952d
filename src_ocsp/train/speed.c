#include "train/speed.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "hosts/host.h"
#include "net/clock.h"
#include "train/compute_backend.h"
#include "train/self_check.h"
#include "view/speed_statistics.h"

/* A visit's predictions take so long together that the clock is exact. */
#define VISIT_S 0.02
#define MOST_PASSES 50
/* What a slow prediction finds in the caches does not matter. */
#define SLOW_S 0.25

struct timed {
    void *net;
    float *images;   /* [batch, c, h, w] */
    int passes;      /* of a visit */
    bool warms;      /* a visit begins with one that does not count */
    double *layers;  /* seconds [MOST_PASSES, layers], of one visit */
    double *medians; /* of the visits, [rounds, layers] */
};

struct bench {
    const struct ocsp_speed_request *request;
    const struct ocsp_predictor *by;
    struct ocsp_speed_result result;
    struct timed *timed; /* [n] */
    int most_rounds;
};

static enum ocsp_status open_net(struct bench *b, int k, struct ocsp_error *err)
{
    const struct ocsp_graph *graph = b->request->graphs[k];
    const struct ocsp_predictor_input input = {b->request->cfg[k], graph,
                                               b->request->batch};
    struct timed *t = &b->timed[k];

    if (b->by->open(&t->net, &input, err))
        return err->status;
    t->images = ocsp_noise((size_t)input.batch * (size_t)graph->c * (size_t)graph->h *
                           (size_t)graph->w);
    t->layers = calloc(MOST_PASSES * (size_t)graph->n_layers, sizeof *t->layers);
    t->medians =
        calloc((size_t)b->most_rounds * (size_t)graph->n_layers, sizeof *t->medians);
    return t->images && t->layers && t->medians ? OCSP_OK : ocsp_fail_memory(err);
}

/* The k-th prediction's layers, behind those of the others; whether there are any. */
static bool read_layers(const struct bench *b, const struct timed *t, int n_layers, int k)
{
    return b->by->read_times &&
           b->by->read_times(t->net, t->layers + (size_t)k * (size_t)n_layers) > 0;
}

/* Medians of `passes` predictions: of the whole net and, of layers [n_layers], which may
 * be NULL, each. */
static enum ocsp_status time_passes(struct bench *b, const struct timed *t, int passes,
                                    double *seconds, double *layers, int n_layers,
                                    struct ocsp_error *err)
{
    double times[MOST_PASSES];

    for (int k = 0; k < passes; k++) {
        const double began = ocsp_seconds_now();
        if (b->by->predict(t->net, t->images, err))
            return err->status;
        times[k] = ocsp_seconds_now() - began;
        b->result.has_layers = read_layers(b, t, n_layers, k);
    }
    *seconds = ocsp_median_of(times, passes);
    for (int i = 0; i < n_layers && layers && b->result.has_layers; i++) {
        for (int k = 0; k < passes; k++)
            times[k] = t->layers[k * n_layers + i];
        layers[i] = ocsp_median_of(times, passes);
    }
    return OCSP_OK;
}

/* The first visit: how long a prediction takes, and which layers the engine has. */
static enum ocsp_status warm_up(struct bench *b, int k, struct ocsp_error *err)
{
    struct timed *t = &b->timed[k];
    struct ocsp_speed_net *net = &b->result.nets[k];
    double seconds;

    if (b->by->begin(t->net, err))
        return err->status;
    enum ocsp_status status = time_passes(b, t, 1, &seconds, NULL, net->n_layers, err);
    if (!status)
        status = time_passes(b, t, seconds < SLOW_S ? 2 : 1, &seconds, NULL,
                             net->n_layers, err);
    for (int i = 0; i < net->n_layers && b->by->by_engine; i++)
        net->layers[i].by_engine = b->by->by_engine(t->net, i);
    b->by->end(t->net);
    if (status)
        return status;
    t->passes =
        seconds > 0 ? (int)ceil(fmin(VISIT_S / seconds, MOST_PASSES)) : MOST_PASSES;
    t->warms = b->by->is_slow_to_begin || seconds < SLOW_S;
    return OCSP_OK;
}

static enum ocsp_status visit(struct bench *b, int k, int round, struct ocsp_error *err)
{
    const struct timed *t = &b->timed[k];
    struct ocsp_speed_net *net = &b->result.nets[k];
    double *layers = t->medians + (size_t)round * (size_t)net->n_layers;
    enum ocsp_status status = b->by->begin(t->net, err);

    if (status)
        return status;
    if (t->warms)
        status = time_passes(b, t, 1, &net->seconds[round], NULL, net->n_layers, err);
    if (!status)
        status = time_passes(b, t, t->passes, &net->seconds[round], layers, net->n_layers,
                             err);
    b->by->end(t->net);
    return status;
}

/* A line that the next one writes over; `rounds` < 0 clears it. */
static void show_progress(const struct bench *b, int rounds)
{
    if (!isatty(STDERR_FILENO))
        return;
    if (rounds < 0)
        fprintf(stderr, "\r%60s\r", "");
    else
        fprintf(stderr, "\rocsp: batch %d, %s: round %d", b->request->batch,
                b->result.program, rounds + 1);
    fflush(stderr);
}

/* Every other round goes the other way round: what a net leaves in caches, and the
 * machine's drift, hits all alike. */
static enum ocsp_status measure(struct bench *b, struct ocsp_error *err)
{
    const struct ocsp_speed_request *r = b->request;
    const int fewest = r->rounds ? r->rounds : OCSP_SPEED_ENOUGH_ROUNDS;
    enum ocsp_status status = OCSP_OK;

    for (int k = 0; k < r->n && !status; k++)
        status = warm_up(b, k, err);
    const double began = ocsp_seconds_now();
    int rounds = 0;
    while (!status && (rounds < fewest || (rounds < b->most_rounds &&
                                           ocsp_seconds_now() - began < r->seconds))) {
        show_progress(b, rounds);
        for (int k = 0; k < r->n && !status; k++)
            status = visit(b, rounds % 2 ? r->n - 1 - k : k, rounds, err);
        rounds++;
    }
    show_progress(b, -1);
    b->result.rounds = rounds;
    b->result.wall_s = ocsp_seconds_now() - began;
    return status;
}

/* Each layer's median over the rounds. */
static enum ocsp_status average_layers(struct bench *b, struct ocsp_error *err)
{
    const int rounds = b->result.rounds;
    double *column = calloc((size_t)rounds, sizeof *column);
    struct ocsp_spread spread;
    enum ocsp_status status = column ? OCSP_OK : ocsp_fail_memory(err);

    for (int k = 0; k < b->result.n && !status; k++) {
        struct ocsp_speed_net *net = &b->result.nets[k];
        for (int i = 0; i < net->n_layers && !status; i++) {
            for (int round = 0; round < rounds; round++)
                column[round] = b->timed[k].medians[round * net->n_layers + i];
            status = ocsp_spread_of(column, rounds, &spread, err);
            net->layers[i].seconds = status ? 0 : spread.median;
        }
    }
    free(column);
    return status;
}

static enum ocsp_status prepare(struct bench *b, struct ocsp_error *err)
{
    const struct ocsp_speed_request *r = b->request;
    const struct ocsp_hook_engine engine = {.threads = r->threads};

    if (ocsp_predictor_find(&b->by, r->by, err) || ocsp_backend_prepare(&engine, err))
        return err->status;
    if (b->by->set_threads)
        b->by->set_threads(r->threads);
    b->most_rounds = r->rounds ? r->rounds : OCSP_SPEED_MOST_ROUNDS;
    if (ocsp_speed_result_init(&b->result, r->n, r->cfg, r->graphs, r->batch,
                               b->by->channel_block(), b->most_rounds, err))
        return err->status;
    b->result.program = ocsp_predictor_word(r->by);
    b->result.has_engine = b->by->by_engine != NULL;
    b->by->describe(b->result.library, sizeof b->result.library);
#ifdef _OPENMP
    b->result.threads = OCSP_ON_GPU ? 0 : omp_get_max_threads();
#endif
    b->timed = calloc((size_t)r->n, sizeof *b->timed);
    return b->timed ? OCSP_OK : ocsp_fail_memory(err);
}

enum ocsp_status ocsp_measure_speed(const struct ocsp_speed_request *request,
                                    struct ocsp_speed_result *out, struct ocsp_error *err)
{
    struct bench b = {.request = request};
    enum ocsp_status status = prepare(&b, err);

    for (int k = 0; k < request->n && !status; k++)
        status = open_net(&b, k, err);
    if (!status)
        status = measure(&b, err);
    if (!status)
        status = average_layers(&b, err);
    for (int k = 0; k < request->n && b.timed; k++) {
        b.by->close(b.timed[k].net);
        free(b.timed[k].images);
        free(b.timed[k].layers);
        free(b.timed[k].medians);
    }
    free(b.timed);
    if (status)
        ocsp_speed_result_clear(&b.result);
    else
        *out = b.result;
    return status;
}
