#include "cycle/state_net.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "layers/arrays.h"
#include "random_net.h"
#include "state_file.h"

#define EPOCHS 14

/* A run of a net whose weights wander, the same in the same epoch. */
struct run {
    struct net net;
    struct ocsp_settings settings;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
};

static struct ocsp_settings make_settings(void)
{
    struct ocsp_settings s;

    ocsp_settings_init(&s);
    s.budget = (struct ocsp_budget){OCSP_MACS, 0.3};
    s.sl_start = OCSP_AUTO;
    s.epsilon = 0;
    s.sl_end = 12;
    MUST(ocsp_settings_fit(
        &s, &(struct ocsp_schedule){.width = 32, .pass = 5, .total = 5 * EPOCHS},
        &test_error));
    return s;
}

static void start(struct run *run)
{
    struct random r = {11};

    *run = (struct run){.settings = make_settings()};
    net_load(&run->net, "tests/golden/resnet20.cfg");
    net_random_weights(&run->net, &r);
    MUST(ocsp_cycle_init(&run->cycle, run->net.coupling, &run->settings, &test_error));
    MUST(ocsp_record_init(&run->record, "results", "net", &test_error));
}

static void stop(struct run *run)
{
    ocsp_record_clear(&run->record);
    ocsp_cycle_clear(&run->cycle);
    net_clear(&run->net);
}

static enum ocsp_decision do_epoch(struct run *run, int epoch)
{
    const struct ocsp_epoch_facts facts = {
        .epoch = epoch, .loss = 1.0 / epoch, .learning_rate = 0.1, .seconds = 1};
    struct random r = {(uint64_t)epoch};
    enum ocsp_decision decision;

    net_random_weights(&run->net, &r);
    MUST(ocsp_cycle_epoch(&run->cycle, epoch, net_sums(&run->net), 3, &decision,
                          &test_error));
    MUST(ocsp_record_epoch(&run->record, &run->cycle, &facts, &test_error));
    return decision;
}

static const struct ocsp_counter counters[] = {{"seen", 640}, {"rolling_avg", 1.0 / 3}};
static const struct ocsp_position position = {.generation = 7,
                                              .iteration = 5000000000,
                                              .epochs_done = 4,
                                              .loss_sum = 0.1,
                                              .loss_count = 3,
                                              .epoch_seconds = 1.5,
                                              .average_loss = 2.0 / 3,
                                              .random = 0xfedcba9876543210u,
                                              .order = 0xfedcba9876543211u,
                                              .drawn = 12345,
                                              .planned = 70,
                                              .rollbacks = 1};
static const struct ocsp_surgery_facts surgery = {
    4, 20, OCSP_PRUNE_BY_STABILITY, 1e-7, 1e-4, NULL, NULL};

