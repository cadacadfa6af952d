#include "cycle/record.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "net/file.h"

static const char cfg[] =
    "[net]\nwidth=4\nheight=4\nchannels=3\n"
    "[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=relu\n"
    "[convolutional]\nfilters=2\nsize=3\npad=1\nactivation=linear\n";

#define HEADER                                                                           \
    "epoch,phase,lambda,J,mean_J,macs,selected,loss,learning_rate,seconds,"              \
    "selected_norm,kept_norm,top1,topk,map\n"

static struct ocsp_settings settings_for(double share)
{
    struct ocsp_settings s;
    ocsp_settings_init(&s);
    s.budget = (struct ocsp_budget){OCSP_MACS, share};
    if (share > 0) { /* else there is no cycle */
        s.sl_start = 1;
        s.sl_end = 3;
    }
    MUST(ocsp_settings_fit(
        &s, &(struct ocsp_schedule){.width = 32, .pass = 1, .total = 9}, &test_error));
    return s;
}

static void set_up(struct net *net, struct ocsp_cycle *cycle, struct ocsp_record *record,
                   double share)
{
    const struct ocsp_settings s = settings_for(share);
    net_parse(net, cfg);
    MUST(ocsp_weights_new(&net->weights, net->graph, false, &test_error));
    for (int i = 0; i < 8 * 27; i++)
        net->weights->layers[0].weights[i] = i / 27 < 4 ? 0.5F : 1;
    MUST(ocsp_cycle_init(cycle, net->coupling, &s, &test_error));
    MUST(ocsp_record_init(record, test_folder, "small", &test_error));
}

static void tear_down(struct net *net, struct ocsp_cycle *cycle,
                      struct ocsp_record *record)
{
    ocsp_record_clear(record);
    ocsp_cycle_clear(cycle);
    net_clear(net);
}

static void run_epoch(struct net *net, struct ocsp_cycle *cycle,
                      struct ocsp_record *record, int epoch)
{
    enum ocsp_decision decision;
    const struct ocsp_epoch_facts facts = {
        .epoch = epoch, .loss = 2.5 / epoch, .learning_rate = 0.125, .seconds = 1.5};
    MUST(ocsp_cycle_epoch(cycle, epoch, net_sums(net), 0, &decision, &test_error));
    MUST(ocsp_record_epoch(record, cycle, &facts, &test_error));
}

/* What ocsp_files_write is given of the one file and of the other. */
static struct ocsp_file_content file_of(const struct ocsp_record *record, int which)
{
    struct ocsp_file_content files[OCSP_RECORD_FILES];
    ocsp_record_files(record, files);
    return files[which];
}

static void csv_holds(const struct ocsp_record *record, const char *text)
{
    const struct ocsp_file_content file = file_of(record, 0);
    assert_string_equal(file.path, in_folder("small_ocsp.csv"));
    assert_int_equal(file.size, strlen(text));
    assert_memory_equal(file.data, text, file.size);
}

/* 8 filters over 4 × 4 pixels: 3456 MACs, and the 2 behind them 2304; 8·27 + 8 + 2·72 + 2
 * parameters. sl_start 1, sl_end 3 of 9 epochs. */
static void the_csv_is_complete_after_each_epoch(void **state)
{
    static const char *const rows[] = {
        "1,sparse,0.0001,,,2880,4,2.5,0.125,1.50,10.3923048,20.7846097,,,\n",
        "2,sparse,0.0002,,,2880,4,1.25,0.125,1.50,10.3923048,20.7846097,,,\n",
        "3,pruned,0,1,1,2880,4,0.833333333,0.125,1.50,10.3923048,20.7846097,,,\n",
        "4,pruned,0,,,2880,4,0.625,0.125,1.50,,,,,\n"};
    char text[1024] = HEADER;
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    (void)state;
    set_up(&net, &cycle, &record, 0.5);
    for (int epoch = 1; epoch <= 4; epoch++) {
        run_epoch(&net, &cycle, &record, epoch);
        strcat(text, rows[epoch - 1]);
        csv_holds(&record, text);
    }
    tear_down(&net, &cycle, &record);
}

