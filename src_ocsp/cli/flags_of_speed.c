/* What the command `speed` measures, and for how long. */
#include <stdlib.h>
#include <string.h>

#include "cli/flag.h"

#define MAX_BATCH 4096
#define MAX_ROUNDS 1000

static enum ocsp_status refuse_batches(const struct ocsp_given_flag *g)
{
    return ocsp_flag_refuse(g,
                            "up to 16 numbers from 1 to 4096, with commas between them");
}

static enum ocsp_status set_batches(const struct ocsp_given_flag *g)
{
    struct ocsp_speed_flags *speed = &g->flags->speed;
    const char *word = g->value;
    char *end;

    for (int n = 0; n < OCSP_MAX_BATCHES; n++) {
        const long batch = *word >= '0' && *word <= '9' ? strtol(word, &end, 10) : 0;
        if (batch < 1 || batch > MAX_BATCH || !strchr(",", *end))
            return refuse_batches(g);
        speed->batches[n] = (int)batch;
        speed->n_batches = n + 1;
        if (!*end)
            return OCSP_OK;
        word = end + 1;
    }
    return refuse_batches(g);
}

static enum ocsp_status set_seconds(const struct ocsp_given_flag *g)
{
    return ocsp_flag_read_real(g, 0, 1e6, &g->flags->speed.seconds);
}

static enum ocsp_status set_rounds(const struct ocsp_given_flag *g)
{
    int rounds = 0;
    const enum ocsp_status status = ocsp_flag_read_int(g, 1, &rounds);

    if (!status && rounds > MAX_ROUNDS)
        return ocsp_flag_refuse(g, "at most 1000");
    if (!status)
        g->flags->speed.rounds = rounds;
    return status;
}

static enum ocsp_status set_layers(const struct ocsp_given_flag *g)
{
    return ocsp_flag_read_switch(g, &g->flags->speed.layers);
}

static bool predictor_choice(size_t k, struct ocsp_choice *out)
{
    static const char *const words[] = {[OCSP_PREDICTOR_STOCK] = "stock",
                                        [OCSP_PREDICTOR_ONEDNN] = "onednn",
                                        [OCSP_PREDICTOR_GPU] = "gpu",
                                        [OCSP_PREDICTOR_OPENCV] = "opencv",
                                        [OCSP_PREDICTORS] = NULL};

    return ocsp_flag_word(words, k, out);
}

enum ocsp_status ocsp_flag_set_predictors(const struct ocsp_given_flag *g)
{
    struct ocsp_speed_flags *speed = &g->flags->speed;
    size_t k[OCSP_PREDICTORS + 1], n;
    const enum ocsp_status status = ocsp_flag_read_choices(g, predictor_choice, k, &n);

    if (status)
        return status;
    speed->n_engines = (int)n;
    for (size_t i = 0; i < n; i++)
        speed->engines[i] = (enum ocsp_predictor_name)k[i];
    return OCSP_OK;
}

const struct ocsp_flag ocsp_flags_of_speed[] = {
    {.name = "batch",
     .verbs = OCSP_FOR_SPEED,
     .value = "N,N…",
     .by_default = "1",
     .help = "images of one batch; several are measured one after the other",
     .command_line_only = true,
     .set = set_batches},
    {.name = "seconds",
     .verbs = OCSP_FOR_SPEED,
     .value = "S",
     .by_default = "10",
     .help = "of each batch and engine: no round begins later, but there are at least 8",
     .command_line_only = true,
     .set = set_seconds},
    {.name = "rounds",
     .verbs = OCSP_FOR_SPEED,
     .value = "N",
     .by_default = "as many as -seconds allows",
     .help = "measure so many rounds, however long they take",
     .command_line_only = true,
     .set = set_rounds},
    {.name = "layers",
     .verbs = OCSP_FOR_SPEED,
     .help = "print the time of each layer, beside that of the first net",
     .command_line_only = true,
     .set = set_layers},
    {0}};
