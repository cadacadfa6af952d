/* The script of a run's pictures: its numbers are those of the record and of the plan,
 * and no name breaks out of a string. tests/commands/test_plots.sh lets gnuplot draw it.
 */
#include "view/plots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cycle/accuracy.h"
#include "cycle_helpers.h"
#include "view/gnuplot_text.h"
#include "view/plot_norms.h"

struct run {
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
};

static void begin(struct run *run, int sl_start, int sl_end)
{
    static const double strength[CHANNELS] = {.1, .2, .3, .4, 1, 2, 3, 4};
    const struct ocsp_settings settings = cycle_settings(sl_start, sl_end);

    one_group_parse(&run->net);
    one_group_set_strengths(&run->net, strength);
    MUST(ocsp_cycle_init(&run->cycle, run->net.coupling, &settings, &test_error));
    MUST(ocsp_record_init(&run->record, "results", "net", &test_error));
}

static void end(struct run *run)
{
    ocsp_record_clear(&run->record);
    ocsp_cycle_clear(&run->cycle);
    net_clear(&run->net);
}

static void do_epochs(struct run *run, int first, int last)
{
    for (int epoch = first; epoch <= last; epoch++) {
        const struct ocsp_epoch_facts facts = {
            .epoch = epoch,
            .loss = 2.5 / epoch,
            .learning_rate = 0.1,
            .seconds = 1,
        };
        cycle_step(&run->cycle, &run->net, epoch);
        MUST(ocsp_record_epoch(&run->record, &run->cycle, &facts, &test_error));
    }
}

static char *script_of(const struct run *run, const char *base)
{
    const struct ocsp_plots_source source = {base, &run->record, &run->cycle};
    char *text;
    size_t size;

    MUST(ocsp_plots_script(&source, &text, &size, &test_error));
    assert_int_equal(strlen(text), size);
    return text;
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* What is between "$name << END" and "END", malloc'ed. */
static char *data_of(const char *script, const char *name)
{
    char head[40];

    snprintf(head, sizeof head, "\n$%s << END\n", name);
    const char *from = strstr(script, head);
    assert_non_null(from);
    from += strlen(head);
    const char *to = strstr(from, "END\n");
    assert_non_null(to);
    return strndup(from, (size_t)(to - from));
}

static void the_data_are_those_of_the_record(void **state)
{
    struct run run;

    (void)state;
    begin(&run, 3, 7);
    do_epochs(&run, 1, 9);
    char *script = script_of(&run, "net");
    char *epochs = data_of(script, "run"), *norms = data_of(script, "norms");
    assert_string_equal(epochs, run.record.csv);
    /* all rows, as no more epochs have some than there are panels, an index for each */
    const char *row =
        run.record.norms + strlen("epoch,norm_from,norm_to,selected,kept\n");
    int epoch = 0, rows = 0;
    for (char *line = norms; *line; line += strcspn(line, "\n") + 1) {
        const size_t length = strcspn(line, "\n");
        if (length == 0)
            continue;
        assert_memory_equal(line, row, length + 1);
        row += length + 1;
        if (rows++ > 0 && atoi(line) != epoch)
            assert_memory_equal(line - 3, "\n\n\n", 3);
        epoch = atoi(line);
    }
    assert_true(rows > 14 && *row == '\0');
    free(script);
    free(epochs);
    free(norms);
    end(&run);
}

static void the_bars_are_those_of_the_plan(void **state)
{
    struct run run;

    (void)state;
    begin(&run, 3, 7);
    do_epochs(&run, 1, 5);
    char *script = script_of(&run, "net"), *layers = data_of(script, "layers");
    char expected[200] = "";
    int position = 0;
    for (int i = 0; i < run.net.graph->n_layers; i++) {
        const struct ocsp_coupled_table *t = &run.net.coupling->tables[i];
        const int kept = ocsp_plan_count_kept(&run.cycle.plan, t->row, t->rows);
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected),
                 "%d,%d,%s,%d,%d\n", ++position, i, run.net.graph->layers[i].name, kept,
                 t->rows - kept);
    }
    assert_string_equal(layers, expected);
    assert_true(has(layers, "1,0,convolutional,4,4\n"));
    assert_true(has(script, "selected now") && !has(script, "that stayed"));
    free(script);
    free(layers);
    do_epochs(&run, 6, 8);
    script = script_of(&run, "net");
    assert_true(has(script, "that stayed") && !has(script, "selected now"));
    free(script);
    end(&run);
}

