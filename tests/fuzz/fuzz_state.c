/* A state file for one small run: as it is, and, as no fuzzer finds a checksum, its JSON,
 * CSV and numbers in a file made of them. */
#include <stdlib.h>
#include <string.h>

#include "cycle/state_net.h"
#include "fuzz.h"
#include "layers/arrays.h"
#include "state_file.h"

static const char cfg[] = "[net]\nwidth=4\nheight=4\nchannels=3\n"
                          "[convolutional]\nfilters=4\nbatch_normalize=1\n"
                          "[convolutional]\nfilters=4\n"
                          "[connected]\noutput=3\n";

static struct ocsp_settings settings_of_run(void)
{
    struct ocsp_settings s;
    struct ocsp_error err;

    ocsp_settings_init(&s);
    s.budget = (struct ocsp_budget){OCSP_MACS, 0.3};
    HOLDS(!ocsp_settings_fit(
        &s, &(struct ocsp_schedule){.width = 32, .pass = 5, .total = 200}, &err));
    return s;
}

/* What was put back can be saved, and that is read as the same decisions. */
static void save_again(const struct ocsp_state *state, const struct ocsp_cycle *cycle,
                       const struct fuzz_net *net, const struct ocsp_weights *weights)
{
    struct ocsp_error err;
    struct ocsp_record record;
    struct ocsp_state *again;
    char *data;
    size_t size;

    HOLDS(!ocsp_record_init(&record, "a", "b", &err));
    HOLDS(!ocsp_record_restore(&record, state->csv, state->csv_size, state->norms, &err));
    const struct ocsp_params *const params[] = {weights->layers, weights->layers};
    const struct ocsp_state_content content = {
        .host = "Debian",
        .cfg = net->cfg,
        .position = &state->position,
        .cycle = cycle,
        .surgery = state->surgery.epoch ? &state->surgery : NULL,
        .accuracy = &state->accuracy,
        .record = &record,
        .counters = state->counters,
        .n_counters = state->n_counters,
        .graph = net->graph,
        .params = params,
        .n_params = 2};
    HOLDS(!ocsp_state_render(&content, &data, &size, &err));
    HOLDS(!ocsp_state_parse(&again, "again", data, size, &err));
    HOLDS(again->phase == state->phase);
    HOLDS(again->csv_size == state->csv_size &&
          memcmp(again->csv, state->csv, state->csv_size) == 0);
    HOLDS(!again->norms == !state->norms &&
          (!state->norms || strcmp(again->norms, state->norms) == 0));
    HOLDS(again->position.iteration == state->position.iteration);
    ocsp_state_free(again);
    ocsp_record_clear(&record);
    free(data);
}

static void use(const struct ocsp_state *state, const struct fuzz_net *net)
{
    const struct ocsp_settings settings = settings_of_run();
    struct ocsp_weights *weights;
    struct ocsp_cycle cycle;
    struct ocsp_error err;
    char news[OCSP_CFG_NEWS];
    enum ocsp_status status;

    status = ocsp_state_check_net(state, "Debian", net->cfg, news, &err);
    fuzz_check_error(status, &err);
    status = ocsp_state_check_settings(state, &settings, &err);
    fuzz_check_error(status, &err);
    HOLDS(!ocsp_weights_new(&weights, net->graph, false, &err));
    HOLDS(!ocsp_cycle_init(&cycle, net->coupling, &settings, &err));
    const struct ocsp_params *const params[] = {weights->layers, weights->layers};
    status = ocsp_state_restore_params(state, net->graph, params, 2, &err);
    fuzz_check_error(status, &err);
    status = ocsp_state_restore_cycle(state, &cycle, &err);
    fuzz_check_error(status, &err);
    if (!status) {
        save_again(state, &cycle, net, weights);
        fuzz_rewrite(net, &cycle.plan, weights);
    }
    ocsp_cycle_clear(&cycle);
    ocsp_weights_free(weights);
}

static void parse(const struct fuzz_net *net, const char *data, size_t size)
{
    struct ocsp_state *state;
    struct ocsp_error err;
    const enum ocsp_status status =
        ocsp_state_parse(&state, "fuzz.ocsp-state", data, size, &err);

    fuzz_check_error(status, &err);
    if (status)
        return;
    use(state, net);
    ocsp_state_free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_net net;
    struct fuzz_part part[3];
    struct ocsp_error err;
    size_t joined;

    if (!net.coupling)
        HOLDS(!fuzz_net_parse(&net, cfg, strlen(cfg), &err));
    parse(&net, (const char *)data, size);
    fuzz_split(data, size, part, 3);
    const struct state_parts parts = {.meta = part[0].data,
                                      .meta_size = part[0].size,
                                      .csv = part[1].data,
                                      .csv_size = part[1].size,
                                      .floats = part[2].data,
                                      .n_floats = part[2].size / sizeof(float)};
    char *file = state_file_join(&parts, &joined);
    HOLDS(file != NULL);
    parse(&net, file, joined);
    free(file);
    return 0;
}
