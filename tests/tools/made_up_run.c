/* The pictures of a run of any length and depth, which nobody trained, and what they
 * cost.
 *
 *     build/release/tools/made_up_run FOLDER [EPOCHS [LAYERS [NAME]]]
 *
 * Makes the record of a run of 300 epochs and 150 convolutions, whose selected channels
 * shrink after t_sl-start, and draws it in FOLDER as a run would. Prints
 *
 *     plots: text X ms, file of N KiB, start Y ms, drawing Z s, names W ms
 *
 * of which X, Y and W are time of the run's own thread on a core, and Z is by the clock.
 * The net's loss, accuracy and learning rate follow formulas. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cycle/accuracy.h"
#include "cycle/cycle.h"
#include "cycle/record.h"
#include "layers/weights.h"
#include "net/file.h"
#include "view/plots.h"
#include "view/plotter.h"

#define OWN_TIME CLOCK_THREAD_CPUTIME_ID

static struct ocsp_error err;

static void must(enum ocsp_status status)
{
    if (!status)
        return;
    fprintf(stderr, "made_up_run: %s\n", err.text);
    exit(1);
}

static double now_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* Uniform in [0, 1). */
static double next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (double)(*state >> 40) / (1 << 24);
}

struct made_up_net {
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    struct ocsp_coupling *coupling;
    struct ocsp_weights *weights;
    struct ocsp_sums sums;
};

static void make_net(struct made_up_net *net, int layers)
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    if (!f)
        exit(1);
    fputs("[net]\nwidth=8\nheight=8\nchannels=3\n", f);
    for (int i = 0; i < layers; i++)
        fprintf(f,
                "[convolutional]\nbatch_normalize=1\nfilters=%d\nsize=1\nactivation=%s\n",
                16 << (5 * i / layers), i + 1 < layers ? "relu" : "linear");
    fclose(f);
    must(ocsp_cfg_parse(&net->cfg, "made up", text, size, &err));
    free(text);
    must(ocsp_graph_new(&net->graph, net->cfg, &err));
    must(ocsp_coupling_new(&net->coupling, net->graph, &err));
    must(ocsp_weights_new(&net->weights, net->graph, false, &err));
    must(ocsp_sums_init(&net->sums, net->coupling, net->weights->layers, &err));
}

/* Each filter has a strength of its own. */
static void begin_weights(struct made_up_net *net)
{
    uint64_t state = 88172645463325252u;

    for (int i = 0; i < net->graph->n_layers; i++) {
        const struct ocsp_table *t = &net->graph->layers[i].tables[0];
        float *w = net->weights->layers[i].weights;
        for (int row = 0; row < t->rows; row++) {
            const double strength = 0.5 + next_random(&state);
            net->weights->layers[i].scales[row] = (float)strength;
            for (int k = 0; k < t->cols; k++)
                w[row * t->cols + k] =
                    (float)(strength * (next_random(&state) - 0.5) / sqrt(t->cols));
        }
    }
}

/* Selected filters shrink by a seventh, where `sparse`, and some end at 0; the others
 * move a little. */
static void move_weights(struct made_up_net *net, const struct ocsp_plan *plan,
                         bool sparse, uint64_t *state)
{
    for (int i = 0; i < net->graph->n_layers; i++) {
        const struct ocsp_coupled_table *t = &net->coupling->tables[i];
        struct ocsp_params *p = &net->weights->layers[i];
        for (int row = 0; row < t->rows; row++) {
            const bool kept = ocsp_plan_keeps(plan, t->row[row]);
            const float shrunk = p->scales[row] < 0.02F ? 0 : 0.86F;
            const float by =
                kept ? (float)(1 + 0.06 * (next_random(state) - 0.5)) : shrunk;
            if (!kept && !sparse)
                continue;
            p->scales[row] *= by;
            for (int k = 0; k < t->cols; k++)
                p->weights[row * t->cols + k] *= by;
        }
        for (int k = 0; sparse && k < t->rows * t->cols; k++)
            if (!ocsp_plan_keeps(plan, t->col[k % t->cols]))
                p->weights[k] *= fabsf(p->weights[k]) < 0.003F ? 0 : 0.86F;
    }
}

static void do_epochs(struct made_up_net *net, struct ocsp_cycle *cycle,
                      struct ocsp_record *record, int epochs)
{
    uint64_t state = 362436069;