/* A picture without a number would be a warning of gnuplot's. */
static void what_has_no_numbers_is_not_drawn(void **state)
{
    struct run run;

    (void)state;
    begin(&run, 3, 7);
    for (int epoch = 0; epoch <= 5; epoch++) {
        if (epoch > 0)
            do_epochs(&run, epoch, epoch);
        char *script = script_of(&run, "net");
        assert_int_equal(has(script, "_ocsp_training."), epoch > 0);
        assert_int_equal(has(script, "_ocsp_norms."), run.record.norms != NULL);
        assert_int_equal(has(script, "_ocsp_layers."), run.record.norms != NULL);
        /* a second search is needed for a J */
        assert_int_equal(has(script, "_ocsp_stability."), run.cycle.stability.j >= 0);
        free(script);
    }
    assert_true(run.cycle.stability.j >= 0);
    end(&run);
}

static void titles_tell_the_run(void **state)
{
    struct run run;

    (void)state;
    begin(&run, 3, 7);
    do_epochs(&run, 1, 1);
    char *script = script_of(&run, "net");
    assert_true(has(script, "t_sl-start: not yet,  t*: not yet"));
    free(script);
    do_epochs(&run, 2, 8);
    script = script_of(&run, "net");
    char facts[100];
    snprintf(facts, sizeof facts, "t_sl-start = epoch %d,  t* = epoch %d",
             run.cycle.start_epoch, run.cycle.prune_epoch);
    assert_true(has(script, facts) && has(script, "(50.0 % fewer)"));
    assert_true(has(script, "1 − ε = 0.999"));
    free(script);
    end(&run);
}

/* One panel for what was measured, and none for what was not. */
static void accuracy_is_drawn_where_it_was_measured(void **state)
{
    static const char *const columns[] = {"top1", "topk", "map"};

    (void)state;
    for (int measured = 0; measured < 8; measured++) {
        struct run run;
        struct ocsp_score score = ocsp_score_none();
        begin(&run, 3, 7);
        score.top1 = measured & 1 ? 50 : NAN;
        score.topk = measured & 2 ? 75 : NAN;
        score.map = measured & 4 ? 25 : NAN;
        const struct ocsp_epoch_facts facts = {
            .epoch = 1, .loss = 2.5, .learning_rate = 0.1, .score = &score};
        MUST(ocsp_record_epoch(&run.record, &run.cycle, &facts, &test_error));
        char *script = script_of(&run, "net"), part[40];
        for (int k = 0; k < 3; k++) {
            snprintf(part, sizeof part, "\"epoch\":\"%s\"", columns[k]);
            assert_int_equal(has(script, part), measured >> k & 1);
        }
        assert_int_equal(has(script, "accuracy [%]"), (measured & 3) != 0);
        assert_int_equal(has(script, "mAP [%]"), (measured & 4) != 0);
        free(script);
        end(&run);
    }
}

static void top_k_is_not_drawn_where_k_is_1(void **state)
{
    (void)state;
    for (int k = 1; k <= 2; k++) {
        struct run run;
        struct ocsp_score score = {.top1 = 50, .topk = 50, .map = NAN};
        begin(&run, 3, 7);
        for (int epoch = 1; epoch <= 2; epoch++) {
            const struct ocsp_epoch_facts facts = {
                .epoch = epoch, .loss = 2.5, .learning_rate = 0.1, .score = &score};
            MUST(ocsp_record_epoch(&run.record, &run.cycle, &facts, &test_error));
            score.topk = k == 1 ? 50 : 60;
        }
        char *script = script_of(&run, "net");
        assert_true(has(script, "\"epoch\":\"top1\""));
        assert_int_equal(has(script, "\"epoch\":\"topk\""), k == 2);
        free(script);
        end(&run);
    }
}