static const struct ocsp_accuracy accuracy = {
    .measure = OCSP_MEASURE_TOP1,
    .top = 5,
    .interval = 4,
    .last = {4, 100. / 3, 50, NAN},
    .best = {{3, 200. / 3, 99, NAN},
             "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
    .dense_best = {{2, 70, NAN, NAN}, ""},
    .before = {4, 33, 44, NAN}};

/* The run's state as a file's bytes; value and momentum are the same arrays here. */
static char *render(const struct run *run, size_t *size)
{
    char *data;
    const struct ocsp_params *const params[] = {run->net.weights->layers,
                                                run->net.weights->layers};
    const struct ocsp_state_content content = {
        .host = "Debian",
        .cfg = run->net.cfg,
        .position = &position,
        .cycle = &run->cycle,
        .surgery = run->cycle.phase == OCSP_PRUNED ? &surgery : NULL,
        .accuracy = &accuracy,
        .record = &run->record,
        .counters = counters,
        .n_counters = 2,
        .graph = run->net.graph,
        .params = params,
        .n_params = 2};

    MUST(ocsp_state_render(&content, &data, size, &test_error));
    return data;
}

static struct ocsp_state *parse(const char *data, size_t size)
{
    struct ocsp_state *state;
    MUST(ocsp_state_parse(&state, "net.ocsp-state", data, size, &test_error));
    return state;
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void expect_same_cycle(const struct ocsp_cycle *a, const struct ocsp_cycle *b)
{
    assert_int_equal(a->phase, b->phase);
    assert_int_equal(a->start_epoch, b->start_epoch);
    assert_int_equal(a->prune_epoch, b->prune_epoch);
    assert_int_equal(a->start_cause, b->start_cause);
    assert_int_equal(a->prune_cause, b->prune_cause);
    assert_true(same(a->lambda, b->lambda) && same(a->lambda0, b->lambda0) &&
                same(a->sigma, b->sigma) && same(a->start_norm, b->start_norm) &&
                same(a->selected_norm, b->selected_norm) &&
                same(a->kept_norm, b->kept_norm));
    assert_true(same(a->stability.j, b->stability.j) &&
                same(a->stability.mean, b->stability.mean));
    assert_int_equal(a->plan.n_removed, b->plan.n_removed);
    assert_true(a->plan.macs_after == b->plan.macs_after);
    assert_memory_equal(a->plan.removed, b->plan.removed,
                        (size_t)a->coupling->n_channels * sizeof(bool));
}

/* Another process after `epoch` epochs: nothing but the file's bytes comes over. */
static void hand_over(const struct run *from, struct run *to)
{
    size_t size;
    char news[OCSP_CFG_NEWS], *data = render(from, &size);
    struct ocsp_state *state = parse(data, size);

    free(data);
    start(to);
    MUST(ocsp_state_check_net(state, "Debian", to->net.cfg, news, &test_error));
    assert_string_equal(news, "");
    MUST(ocsp_state_check_settings(state, &to->settings, &test_error));
    MUST(ocsp_state_restore_cycle(state, &to->cycle, &test_error));
    MUST(ocsp_record_restore(&to->record, state->csv, state->csv_size, state->norms,
                             &test_error));
    const struct ocsp_params *const params[] = {to->net.weights->layers,
                                                to->net.weights->layers};
    MUST(ocsp_state_restore_params(state, to->net.graph, params, 2, &test_error));
    const size_t floats = ocsp_arrays_count(to->net.graph, to->net.weights->layers);
    assert_memory_equal(to->net.weights->data, from->net.weights->data,
                        floats * sizeof(float));
    ocsp_state_free(state);
}

static void a_run_goes_on_as_if_it_had_never_ended(void **unused)
{
    (void)unused;
    for (int cut = 0; cut < EPOCHS; cut++) {
        struct run whole, second;
        int surgeries = 0;
        start(&whole);
        for (int epoch = 1; epoch <= cut; epoch++)
            surgeries += do_epoch(&whole, epoch) == OCSP_PRUNE;
        hand_over(&whole, &second);
        expect_same_cycle(&whole.cycle, &second.cycle);
        for (int epoch = cut + 1; epoch <= EPOCHS; epoch++) {
            const enum ocsp_decision decision = do_epoch(&whole, epoch);
            assert_int_equal(do_epoch(&second, epoch), decision);
            expect_same_cycle(&whole.cycle, &second.cycle);
            surgeries += decision == OCSP_PRUNE;
        }
        assert_int_equal(surgeries, 1);
        assert_string_equal(whole.record.csv, second.record.csv);
        assert_string_equal(whole.record.norms, second.record.norms);
        stop(&second);
        stop(&whole);
    }
}

static void expect_same_score(const struct ocsp_score *a, const struct ocsp_score *b)
{
    assert_int_equal(a->epoch, b->epoch);
    if (a->epoch > 0)
        assert_true(same(a->top1, b->top1) && same(a->topk, b->topk) &&
                    same(a->map, b->map));
}

static void expect_same_accuracy(const struct ocsp_accuracy *a,
                                 const struct ocsp_accuracy *b)
{
    assert_int_equal(a->measure, b->measure);
    assert_int_equal(a->top, b->top);
    assert_int_equal(a->interval, b->interval);
    expect_same_score(&a->last, &b->last);
    expect_same_score(&a->best.score, &b->best.score);
    expect_same_score(&a->dense_best.score, &b->dense_best.score);
    expect_same_score(&a->before, &b->before);
    expect_same_score(&a->after, &b->after);
    assert_string_equal(a->best.sha256, b->best.sha256);
    assert_string_equal(a->dense_best.sha256, b->dense_best.sha256);
}

static void what_is_beside_the_cycle_comes_back(void **unused)
{
    struct run run;
    size_t size;
    (void)unused;

    start(&run);
    for (int epoch = 1; epoch <= EPOCHS; epoch++)
        do_epoch(&run, epoch);
    char *data = render(&run, &size);
    struct ocsp_state *state = parse(data, size);
    assert_memory_equal(&state->position, &position, sizeof position);
    assert_int_equal(state->phase, OCSP_PRUNED);
    assert_int_equal(state->surgery.epoch, 4);
    assert_int_equal(state->surgery.iteration, 20);
    assert_true(state->surgery.difference == 1e-7 && state->surgery.tolerance == 1e-4);
    expect_same_accuracy(&state->accuracy, &accuracy);
    assert_int_equal(state->n_counters, 2);
    for (int k = 0; k < 2; k++) {
        assert_string_equal(state->counters[k].name, counters[k].name);
        assert_true(state->counters[k].value == counters[k].value);
    }
    ocsp_state_free(state);
    free(data);
    stop(&run);
}

/* A small one, to try every byte of it. */
static char *render_small(size_t *size)
{
    struct run run = {.settings = make_settings()};
    struct random r = {3};

    run.settings.sl_start = 4;
    net_parse(&run.net, "[net]\nwidth=4\nheight=4\nchannels=1\n"
                        "[convolutional]\nfilters=4\nsize=1\nactivation=relu\n"
                        "[convolutional]\nfilters=2\nsize=1\nactivation=linear\n");
    net_random_weights(&run.net, &r);
    MUST(ocsp_cycle_init(&run.cycle, run.net.coupling, &run.settings, &test_error));
    MUST(ocsp_record_init(&run.record, "results", "net", &test_error));
    for (int epoch = 1; epoch <= 4; epoch++)
        do_epoch(&run, epoch);
    char *data = render(&run, size);
    stop(&run);
    return data;
}

static void every_changed_byte_and_every_cut_is_refused(void **unused)
{
    struct ocsp_state *state;
    size_t size;
    char *data = render_small(&size);
    (void)unused;

    for (size_t i = 0; i < size; i++) {
        data[i] ^= 4;
        assert_int_equal(
            ocsp_state_parse(&state, "net.ocsp-state", data, size, &test_error),
            OCSP_E_FORMAT);
        data[i] ^= 4;
        assert_int_equal(ocsp_state_parse(&state, "net.ocsp-state", data, i, &test_error),
                         OCSP_E_FORMAT);
    }
    data[size - 1] ^= 1;
    REFUSES(ocsp_state_parse(&state, "net.ocsp-state", data, size, &test_error),
            OCSP_E_FORMAT,
            "net.ocsp-state: not a state of this version of ocsp: its bytes were "
            "changed; begin anew by -restart");
    REFUSES(ocsp_state_parse(&state, "net.ocsp-state", data, size - 1, &test_error),
            OCSP_E_FORMAT,
            "net.ocsp-state: not a state of this version of ocsp: cut off; begin "
            "anew by -restart");
    REFUSES(ocsp_state_parse(&state, "net.ocsp-state", data, 5, &test_error),
            OCSP_E_FORMAT,
            "net.ocsp-state: not a state of this version of ocsp: another beginning; "
            "begin anew by -restart");
    free(data);
}

/* What the version before wrote, and what the next one may write. */
static void states_of_other_versions_are_refused(void **unused)
{
    static const char newer[] = "ocsp-state 4 something else";
    struct ocsp_state *state;
    (void)unused;

    REFUSES(ocsp_state_load(&state, "tests/fuzz/corpus/state/version_2", &test_error),
            OCSP_E_FORMAT,
            "tests/fuzz/corpus/state/version_2: a state of version 2, this program reads "
            "version 3: finish the run with the ocsp that began it, or begin anew by "
            "-restart");
    REFUSES(
        ocsp_state_parse(&state, "a.ocsp-state", newer, strlen(newer), &test_error),
        OCSP_E_FORMAT,
        "a.ocsp-state: a state of version 4, this program reads version 3: finish the "
        "run with the ocsp that began it, or begin anew by -restart");
}

/* The file with `from` replaced by `to` in its JSON, and a right checksum. */
static char *replace_in_meta(const char *data, const char *from, const char *to,
                             size_t *size)
{
    struct state_parts parts;
    char text[8192];

    state_file_split(data, &parts);
    assert_true(parts.meta_size < sizeof text / 2);
    memcpy(text, parts.meta, parts.meta_size);
    text[parts.meta_size] = '\0';
    char *at = strstr(text, from);
    if (!at)
        print_error("no %s\n", from);
    assert_non_null(at);
    const size_t rest = strlen(at + strlen(from)) + 1;
    memmove(at + strlen(to), at + strlen(from), rest);
    memcpy(at, to, strlen(to));
    parts.meta = text;
    parts.meta_size = strlen(text);
    return state_file_join(&parts, size);
}

static void fields_that_cannot_be_are_refused(void **unused)
{
    static const struct {
        const char *from, *to, *wrong;
    } cases[] = {
        {"\"generation\":7", "\"generation\":-7", "'generation' is missing or wrong"},
        {"\"generation\":7", "\"generation\":\"7\"", "'generation' is missing or wrong"},
        {"\"iteration\":5000000000", "\"iteration\":1e3",
         "'iteration' is missing or wrong"},
        {"\"epochs_done\":4", "\"epochs_done\":3000000000",
         "'epochs_done' is missing or wrong"},
        {"\"loss_sum\":", "\"loss\":", "'loss_sum' is missing or wrong"},
        {"\"loss_sum\":0.10000000000000001", "\"loss_sum\":null",
         "'loss_sum' is missing or wrong"},
        {"\"position\":{", "\"position\":[],\"was\":{", "'position' is missing or wrong"},
        {"\"phase\":\"sparse\"", "\"phase\":\"sparser\"", "'phase' is missing or wrong"},
        {"\"phase\":\"sparse\"", "\"phase\":\"pruned\"", "'surgery' is missing or wrong"},
        {"\"accuracy\":{", "\"accuracy\":[],\"was\":{", "'accuracy' is missing or wrong"},
        {"\"accuracy\":{", "\"was\":{", "'accuracy' is missing or wrong"},
        {"\"measure\":\"top1\"", "\"measure\":\"top\"", "'measure' is missing or wrong"},
        {"\"interval\":4", "\"interval\":-4", "'interval' is missing or wrong"},
        {"\"last\":{\"epoch\":4", "\"last\":{\"epoch\":0", "'epoch' is missing or wrong"},
        {"\"top1\":70.0", "\"top1\":\"70\"", "'top1' is missing or wrong"},
        {"\"before_surgery\":{", "\"before_surgery\":1,\"was\":{",
         "'before_surgery' is missing or wrong"},
        {"\"sha256\":\"\"", "\"sha256\":\"0\"", "'sha256' is missing or wrong"},
        {"\"sha256\":\"\"", "\"sha256\":0", "'sha256' is missing or wrong"},
        {"\"counters\":{", "\"counters\":{\"a name that is longer than any other\":1,",
         "'counters' is missing or wrong"},
        {"\"seen\":640.0", "\"seen\":[640]", "'seen' is missing or wrong"},
        {"\"loss_count\":3", "\"loss_count\":3,\"loss_count\":3",
         "its JSON is malformed"},
        {"\"host\"", "\"host", "its JSON is malformed"},
    };
    struct ocsp_state *state;
    size_t size, changed;
    char *data = render_small(&size), text[256];
    (void)unused;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char *bad = replace_in_meta(data, cases[k].from, cases[k].to, &changed);
        snprintf(text, sizeof text,
                 "net.ocsp-state: not a state of this version of ocsp: %s; begin "
                 "anew by -restart",
                 cases[k].wrong);
        REFUSES(ocsp_state_parse(&state, "net.ocsp-state", bad, changed, &test_error),
                OCSP_E_FORMAT, text);
        free(bad);
    }
    free(data);
}

static void decisions_that_cannot_be_are_refused(void **unused)
{
    static const struct {
        const char *from, *to, *wrong;
    } cases[] = {
        {"\"lambda\":", "\"lamda\":", "lambda"},
        {"\"start_epoch\":4", "\"start_epoch\":-2", "start_epoch"},
        {"\"start_cause\":\"", "\"start_cause\":\"un", "start_cause"},
        {"\"start_cause\":\"setting\"", "\"start_cause\":\"the epoch set for it\"",
         "start_cause"},
        {"\"start_cause\":\"", "\"was\":\"", "start_cause"},
        {"\"prune_cause\":null", "\"prune_cause\":1", "prune_cause"},
        {"\"prune_cause\":null", "\"prune_cause\":\"\"", "prune_cause"},
        {"\"removed\":[", "\"removed\":[-1,", "removed"},
        {"\"removed\":[", "\"removed\":[4,", "removed"},
        {"\"removed\":[", "\"removed\":[1.0,", "removed"},
        {"\"removed\":[", "\"removed\":[0,1,2,3,", "removed"},
        {"\"removed\":[", "\"removed\":{},\"was\":[", "removed"},
        {"\"stability\":{", "\"stability\":[],\"was\":{", "n"},
        {"\"last\":[", "\"last\":[1,", "last"},
        {"\"earlier\":[", "\"earlier\":[\"a\",", "earlier"},
        {"\"sets\":[", "\"sets\":[7,", "sets"},
    };
    struct run run;
    size_t size, changed;
    char *data = render_small(&size), text[256];
    (void)unused;

    run.settings = make_settings();
    net_parse(&run.net, "[net]\nwidth=4\nheight=4\nchannels=1\n"
                        "[convolutional]\nfilters=4\nsize=1\nactivation=relu\n"
                        "[convolutional]\nfilters=2\nsize=1\nactivation=linear\n");
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char *bad = replace_in_meta(data, cases[k].from, cases[k].to, &changed);
        struct ocsp_state *state = parse(bad, changed);
        MUST(ocsp_cycle_init(&run.cycle, run.net.coupling, &run.settings, &test_error));
        snprintf(text, sizeof text,
                 "net.ocsp-state: not a state of this version of ocsp: '%s' is missing "
                 "or wrong; begin anew by -restart",
                 cases[k].wrong);
        REFUSES(ocsp_state_restore_cycle(state, &run.cycle, &test_error), OCSP_E_FORMAT,
                text);
        ocsp_cycle_clear(&run.cycle);
        ocsp_state_free(state);
        free(bad);
    }
    net_clear(&run.net);
    free(data);
}

