#include "train/detector_map.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "train/best_weights.h"
#include "train/checkpoint.h"
#include "train/console.h"

void ocsp_map_begin(struct ocsp_run *run)
{
    run->epoch_map = ocsp_score_none();
    if (run->options.eval == OCSP_EVAL_OFF && !run->options.map.is_asked)
        return;
    if (!ocsp_host.measure_map) {
        ocsp_console_line("ocsp: no mAP is measured: %s's Darknet cannot do it",
                          ocsp_host.name);
        return;
    }
    if (!run->options.map.is_asked) {
        ocsp_console_line("ocsp: no mAP is measured: -map does it");
        return;
    }
    run->accuracy.measure = OCSP_MEASURE_MAP;
    ocsp_console_line(
        "ocsp: mAP by Darknet's -map%s",
        run->options.eval == OCSP_EVAL_OFF ? "" : ", and before and after pruning");
}

/* After t* the host needs the pruned cfg as a file, which may not be there yet. */
static enum ocsp_status measure_pruned(struct ocsp_run *run, double *map,
                                       struct ocsp_error *err)
{
    struct ocsp_new_file file;
    char *name;

    if (ocsp_run_lay_pruned_cfg(run, &file, &name, err))
        return err->status;
    const enum ocsp_status status =
        ocsp_host.measure_map(ocsp_run_net(run, 0), name, run->options.map.data,
                              run->options.map.iou_thresh, map, err);
    ocsp_new_file_discard(&file);
    free(name);
    return status;
}

void ocsp_map_measure(struct ocsp_run *run, int epoch, struct ocsp_score *score)
{
    const struct ocsp_graph *graph = run->live.graph;
    struct ocsp_progress p;
    struct ocsp_error err;
    enum ocsp_status status;
    double map = NAN;

    *score = ocsp_score_none();
    /* a run that goes on may have been measured before */
    if (run->accuracy.measure != OCSP_MEASURE_MAP || !run->options.map.is_asked ||
        run->options.eval == OCSP_EVAL_OFF)
        return;
    if (run->n_nets > 1)
        ocsp_host.average(run->nets, run->n_nets);
    ocsp_host.progress(ocsp_run_net(run, 0), &p);
    const bool resizes = p.w != graph->w || p.h != graph->h;
    if (resizes)
        ocsp_host.resize(run->nets, run->local, graph->w, graph->h);
    status = run->cycle.phase == OCSP_PRUNED && run->surgery.epoch > 0
                 ? measure_pruned(run, &map, &err)
                 : ocsp_host.measure_map(ocsp_run_net(run, 0), run->options.cfg,
                                         run->options.map.data,
                                         run->options.map.iou_thresh, &map, &err);
    if (resizes) {
        ocsp_host.resize(run->nets, run->local, p.w, p.h);
        ocsp_host.resized(ocsp_run_net(run, 0));
    }
    if (status) {
        ocsp_console_line("ocsp: no mAP is measured: %s", err.text);
        return;
    }
    score->epoch = epoch;
    score->map = 100 * map;
}

enum ocsp_status ocsp_map_take(struct ocsp_run *run, double map, struct ocsp_error *err)
{
    const struct ocsp_position *p = &run->position;
    const bool ends_epoch = p->iteration % (uint64_t)run->epoch_iterations == 0;
    struct ocsp_score score = ocsp_score_none();
    enum ocsp_status status;

    run->accuracy.measure = OCSP_MEASURE_MAP;
    score.epoch = p->epochs_done + !ends_epoch;
    score.map = 100 * map;
    ocsp_console_line("ocsp: mAP %.2f %% after iteration %" PRIu64, score.map,
                      p->iteration);
    status = ocsp_best_take(run, &score, err);
    if (!status && ends_epoch) /* its row is there already */
        status = ocsp_record_set_map(&run->record, score.map, err);
    else
        run->epoch_map = score;
    if (status)
        return status;
    return ocsp_checkpoint_write(run, run->ended ? OCSP_LAST_GENERATION : OCSP_GENERATION,
                                 err);
}
