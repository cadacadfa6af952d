#include "train/hook.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/clock.h"
#include "net/file.h"
#include "net/random_bits.h"
#include "net/unfinished.h"
#include "train/augment.h"
#include "train/best_weights.h"
#include "train/compute_backend.h"
#include "train/crash.h"
#include "train/data_order.h"
#include "train/detector_map.h"
#include "train/evaluate.h"
#include "train/host_command.h"
#include "train/regularize.h"
#include "train/run_plots.h"
#include "train/run_start.h"
#include "train/run_step.h"
#include "train/signals.h"
#include "view/lines.h"

/* The one global: the host's loop calls functions without an argument to pass it in. Its
 * loader threads draw from run->image_order, also while the process ends: by `drawing`.
 */
static struct ocsp_run *run;
static pthread_mutex_t drawing = PTHREAD_MUTEX_INITIALIZER;

static void stop_on_error(const struct ocsp_error *err)
{
    struct ocsp_error gone;

    /* while files are written, a folder that is gone looks like a disk that fails */
    if (err->status == OCSP_E_IO && ocsp_run_check_folder(run, &gone))
        err = &gone;
    run->ended = true;
    ocsp_run_plots_end(run);
    run->options.fatal(err);
}

/* What no process may leave running, or lying about. */
static void clean_up(void)
{
    ocsp_unfinished_remove();
    if (run && !run->ended)
        ocsp_plotter_abandon(&run->plots.plotter);
}

/* Hosts end the process with status 0 where they cannot read an image or a file. */
static void at_exit(void)
{
    const int code = errno;
    char shortage[OCSP_CRASH_TEXT], text[2 * OCSP_CRASH_TEXT];

    if (!run || run->ended)
        return;
    const char *why = ocsp_crash_shortage(code, shortage);
    snprintf(text, sizeof text,
             "darknet ocsp: Darknet stopped before the training was done%s%s",
             why ? ": " : "", why ? why : "");
    ocsp_lines_say(OCSP_SAY_ERROR, text);
    ocsp_lines_say(OCSP_SAY_WORDS, "");
    ocsp_lines_end();
    clean_up();
    _exit(1);
}

void ocsp_hook_enable(const struct ocsp_hook_options *options)
{
    struct ocsp_error err;

    ocsp_hook_disable();
    run = calloc(1, sizeof *run);
    if (!run) {
        ocsp_fail_memory(&err);
        options->fatal(&err);
    }
    run->options = *options;
    ocsp_crash_set_cleanup(clean_up);
    run->engine = ocsp_backend_engine(&options->engine);
    run->times = ocsp_backend_times(&options->engine);
}

void ocsp_hook_disable(void)
{
    if (!run)
        return;
    pthread_mutex_lock(&drawing);
    ocsp_image_order_clear(&run->image_order);
    ocsp_cycle_clear(&run->cycle);
    ocsp_record_clear(&run->record);
    ocsp_evaluate_end(run);
    ocsp_best_written(run);
    for (int k = 0; k < OCSP_BESTS; k++)
        free(run->best[k].path);
    ocsp_coupling_free(run->coupling);
    for (int k = 1; k < run->n_nets && run->others; k++)
        ocsp_live_net_clear(&run->others[k - 1]);
    free(run->others);
    ocsp_live_net_clear(&run->live);
    ocsp_live_net_clear(&run->dense);
    for (int k = 0; k < run->n_nets; k++)
        ocsp_regularizer_clear(&run->regularizers[k]);
    free(run->regularizers);
    ocsp_sums_clear(&run->sums);
    free(run->pruned_text);
    ocsp_new_file_discard(&run->host_file);
    free(run->host_name);
    free(run->state);
    free(run->dense_last);
    free(run->pruned_cfg);
    free(run->pruned_last);
    free(run->pruned_final);
    free(run->log);
    ocsp_plotter_clear(&run->plots.plotter);
    free(run->plots.path);
    free(run->plots.text);
    free(run);
    run = NULL;
    pthread_mutex_unlock(&drawing);
}

void ocsp_hook_seed(void)
{
    if (run && run->options.settings.seed >= 0)
        srand((unsigned)run->options.settings.seed);
}

void ocsp_hook_start(void *nets, int ngpus, void *net, char **base)
{
    struct ocsp_error err;

    if (!run)
        return;
    ocsp_signals_catch();
    if (ocsp_run_start(run, nets, ngpus, net, base, &err))
        stop_on_error(&err);
}

static bool is_seeded(void)
{
    return run && run->options.settings.seed >= 0;
}

static void seed_iteration(uint64_t iteration)
{
    const uint64_t seed = ocsp_random_bits_of((uint64_t)run->options.settings.seed) +
                          (uint64_t)run->position.rollbacks;

    ocsp_data_order_seed(seed, iteration);
}

/* Contrastive learning wants each image twice. */
static bool draws_pairs(void)
{
    struct ocsp_error err;
    int pairs;

    return ocsp_cfg_int(run->live.cfg, 0, "contrastive", 0, &pairs, &err) || pairs != 0;
}