static void the_state_of_another_run_is_refused(void **unused)
{
    char news[OCSP_CFG_NEWS];
    struct run run;
    struct net other;
    struct ocsp_settings settings;
    size_t size;
    (void)unused;

    start(&run);
    char *data = render(&run, &size);
    struct ocsp_state *state = parse(data, size);
    REFUSES(ocsp_state_check_net(state, "AlexeyAB", run.net.cfg, news, &test_error),
            OCSP_E_CONFLICT,
            "net.ocsp-state: this run was begun by Debian's Darknet, and this is "
            "AlexeyAB's: go on there, or begin anew by -restart");
    settings = run.settings;
    settings.tau = 0.25;
    REFUSES(ocsp_state_check_settings(state, &settings, &test_error), OCSP_E_CONFLICT,
            "net.ocsp-state: this run has tau = 0.0001, now it would be 0.25: give it "
            "what it had, or begin anew by -restart");
    net_parse(&other, "[net]\nwidth=4\nheight=4\nchannels=1\n[convolutional]\n");
    MUST(ocsp_weights_new(&other.weights, other.graph, false, &test_error));
    const struct ocsp_params *const params[] = {other.weights->layers,
                                                other.weights->layers};
    assert_int_equal(
        ocsp_state_restore_params(state, other.graph, params, 2, &test_error),
        OCSP_E_CONFLICT);
    assert_non_null(
        strstr(test_error.text, "this network has 4; begin anew by -restart"));
    net_clear(&other);
    ocsp_state_free(state);
    free(data);
    stop(&run);
}

