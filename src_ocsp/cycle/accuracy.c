#include "cycle/accuracy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Beyond any run's number of epochs. */
#define MAX_INTERVAL (1 << 20)

const char *ocsp_accuracy_measure_name(enum ocsp_accuracy_measure measure)
{
    static const char *const names[] = {[OCSP_NO_MEASURE] = NULL,
                                        [OCSP_MEASURE_TOP1] = "top1",
                                        [OCSP_MEASURE_MAP] = "map"};

    return names[measure];
}

struct ocsp_score ocsp_score_none(void)
{
    return (struct ocsp_score){.epoch = 0, .top1 = NAN, .topk = NAN, .map = NAN};
}

double ocsp_score_main(const struct ocsp_score *score)
{
    return isnan(score->top1) ? score->map : score->top1;
}

/* Better by the main number; where that is equal, by top-k. */
static bool is_better(const struct ocsp_score *a, const struct ocsp_score *b)
{
    const double new = ocsp_score_main(a), old = ocsp_score_main(b);

    if (isnan(new))
        return false;
    return b->epoch == 0 || isnan(old) || new > old || (new >= old && a->topk > b->topk);
}

bool ocsp_accuracy_add(struct ocsp_accuracy *accuracy, const struct ocsp_score *score)
{
    const bool better = is_better(score, &accuracy->best.score);

    accuracy->last = *score;
    if (better)
        accuracy->best = (struct ocsp_best){.score = *score};
    return better;
}

void ocsp_accuracy_prune(struct ocsp_accuracy *accuracy, const struct ocsp_score *before,
                         const struct ocsp_score *after)
{
    accuracy->dense_best = accuracy->best;
    accuracy->before = *before;
    accuracy->after = *after;
    accuracy->best = (struct ocsp_best){.score = *after};
    if (after->epoch > 0)
        accuracy->last = *after;
}

bool ocsp_accuracy_is_due(const struct ocsp_accuracy *accuracy, int epoch)
{
    return accuracy->interval > 0 && epoch - accuracy->last.epoch >= accuracy->interval;
}

int ocsp_accuracy_interval(int interval, double cost, double epoch)
{
    while (interval < MAX_INTERVAL && cost > OCSP_EVALUATION_SHARE * interval * epoch)
        interval *= 2;
    return interval;
}

void ocsp_accuracy_text(char *text, size_t size, const struct ocsp_accuracy *accuracy,
                        const struct ocsp_score *score)
{
    if (!isnan(score->map))
        snprintf(text, size, "mAP %.2f %%", score->map);
    else if (accuracy->top > 1)
        snprintf(text, size, "top-1 %.2f %%, top-%d %.2f %%", score->top1, accuracy->top,
                 score->topk);
    else
        snprintf(text, size, "top-1 %.2f %%", score->top1);
}
