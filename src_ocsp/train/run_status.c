#include "train/run_status.h"

#include <math.h>

#include "net/clock.h"
#include "view/lines.h"

/* Between two showings: more often nobody can read it. */
#define SECONDS 0.25
/* What one iteration counts at least in the mean of their seconds. */
#define WEIGHT 0.05

/* The importance of parts: those behind go first where a terminal is narrow. */
enum {
    EPOCH,
    PHASE,
    LEFT = PHASE,
    LOSS,
    ACCURACY,
    SPEED,
    PRUNING,
    STABILITY,
    LAMBDA,
    RATE
};

/* Whole epochs tell when a run ends, for their ends take time of their own; before the
 * first one of a network, its iterations do. */
static void measure_pace(struct ocsp_run *run, const struct ocsp_progress *p, bool ends)
{
    struct ocsp_run_pace *pace = &run->pace;
    const double now = ocsp_seconds_now();
    const double steps = (double)p->iteration - (double)pace->iteration;
    const bool pruned = run->cycle.phase == OCSP_PRUNED;

    /* behind the end of an epoch an iteration seems long */
    if (pace->iteration > 0 && steps > 0 && run->position.loss_count > 1) {
        const double seconds = (now - pace->at) / steps;
        pace->iteration_s +=
            fmax(WEIGHT, 1.0 / ++pace->n) * (seconds - pace->iteration_s);
    }
    if (ends) {
        const bool whole = pace->epoch_at > 0 && pruned == pace->pruned;
        pace->epoch_s = whole ? now - pace->epoch_at : 0;
        pace->epoch_at = now;
    }
    if (pruned != pace->pruned)
        pace->n = 0;
    pace->pruned = pruned;
    pace->iteration = p->iteration;
    pace->at = now;
}

/* Of the last measurement, which may be some epochs old. */
static void add_accuracy(struct ocsp_status_line *status, const struct ocsp_score *score)
{
    if (score->epoch > 0 && !isnan(score->map))
        ocsp_status_add(status, ACCURACY, "mAP %.2f %%", score->map);
    else if (score->epoch > 0)
        ocsp_status_add(status, ACCURACY, "top-1 %.2f %%", score->top1);
}

static void add_duration(struct ocsp_status_line *status, int rank, const char *before,
                         double seconds, const char *behind)
{
    const int minutes = (int)fmin(seconds / 60 + 0.5, 1e8), hours = minutes / 60;

    if (seconds < 90)
        ocsp_status_add(status, rank, "%s%.0f s%s", before, seconds, behind);
    else if (minutes < 90)
        ocsp_status_add(status, rank, "%s%d min%s", before, minutes, behind);
    else if (hours < 48)
        ocsp_status_add(status, rank, "%s%d h %d min%s", before, hours, minutes % 60,
                        behind);
    else
        ocsp_status_add(status, rank, "%s%d d %d h%s", before, hours / 24, hours % 24,
                        behind);
}

static void add_epoch(struct ocsp_status_line *status, const struct ocsp_run *run,
                      const struct ocsp_progress *p)
{
    const uint64_t done = (uint64_t)run->position.epochs_done;
    const uint64_t size = (uint64_t)run->epoch_iterations;
    const int percent = (int)(100 * (p->iteration - done * size) / size);

    if (run->epochs > 0 && run->position.epochs_done >= run->epochs)
        ocsp_status_add(status, EPOCH, "epoch %d/%d 100%%", run->epochs, run->epochs);
    else if (run->epochs > 0)
        ocsp_status_add(status, EPOCH, "epoch %d/%d %d%%", run->position.epochs_done + 1,
                        run->epochs, percent);
    else
        ocsp_status_add(status, EPOCH, "epoch %d %d%%", run->position.epochs_done + 1,
                        percent);
    ocsp_status_add(status, PHASE, "%s", ocsp_phase_name(run->cycle.phase));
}

static void add_cycle(struct ocsp_status_line *status, const struct ocsp_run *run)
{
    const struct ocsp_cycle *c = &run->cycle;

    if (c->phase != OCSP_PRUNED && !isnan(c->stability.mean) && c->stability.n > 0)
        ocsp_status_add(status, STABILITY, "mean J %.4f", c->stability.mean);
    if (c->phase == OCSP_SPARSE)
        ocsp_status_add(status, LAMBDA, "lambda %.3g", c->lambda);
}

static void add_times(struct ocsp_status_line *status, const struct ocsp_run *run,
                      const struct ocsp_progress *p)
{
    const struct ocsp_run_pace *pace = &run->pace;
    const double pace_s =
        pace->epoch_s > 0 ? pace->epoch_s / run->epoch_iterations : pace->iteration_s;
    const double prune =
        ocsp_cycle_expected_prune(&run->cycle, run->position.epochs_done);

    if (pace->iteration_s > 0)
        ocsp_status_add(status, SPEED, "%.*f images/s",
                        p->images_per_iteration < 10 * pace->iteration_s ? 1 : 0,
                        p->images_per_iteration / pace->iteration_s);
    if (pace_s <= 0)
        return;
    if (!isnan(prune))
        add_duration(
            status, PRUNING, "t* in ~",
            fmax(0, prune * run->epoch_iterations - (double)p->iteration) * pace_s, "");
    if (p->max_batches > p->iteration)
        add_duration(status, LEFT, "", (double)(p->max_batches - p->iteration) * pace_s,
                     " left");
}

void ocsp_run_show_status(struct ocsp_run *run, const struct ocsp_progress *p, bool ends)
{
    struct ocsp_status_line status = {0};
    char packed[OCSP_STATUS_SIZE];

    if (!ocsp_lines_have_status())
        return;
    measure_pace(run, p, ends);
    if (!ends && run->pace.at - run->pace.shown_at < SECONDS)
        return;
    run->pace.shown_at = run->pace.at;
    add_epoch(&status, run, p);
    ocsp_status_add(&status, LOSS, "loss %.4f", run->position.average_loss);
    add_accuracy(&status, &run->accuracy.last);
    add_cycle(&status, run);
    ocsp_status_add(&status, RATE, "rate %.4g", (double)p->learning_rate);
    add_times(&status, run, p);
    ocsp_status_pack(&status, packed);
    ocsp_lines_say(OCSP_SAY_STATUS, packed);
}