static void numbers_that_are_none_are_found(void **unused)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    struct net net;
    struct random r = {5};
    (void)unused;

    random_net(&net, &r, RANDOM_ANYTHING);
    net_random_weights(&net, &r);
    assert_int_equal(ocsp_arrays_find_bad(net.graph, net.weights->layers), -1);
    for (int i = 0; i < net.graph->n_layers; i++) {
        struct ocsp_array arrays[OCSP_MAX_ARRAYS];
        const int n =
            ocsp_arrays_of(&net.graph->layers[i], &net.weights->layers[i], arrays);
        for (int k = 0; k < n; k++) {
            float *last = &arrays[k].data[arrays[k].length - 1], was = *last;
            *last = bad[k % 3];
            assert_int_equal(ocsp_arrays_find_bad(net.graph, net.weights->layers), i);
            *last = was;
        }
    }
    net_clear(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_goes_on_as_if_it_had_never_ended),
        cmocka_unit_test(what_is_beside_the_cycle_comes_back),
        cmocka_unit_test(every_changed_byte_and_every_cut_is_refused),
        cmocka_unit_test(states_of_other_versions_are_refused),
        cmocka_unit_test(fields_that_cannot_be_are_refused),
        cmocka_unit_test(decisions_that_cannot_be_are_refused),
        cmocka_unit_test(the_state_of_another_run_is_refused),
        cmocka_unit_test(numbers_that_are_none_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