static void columns_without_a_value_are_empty(void **state)
{
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    const struct ocsp_epoch_facts facts = {.epoch = 1, .loss = NAN, .learning_rate = 0.1};
    (void)state;
    set_up(&net, &cycle, &record, 0);
    MUST(ocsp_record_epoch(&record, &cycle, &facts, &test_error));
    csv_holds(&record, HEADER "1,dense,0,,,5760,0,,0.1,0.00,,,,,\n");
    tear_down(&net, &cycle, &record);
}

static void a_row_has_what_was_measured(void **state)
{
    static const struct ocsp_score top = {1, 62.5, 100. * 2 / 3, NAN},
                                   map = {2, NAN, NAN, 0};
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    struct ocsp_epoch_facts facts = {
        .epoch = 1, .loss = 2, .learning_rate = 0.1, .score = &top};
    (void)state;
    set_up(&net, &cycle, &record, 0);
    MUST(ocsp_record_epoch(&record, &cycle, &facts, &test_error));
    facts.epoch = 2;
    facts.score = &map;
    MUST(ocsp_record_epoch(&record, &cycle, &facts, &test_error));
    csv_holds(&record, HEADER "1,dense,0,,,5760,0,2,0.1,0.00,,,62.5,66.6666667,\n"
                              "2,dense,0,,,5760,0,2,0.1,0.00,,,,,0\n");
    MUST(ocsp_record_set_map(&record, 12.5, &test_error)); /* once more: in its place */
    csv_holds(&record, HEADER "1,dense,0,,,5760,0,2,0.1,0.00,,,62.5,66.6666667,\n"
                              "2,dense,0,,,5760,0,2,0.1,0.00,,,,,12.5\n");
    facts.epoch = 3;
    facts.score = NULL;
    MUST(ocsp_record_epoch(&record, &cycle, &facts, &test_error));
    MUST(ocsp_record_set_map(&record, 13, &test_error));
    csv_holds(&record, HEADER "1,dense,0,,,5760,0,2,0.1,0.00,,,62.5,66.6666667,\n"
                              "2,dense,0,,,5760,0,2,0.1,0.00,,,,,12.5\n"
                              "3,dense,0,,,5760,0,2,0.1,0.00,,,,,13\n");
    tear_down(&net, &cycle, &record);
}

/* A run ends within epoch 2, and another goes on to its end and to that of epoch 22. */
static void an_epoch_takes_the_place_of_its_part(void **state)
{
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    struct ocsp_epoch_facts facts = {.epoch = 1, .loss = 3, .learning_rate = 0.1};
    (void)state;
    set_up(&net, &cycle, &record, 0);
    MUST(ocsp_record_epoch(&record, &cycle, &facts, &test_error));
    for (int loss = 2; loss > 0; loss--) {
        facts = (struct ocsp_epoch_facts){.epoch = 2, .loss = loss, .learning_rate = 0.1};
        MUST(ocsp_record_epoch(&record, &cycle, &facts, &test_error));
    }
    csv_holds(&record, HEADER "1,dense,0,,,5760,0,3,0.1,0.00,,,,,\n"
                              "2,dense,0,,,5760,0,1,0.1,0.00,,,,,\n");
    facts.epoch = 22;
    MUST(ocsp_record_epoch(&record, &cycle, &facts, &test_error));
    csv_holds(&record, HEADER "1,dense,0,,,5760,0,3,0.1,0.00,,,,,\n"
                              "2,dense,0,,,5760,0,1,0.1,0.00,,,,,\n"
                              "22,dense,0,,,5760,0,1,0.1,0.00,,,,,\n");
    tear_down(&net, &cycle, &record);
}

/* Filters of 27 weights 0.5, and of 27 ones: of norms 2.598 and 5.196. */
static void the_norms_are_of_the_epochs_with_a_search(void **state)
{
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    char text[1024] = "epoch,norm_from,norm_to,selected,kept\n";
    (void)state;
    set_up(&net, &cycle, &record, 0.5);
    assert_string_equal(file_of(&record, 1).path, in_folder("small_ocsp_norms.csv"));
    assert_null(file_of(&record, 1).data);
    for (int epoch = 1; epoch <= 4; epoch++) {
        run_epoch(&net, &cycle, &record, epoch);
        if (epoch <= 3) /* then the channels are gone */
            snprintf(text + strlen(text), sizeof text - strlen(text),
                     "%d,2.51189,2.81838,4,0\n%d,5.01187,5.62341,0,4\n", epoch, epoch);
        assert_int_equal(file_of(&record, 1).size, strlen(text));
        assert_string_equal(file_of(&record, 1).data, text);
    }
    tear_down(&net, &cycle, &record);
}