    for (int epoch = 1; epoch <= epochs; epoch++) {
        enum ocsp_decision decision;
        struct ocsp_score score = ocsp_score_none();
        const double done = (double)epoch / epochs;
        score.top1 = 92 * (1 - exp(-5 * done)) - 2 * next_random(&state);
        score.topk = fmin(score.top1 + 8, 100);
        const struct ocsp_epoch_facts facts = {
            .epoch = epoch,
            .loss = 2.3 * exp(-3 * done) + 0.05 * next_random(&state),
            .learning_rate = 0.00261 * pow(0.1, (int)(2 * done)),
            .seconds = 60,
            .score = epoch % 2 ? NULL : &score};
        ocsp_sums_measure(&net->sums, net->coupling, net->weights->layers);
        must(ocsp_cycle_epoch(cycle, epoch, &net->sums, 1, &decision, &err));
        must(ocsp_record_epoch(record, cycle, &facts, &err));
        move_weights(net, &cycle->plan, cycle->phase == OCSP_SPARSE, &state);
    }
}

static void draw(const struct ocsp_plots_source *source, const char *folder)
{
    struct ocsp_plotter plotter;
    char path[500], *text;
    const struct timespec moment = {0, 1000000};
    size_t size;
    double ms[6], began;

    ms[0] = now_ms(OWN_TIME);
    must(ocsp_plots_script(source, &text, &size, &err));
    ms[1] = now_ms(OWN_TIME);
    snprintf(path, sizeof path, "%s/%s" OCSP_PLOTS_SCRIPT, folder, source->base);
    must(ocsp_files_write(&(struct ocsp_file_content){path, text, size}, 1, &err));
    must(ocsp_plotter_init(&plotter, folder, source->base, &err));
    ms[2] = now_ms(OWN_TIME);
    began = now_ms(CLOCK_MONOTONIC);
    must(ocsp_plotter_start(&plotter, true, &err));
    ms[3] = ms[4] = ms[5] = now_ms(OWN_TIME);
    for (; plotter.child; nanosleep(&moment, NULL)) {
        ms[4] = now_ms(OWN_TIME);
        must(ocsp_plotter_look(&plotter, &err));
        ms[5] = now_ms(OWN_TIME);
    }
    printf("plots: text %.1f ms, file of %zu KiB, start %.1f ms, drawing %.2f s, names "
           "%.1f ms\n",
           ms[1] - ms[0], size / 1024, ms[3] - ms[2],
           1e-3 * (now_ms(CLOCK_MONOTONIC) - began), ms[5] - ms[4]);
    ocsp_plotter_clear(&plotter);
    free(text);
}

int main(int argc, char **argv)
{
    const int epochs = argc > 2 ? atoi(argv[2]) : 300;
    const int layers = argc > 3 ? atoi(argv[3]) : 150;
    const char *const base = argc > 4 ? argv[4] : "net";
    struct made_up_net net = {0};
    struct ocsp_settings settings;
    struct ocsp_cycle cycle;
    struct ocsp_record record;

    if (argc < 2 || epochs < 3 || layers < 2) {
        fprintf(stderr, "usage: made_up_run FOLDER [EPOCHS [LAYERS [NAME]]]\n");
        return 2;
    }
    make_net(&net, layers);
    begin_weights(&net);
    ocsp_settings_init(&settings);
    settings.budget = (struct ocsp_budget){OCSP_MACS, 0.5};
    settings.sl_start = epochs * 2 / 5;
    settings.sl_end = epochs * 4 / 5;
    must(ocsp_settings_fit(
        &settings,
        &(struct ocsp_schedule){.width = 32, .pass = 1, .total = (uint64_t)epochs},
        &err));
    must(ocsp_cycle_init(&cycle, net.coupling, &settings, &err));
    must(ocsp_record_init(&record, argv[1], base, &err));
    do_epochs(&net, &cycle, &record, epochs);
    struct ocsp_file_content files[OCSP_RECORD_FILES];
    ocsp_record_files(&record, files);
    must(ocsp_files_write(files, 2, &err)); /* there is no summary */
    draw(&(struct ocsp_plots_source){base, &record, &cycle}, argv[1]);
    ocsp_record_clear(&record);
    ocsp_cycle_clear(&cycle);
    ocsp_sums_clear(&net.sums);
    ocsp_weights_free(net.weights);
    ocsp_coupling_free(net.coupling);
    ocsp_graph_free(net.graph);
    ocsp_cfg_free(net.cfg);
    return 0;
}