static char *string_of(const char *text)
{
    char *out;
    size_t size;
    FILE *f = open_memstream(&out, &size);

    assert_non_null(f);
    ocsp_gnuplot_string(f, text);
    fclose(f);
    return out;
}

static void no_name_ends_a_string(void **state)
{
    static const struct {
        const char *name, *string;
    } names[] = {{"net 20%", "\"net 20\\045\""},
                 {"a\"b'c", "\"a\\042b\\047c\""},
                 {"a\\nb`rm x`$HOME@y", "\"a\\134nb\\140rm x\\140\\044HOME\\100y\""},
                 {"a\nb\x01", "\"a\\012b\\001\""},
                 {"größe", "\"größe\""}};

    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        char *string = string_of(names[k].name);
        assert_string_equal(string, names[k].string);
        free(string);
    }
}

static char *caption_of(const char *name, int most)
{
    char *out;
    size_t size;
    FILE *f = open_memstream(&out, &size);

    assert_non_null(f);
    ocsp_gnuplot_caption(f, name, most);
    fclose(f);
    return out;
}

static void captions_are_letters_that_xml_may_have(void **state)
{
    static const struct {
        const char *name, *caption;
        int most;
    } names[] = {
        {"net", "net", 3},
        {"nets", "ne…", 3},
        {"größen", "größ…", 5},
        {"größe", "größe", 5},
        {"a\x01"
         "b\x7f",
         "a?b?", 9},
        {"\xff\xc3", "??", 9},
        {"\xed\xa0\x80.", "???.", 9},           /* half of a pair */
        {"\xef\xbf\xbf\xc2\x85", "??", 9},      /* no letters */
        {"\xf0\x9f\x90\x98\xf5\x80", "🐘??", 9}, /* the second is behind the last */
        {"\xc0\xaf\xe0\x80\xaf", "?????", 9},   /* longer than need be */
        {"a\"\\", "a\\042\\134", 9}};

    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        char *caption = caption_of(names[k].name, names[k].most);
        assert_string_equal(caption, names[k].caption);
        free(caption);
    }
}

/* Whatever the epochs are, there are up to nine of them, and the three that matter. */
static void the_epochs_that_matter_are_chosen(void **state)
{
    int epochs[300], chosen[OCSP_NORMS_PANELS];

    (void)state;
    for (int n = 1; n <= 60; n++)
        for (int start = -1; start <= 3 * n; start++) {
            bool has_start = false, has_chosen_start = false;
            for (int k = 0; k < n; k++) {
                epochs[k] = 3 * k + 1;
                has_start = has_start || epochs[k] == start;
            }
            const int found = ocsp_norms_choose(epochs, n, start, chosen);
            assert_int_equal(found, n < OCSP_NORMS_PANELS ? n : OCSP_NORMS_PANELS);
            assert_int_equal(chosen[0], 1);
            assert_int_equal(chosen[found - 1], epochs[n - 1]);
            for (int k = 0; k < found; k++) {
                assert_true(chosen[k] % 3 == 1 && (k == 0 || chosen[k] > chosen[k - 1]));
                has_chosen_start = has_chosen_start || chosen[k] == start;
            }
            assert_int_equal(has_chosen_start, has_start);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_data_are_those_of_the_record),
        cmocka_unit_test(the_bars_are_those_of_the_plan),
        cmocka_unit_test(what_has_no_numbers_is_not_drawn),
        cmocka_unit_test(titles_tell_the_run),
        cmocka_unit_test(accuracy_is_drawn_where_it_was_measured),
        cmocka_unit_test(top_k_is_not_drawn_where_k_is_1),
        cmocka_unit_test(no_name_ends_a_string),
        cmocka_unit_test(captions_are_letters_that_xml_may_have),
        cmocka_unit_test(the_epochs_that_matter_are_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