void ocsp_hook_loader(int *threads)
{
    if (!run)
        return;
    run->orders_images = !run->options.draw_at_random && !draws_pairs();
    ocsp_image_order_set(&run->image_order, run->position.order, run->position.drawn);
    if (!is_seeded())
        return;
    *threads = 1;
    /* what is loaded first, the iteration before would have loaded */
    seed_iteration(run->position.iteration - (uint64_t)run->n_nets);
}

int ocsp_hook_draw(char **paths, int n, int m, char **drawn)
{
    pthread_mutex_lock(&drawing);
    const bool draws = run && run->orders_images;
    if (draws)
        ocsp_image_order_draw(&run->image_order, paths, n, m, drawn);
    pthread_mutex_unlock(&drawing);
    return draws;
}

static void wait_for(void *loader)
{
    struct ocsp_error err;

    if (ocsp_data_order_wait(loader, &err))
        stop_on_error(&err);
}

void ocsp_hook_begin(void *loader)
{
    struct ocsp_progress progress;

    if (!run)
        return;
    if (is_seeded()) {
        wait_for(loader);
        ocsp_host.progress(ocsp_run_net(run, 0), &progress);
        seed_iteration(progress.iteration);
    }
    pthread_mutex_lock(&drawing);
    run->position.drawn = run->image_order.next;
    pthread_mutex_unlock(&drawing);
}

void ocsp_hook_batch(void *data, void *loader)
{
    struct ocsp_images images;

    if (!run)
        return;
    if (is_seeded())
        wait_for(loader); /* dropout draws as well */
    ocsp_host.images(ocsp_run_net(run, 0), data, &images);
    for (int k = 0; k < run->n_nets; k++)
        if (images.w != run->images.w || images.h != run->images.h)
            ocsp_host.resized(ocsp_run_net(run, k));
    run->images = images;
    if (run->options.pad > 0)
        ocsp_augment_pad_crop(&images, run->options.pad, &run->position.random);
    run->cost.began = ocsp_seconds_now();
}

void ocsp_hook_step(char **base, float loss, float *average_loss)
{
    struct ocsp_error err;

    if (run && ocsp_run_step(run, base, loss, average_loss, &err))
        stop_on_error(&err);
}

char *ocsp_hook_save(char *path)
{
    struct ocsp_error err;

    if (!run)
        return path;
    ocsp_new_file_discard(&run->host_file);
    if (ocsp_run_check_folder(run, &err) ||
        ocsp_new_file_open(&run->host_file, path, &err))
        stop_on_error(&err);
    free(run->host_name);
    run->host_name = ocsp_new_file_handle(&run->host_file);
    if (!run->host_name) {
        ocsp_fail_memory(&err);
        stop_on_error(&err);
    }
    return run->host_name;
}

void ocsp_hook_saved(FILE *file)
{
    struct ocsp_error err;

    if (!run || !run->host_file.path)
        return;
    if (fflush(file) || ferror(file)) {
        ocsp_fail(&err, OCSP_E_IO, run->host_file.path, 0, "cannot write: %s",
                  strerror(errno));
        ocsp_new_file_discard(&run->host_file);
        stop_on_error(&err);
    }
    if (ocsp_best_owns(run, run->host_file.path)) {
        ocsp_new_file_discard(&run->host_file);
        return;
    }
    if (ocsp_run_check_folder(run, &err) || ocsp_file_commit(&run->host_file, &err)) {
        ocsp_new_file_discard(&run->host_file);
        stop_on_error(&err);
    }
}

void ocsp_hook_map(void *map, float *best)
{
    struct ocsp_error err;

    if (!run)
        return;
    run->images.w = 0; /* it resizes the network, to and fro */
    if (run->cycle.phase != OCSP_PRUNED || run->map_is_pruned)
        return;
    if (ocsp_host.renew_map(map, run->pruned_cfg, &err))
        stop_on_error(&err);
    run->map_is_pruned = true;
    *best = 0; /* of the dense net, whose file has another name */
}

void ocsp_hook_map_value(float value)
{
    struct ocsp_error err;

    if (run && ocsp_map_take(run, (double)value, &err))
        stop_on_error(&err);
}

enum ocsp_status ocsp_hook_run_train(int argc, char **argv, struct ocsp_error *err)
{
    const enum ocsp_status status = ocsp_backend_prepare(&run->options.engine, err);

    if (status)
        return status;
    atexit(at_exit);
    if (ocsp_host_command_run(argc, argv, err))
        return err->status;
    if (run->n_nets > 0)
        return OCSP_OK;
    return ocsp_fail(
        err, OCSP_E_UNSUPPORTED, NULL, 0,
        "%s's Darknet has trained nothing with ocsp: its training loop does not "
        "call ocsp's functions; run darknet_patch/apply on its tree and rebuild",
        ocsp_host.name);
}