static bool has_norms_of(const struct ocsp_record *record, int epoch)
{
    char row[20];
    snprintf(row, sizeof row, "\n%d,", epoch);
    return strstr(file_of(record, 1).data, row) != NULL;
}

/* sl_end 650: every third of them, and the two that matter. */
static void of_very_many_epochs_some_have_norms(void **state)
{
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    (void)state;
    set_up(&net, &cycle, &record, 0.5);
    cycle.settings.sl_start = 601;
    cycle.settings.sl_end = 650;
    cycle.settings.epsilon = -1; /* is never stable */
    for (int epoch = 1; epoch <= 660; epoch++)
        run_epoch(&net, &cycle, &record, epoch);
    assert_int_equal(cycle.start_epoch, 601);
    assert_int_equal(cycle.prune_epoch, 650);
    for (int epoch = 1; epoch <= 660; epoch++)
        assert_int_equal(has_norms_of(&record, epoch),
                         epoch <= 650 &&
                             (epoch % 3 == 0 || epoch == 601 || epoch == 650));
    tear_down(&net, &cycle, &record);
}

static json_t *summary(const struct ocsp_record *record)
{
    const struct ocsp_file_content file = file_of(record, 2);
    json_error_t where;
    json_t *root = json_loadb(file.data, file.size, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        print_error("line %d: %s\n", where.line, where.text);
    assert_non_null(root);
    assert_string_equal(file.path, in_folder("small_ocsp.json"));
    return root;
}

static const struct ocsp_accuracy nothing_measured;

/* A summary after `epochs` epochs of 7 iterations, the second generation. */
static json_t *summarize_scores(struct ocsp_record *record,
                                const struct ocsp_cycle *cycle, const char *command,
                                int epochs, const struct ocsp_surgery_facts *surgery,
                                const struct ocsp_accuracy *accuracy)
{
    const struct ocsp_summary_facts facts = {.host = "Debian",
                                             .command = command,
                                             .cfg = "cfg/\xff.cfg",
                                             .cfg_sha256 = "0123",
                                             .epochs = epochs,
                                             .iteration = (uint64_t)epochs * 7,
                                             .generation = 2,
                                             .surgery = surgery,
                                             .accuracy = accuracy};
    MUST(ocsp_record_summary(record, cycle, &facts, &test_error));
    return summary(record);
}

static json_t *summarize(struct ocsp_record *record, const struct ocsp_cycle *cycle,
                         const char *command, int epochs,
                         const struct ocsp_surgery_facts *surgery)
{
    return summarize_scores(record, cycle, command, epochs, surgery, &nothing_measured);
}

static json_t *at(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (!value)
        print_error("no %s\n", key);
    assert_non_null(value);
    return value;
}

static void holds_integer(json_t *object, const char *key, long expected)
{
    assert_true(json_is_integer(at(object, key)));
    assert_int_equal(json_integer_value(at(object, key)), expected);
}

static void holds_number(json_t *object, const char *key, double expected)
{
    assert_true(json_is_number(at(object, key)));
    assert_true(json_number_value(at(object, key)) == expected);
}

static void holds_text(json_t *object, const char *key, const char *expected)
{
    assert_true(json_is_string(at(object, key)));
    assert_string_equal(json_string_value(at(object, key)), expected);
}

static void the_summary_tells_settings_cycle_and_counts(void **state)
{
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    (void)state;
    set_up(&net, &cycle, &record, 0.5);
    run_epoch(&net, &cycle, &record, 1);
    json_t *root = summarize(&record, &cycle, "ocsp \"a\"", 1, NULL);
    holds_integer(root, "version", 1);
    holds_text(root, "host", "Debian");
    holds_text(root, "command", "ocsp \"a\"");
    holds_text(at(root, "cfg"), "path", "cfg/?.cfg");
    holds_text(at(root, "cfg"), "sha256", "0123");
    holds_integer(root, "epochs_done", 1);
    holds_integer(root, "iteration", 7);
    holds_integer(root, "generation", 2);
    holds_integer(root, "t_sl_start", 1);
    holds_text(root, "t_sl_start_why", "the epoch set for it");
    holds_integer(root, "t_star", -1);
    assert_true(json_is_null(at(root, "surgery")));
    holds_integer(at(root, "before"), "macs", 5760);
    holds_integer(at(root, "before"), "params", 370);
    holds_integer(at(root, "after"), "macs", 2880);
    holds_integer(at(root, "after"), "params", 4 * 27 + 4 + 2 * 36 + 2);

    json_t *settings = at(root, "settings");
    holds_text(settings, "preset", "cifar");
    holds_text(settings, "measure", "macs");
    holds_number(settings, "reduce", 0.5);
    holds_number(settings, "max_prune", 0.75);
    holds_number(settings, "k", 1);
    holds_integer(settings, "monitor", 1);
    holds_integer(settings, "sl_start", 1);
    holds_integer(settings, "sl_end", 3);
    holds_number(settings, "tau", 1e-4);
    holds_number(settings, "epsilon", 1e-3);
    holds_number(settings, "quiet", 0.02);
    holds_number(settings, "lambda0", 1e-4);
    holds_number(settings, "sigma", 1e-4);
    holds_integer(settings, "delta_t", 1);
    holds_text(settings, "saliency", "relative");
    assert_true(json_is_true(at(settings, "eq8")) && json_is_true(at(settings, "eq9")));
    assert_true(json_is_true(at(settings, "compensate")));
    holds_integer(settings, "seed", -1);
    json_decref(root);
    tear_down(&net, &cycle, &record);
}

static void the_summary_tells_of_the_surgery(void **state)
{
    const struct ocsp_surgery_facts facts = {
        3,    5000000000,           OCSP_PRUNE_BY_STABILITY, 1.5e-7,
        1e-4, "b/small_pruned.cfg", "b/small.weights"};
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    (void)state;
    set_up(&net, &cycle, &record, 0.5);
    for (int epoch = 1; epoch <= 3; epoch++)
        run_epoch(&net, &cycle, &record, epoch);
    json_t *root = summarize(&record, &cycle, "", 3, &facts),
           *surgery = at(root, "surgery");
    holds_integer(root, "t_star", 3);
    holds_integer(surgery, "epoch", 3);
    holds_integer(surgery, "iteration", 5000000000);
    holds_text(surgery, "why", "stable");
    holds_number(at(surgery, "self_check"), "difference", 1.5e-7);
    holds_number(at(surgery, "self_check"), "tolerance", 1e-4);
    holds_text(surgery, "cfg", "b/small_pruned.cfg");
    holds_text(surgery, "weights", "b/small.weights");
    holds_integer(surgery, "removed_channels", 4);
    json_decref(root);
    tear_down(&net, &cycle, &record);
}

static void the_summary_tells_the_scores(void **state)
{
    static const struct ocsp_accuracy accuracy = {.measure = OCSP_MEASURE_TOP1,
                                                  .top = 5,
                                                  .interval = 2,
                                                  .last = {3, 60, 90, NAN},
                                                  .best = {{2, 62.5, 91, NAN}, "abc"},
                                                  .before = {1, 70, NAN, NAN},
                                                  .after = {1, 40, 50, NAN}},
                                      maps = {.measure = OCSP_MEASURE_MAP,
                                              .last = {3, NAN, NAN, 12.5}};
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    (void)state;
    set_up(&net, &cycle, &record, 0.5);
    json_t *root = summarize_scores(&record, &cycle, "", 3, NULL, &accuracy),
           *scores = at(root, "accuracy");
    holds_text(scores, "measure", "top1");
    holds_integer(scores, "top", 5);
    holds_integer(scores, "interval", 2);
    holds_integer(at(scores, "best"), "epoch", 2);
    holds_number(at(scores, "best"), "top1", 62.5);
    holds_number(at(scores, "last"), "topk", 90);
    holds_number(at(scores, "before_surgery"), "top1", 70);
    assert_true(json_is_null(at(at(scores, "before_surgery"), "topk")));
    holds_number(at(scores, "after_surgery"), "topk", 50);
    assert_true(json_is_null(at(scores, "dense_best")));
    json_decref(root);
    root = summarize_scores(&record, &cycle, "", 3, NULL, &maps);
    scores = at(root, "accuracy");
    holds_text(scores, "measure", "map");
    holds_number(at(scores, "last"), "map", 12.5);
    assert_null(json_object_get(at(scores, "last"), "top1"));
    json_decref(root);
    root = summarize(&record, &cycle, "", 3, NULL);
    assert_true(json_is_null(at(root, "accuracy")));
    json_decref(root);
    tear_down(&net, &cycle, &record);
}

static void bytes_that_json_cannot_hold_are_replaced(void **state)
{
    const struct ocsp_surgery_facts facts = {3,    60,         OCSP_PRUNE_BY_STABILITY, 0,
                                             1e-4, "\xff.cfg", "gr\xc3\xbc\xc3\x9f"};
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    (void)state;
    set_up(&net, &cycle, &record, 0.5);
    json_t *root = summarize(&record, &cycle, "train caf\xe9.data", 3, &facts);
    holds_text(root, "command", "train caf?.data");
    holds_text(at(root, "surgery"), "cfg", "?.cfg");
    holds_text(at(root, "surgery"), "weights", "gr\xc3\xbc\xc3\x9f");
    json_decref(root);
    tear_down(&net, &cycle, &record);
}

static void a_dense_run_has_a_summary_too(void **state)
{
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    (void)state;
    set_up(&net, &cycle, &record, 0);
    json_t *root = summarize(&record, &cycle, "", 9, NULL),
           *settings = at(root, "settings");
    holds_number(settings, "reduce", 0);
    assert_true(json_is_null(at(settings, "sl_start")));
    assert_true(json_is_null(at(settings, "sl_end")));
    assert_true(json_is_null(at(settings, "delta_t")));
    holds_integer(at(root, "after"), "macs", 5760);
    json_decref(root);
    tear_down(&net, &cycle, &record);
}

static void a_restored_csv_goes_on(void **state)
{
    static const char earlier[] = HEADER "1,dense,0,,,5760,0,2,0.1,0.00,,,,,\n";
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    const struct ocsp_epoch_facts facts = {.epoch = 2, .loss = 1, .learning_rate = 0.1};
    (void)state;
    set_up(&net, &cycle, &record, 0);
    /* the bytes behind it are not its own */
    MUST(ocsp_record_restore(&record, earlier, sizeof earlier - 1, NULL, &test_error));
    MUST(ocsp_record_epoch(&record, &cycle, &facts, &test_error));
    csv_holds(&record, HEADER "1,dense,0,,,5760,0,2,0.1,0.00,,,,,\n"
                              "2,dense,0,,,5760,0,1,0.1,0.00,,,,,\n");
    assert_null(file_of(&record, 1).data);
    MUST(ocsp_record_restore(&record, earlier, sizeof earlier - 1, "norms\n",
                             &test_error));
    assert_string_equal(file_of(&record, 1).data, "norms\n");
    assert_int_equal(file_of(&record, 1).size, strlen("norms\n"));
    tear_down(&net, &cycle, &record);
}

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_csv_is_complete_after_each_epoch),
        IN_FOLDER(a_row_has_what_was_measured),
        IN_FOLDER(an_epoch_takes_the_place_of_its_part),
        IN_FOLDER(the_norms_are_of_the_epochs_with_a_search),
        IN_FOLDER(of_very_many_epochs_some_have_norms),
        IN_FOLDER(columns_without_a_value_are_empty),
        IN_FOLDER(the_summary_tells_settings_cycle_and_counts),
        IN_FOLDER(the_summary_tells_of_the_surgery),
        IN_FOLDER(the_summary_tells_the_scores),
        IN_FOLDER(bytes_that_json_cannot_hold_are_replaced),
        IN_FOLDER(a_dense_run_has_a_summary_too),
        IN_FOLDER(a_restored_csv_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
