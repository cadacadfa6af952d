/* The statistics of `ocsp speed`, its reasons, and what it prints. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "view/speed_json.h"
#include "view/speed_reasons.h"
#include "view/speed_result.h"
#include "view/speed_statistics.h"
#include "view/speed_table.h"

static void a_spread_is_the_middle_half(void **state)
{
    const double odd[] = {5, 1, 4, 2, 3}, even[] = {4, 1, 3, 2}, one[] = {7};
    struct ocsp_spread s;
    (void)state;
    MUST(ocsp_spread_of(odd, 5, &s, &test_error));
    assert_true(s.low == 2 && s.median == 3 && s.high == 4);
    MUST(ocsp_spread_of(even, 4, &s, &test_error));
    assert_true(s.low == 1.75 && s.median == 2.5 && s.high == 3.25);
    MUST(ocsp_spread_of(one, 1, &s, &test_error));
    assert_true(s.low == 7 && s.median == 7 && s.high == 7);
}

/* Of n numbers 0 … n − 1: which one the interval begins with, and its probability by
 * binomial coefficients that were summed elsewhere. */
static void an_interval_goes_from_one_ordered_number_to_another(void **state)
{
    static const struct {
        int n, low;
        double confidence;
    } known[] = {{1, 0, 0},
                 {5, 0, 0.9375},
                 {8, 0, 0.9921875},
                 {11, 0, 0.9990234375},
                 {20, 3, 0.9974231719970703},
                 {50, 15, 0.9933995520331891}};
    double x[50];
    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        struct ocsp_interval i;
        const int n = known[k].n;
        for (int j = 0; j < n; j++)
            x[j] = n - 1 - j;
        MUST(ocsp_interval_of(x, n, &i, &test_error));
        assert_true(i.low == known[k].low && i.high == n - 1 - known[k].low);
        assert_close(i.confidence, known[k].confidence, 1e-12);
        assert_true(n < OCSP_SPEED_ENOUGH_ROUNDS ||
                    i.confidence >= OCSP_SPEED_CONFIDENCE);
    }
}

enum { ROUNDS = 12 };

/* A machine that becomes four times slower while it is measured. */
static double drift(int round)
{
    return 1e-3 * (1 + 3.0 * round / (ROUNDS - 1));
}

static struct ocsp_speed_gain gain_of(double times, double jitter)
{
    double first[ROUNDS], other[ROUNDS];
    struct ocsp_speed_gain g;

    for (int k = 0; k < ROUNDS; k++) {
        first[k] = drift(k);
        other[k] = drift(k) / times * (1 + (k % 2 ? jitter : -jitter));
    }
    MUST(ocsp_speed_gain_of(first, other, ROUNDS, 300, 100, &g, &test_error));
    return g;
}

static void rounds_are_compared_each_with_itself(void **state)
{
    const struct ocsp_speed_gain g = gain_of(1.5, 0);
    (void)state;
    assert_close(g.times, 1.5, 1e-12);
    assert_close(g.interval.low, 1.5, 1e-12);
    assert_close(g.interval.high, 1.5, 1e-12);
    assert_int_equal(g.verdict, OCSP_SPEED_GAIN);
    assert_close(g.theory, 3, 1e-12);
    assert_close(g.share, 0.5, 1e-12);
}

static void a_gain_inside_the_noise_is_none(void **state)
{
    (void)state;
    assert_int_equal(gain_of(1, 0).verdict, OCSP_SPEED_NO_GAIN);
    assert_int_equal(gain_of(1, 0.1).verdict, OCSP_SPEED_NO_GAIN);
    assert_int_equal(gain_of(1.05, 0.1).verdict, OCSP_SPEED_NO_GAIN);
    assert_int_equal(gain_of(0.95, 0.1).verdict, OCSP_SPEED_NO_GAIN);
    assert_int_equal(gain_of(1.05, 0).verdict, OCSP_SPEED_GAIN);
    assert_int_equal(gain_of(0.95, 0).verdict, OCSP_SPEED_LOSS);
    /* two copies of a net differ by as much */
    assert_int_equal(gain_of(1.015, 0).verdict, OCSP_SPEED_NO_GAIN);
    assert_int_equal(gain_of(0.985, 0).verdict, OCSP_SPEED_NO_GAIN);
    assert_string_equal(ocsp_speed_verdict_name(OCSP_SPEED_GAIN), "gain");
    assert_string_equal(ocsp_speed_verdict_name(OCSP_SPEED_NO_GAIN), "none");
    assert_string_equal(ocsp_speed_verdict_name(OCSP_SPEED_LOSS), "loss");
}

static void without_macs_there_is_no_share(void **state)
{
    const double first[] = {2, 2}, other[] = {1, 1};
    struct ocsp_speed_gain g;
    (void)state;
    MUST(ocsp_speed_gain_of(first, other, 2, 100, 0, &g, &test_error));
    assert_true(g.times == 2 && g.theory == 0 && g.share == 0);
}

/* --- reasons */

/* Two nets of six layers at batch 2, with vectors of 16 channels. */
static const char dense_cfg[] = "[net]\nwidth=8\nheight=8\nchannels=16\n"
                                "[convolutional]\nfilters=64\nsize=3\npad=1\n"
                                "[convolutional]\nfilters=32\nsize=3\npad=1\n"
                                "[convolutional]\nfilters=32\nsize=1\n"
                                "[maxpool]\nsize=2\nstride=2\n"
                                "[convolutional]\nfilters=16\nsize=1\n"
                                "[convolutional]\nfilters=16\ngroups=2\nsize=1\n";
static const char pruned_cfg[] = "[net]\nwidth=8\nheight=8\nchannels=16\n"
                                 "[convolutional]\nfilters=33\nsize=3\npad=1\n"
                                 "[convolutional]\nfilters=16\nsize=3\npad=1\n"
                                 "[convolutional]\nfilters=16\nsize=1\n"
                                 "[maxpool]\nsize=2\nstride=2\n"
                                 "[convolutional]\nfilters=16\nsize=1\n"
                                 "[convolutional]\nfilters=16\ngroups=2\nsize=1\n";

struct case_ {
    struct net nets[2];
    struct ocsp_speed_result result;
};

static void set_up(struct case_ *c, const char *second)
{
    static const char *const names[] = {"dense.cfg", "pruned.cfg"};
    const char *const texts[] = {dense_cfg, second};

    for (int k = 0; k < 2; k++)
        net_parse(&c->nets[k], texts[k]);
    const struct ocsp_graph *const graphs[] = {c->nets[0].graph, c->nets[1].graph};
    MUST(
        ocsp_speed_result_init(&c->result, 2, names, graphs, 2, 16, ROUNDS, &test_error));
    c->result.program = "onednn";
    c->result.rounds = ROUNDS;
    c->result.has_layers = c->result.has_engine = true;
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < c->result.nets[k].n_layers; i++)
            c->result.nets[k].layers[i].by_engine = true;
}

static void clear(struct case_ *c)
{
    ocsp_speed_result_clear(&c->result);
    net_clear(&c->nets[0]);
    net_clear(&c->nets[1]);
}

/* Milliseconds of each layer, and their sum as the time of every round. */
static void set_ms(struct ocsp_speed_net *net, const double *ms)
{
    double sum = 0;

    for (int i = 0; i < net->n_layers; i++) {
        net->layers[i].seconds = 1e-3 * ms[i];
        sum += 1e-3 * ms[i];
    }
    for (int k = 0; k < ROUNDS; k++)
        net->seconds[k] = sum;
}

static void the_work_of_layers_is_counted(void **state)
{
    struct case_ c;
    (void)state;
    set_up(&c, pruned_cfg);
    const struct ocsp_speed_layer *l = c.result.nets[1].layers;
    assert_int_equal(l[0].macs, 64 * 33 * 16 * 9);
    assert_int_equal(l[0].channels, 33);
    assert_int_equal(l[0].line, 5);
    assert_string_equal(l[0].name, "convolutional");
    /* two images in and out, and the weights */
    assert_true(l[0].bytes == 4 * (2 * 64 * (16 + 33) + 33 * 16 * 9));
    assert_true(l[3].bytes == 4 * (2 * 16 * (64 + 16)) && l[3].macs == 0);
    assert_close(ocsp_speed_intensity(&l[0], 2), 2 * (double)l[0].macs / l[0].bytes,
                 1e-12);
    assert_close(l[0].fill, 33.0 / 48, 1e-12);
    assert_true(l[1].fill == 1 && l[3].fill == 1);
    assert_close(l[1].input_fill, 33.0 / 48, 1e-12);
    assert_true(l[0].input_fill == 1 && l[3].input_fill == 1);
    assert_close(l[5].input_fill, 8.0 / 16, 1e-12);
    assert_close(l[5].fill, 8.0 / 16, 1e-12); /* each of the two groups */
    clear(&c);
}

static void each_reason_is_found(void **state)
{
    const double dense[] = {8, 4, 1, 1, 1, 1};
    /* MACs: 1/1.94, 1/3.88, 1/4, none, 1/2, same */
    const double pruned[] = {6, 1.05, 0.02, 1, 0.9, 1};
    struct case_ c;
    (void)state;
    set_up(&c, pruned_cfg);
    set_ms(&c.result.nets[0], dense);
    set_ms(&c.result.nets[1], pruned);
    const struct ocsp_speed_peaks peaks = ocsp_speed_peaks_of(&c.result);
    struct ocsp_speed_layer_gain g[6];
    for (int i = 0; i < 6; i++)
        g[i] = ocsp_speed_layer_gain_of(&c.result, &peaks, 1, i);
    assert_true(g[0].needs_reason && g[0].reason == OCSP_SPEED_VECTORS);
    assert_close(g[0].theory, 64.0 / 33, 1e-12);
    assert_close(g[0].share, 8.0 / 6 / (64.0 / 33), 1e-12);
    assert_true(!g[1].needs_reason && !g[2].needs_reason);
    assert_true(g[3].needs_reason && g[3].reason == OCSP_SPEED_NO_MACS);
    assert_close(g[3].theory, 2, 1e-12); /* by its bytes */
    /* half of the MACs, but 5 of 8 bytes */
    assert_true(g[4].needs_reason && g[4].reason == OCSP_SPEED_MEMORY);
    const struct ocsp_speed_peaks fast_memory = {peaks.macs_per_s, 1e15};
    g[4] = ocsp_speed_layer_gain_of(&c.result, &fast_memory, 1, 4);
    assert_true(g[4].needs_reason && g[4].reason == OCSP_SPEED_OTHER);
    assert_false(g[5].needs_reason);
    /* 33 of 48 input channels */
    c.result.nets[1].layers[1].seconds = 2e-3;
    g[1] = ocsp_speed_layer_gain_of(&c.result, &peaks, 1, 1);
    assert_true(g[1].needs_reason && g[1].reason == OCSP_SPEED_VECTORS);
    /* a thousandth of the net's time is not worth a reason */
    c.result.nets[1].layers[1].seconds = 5e-6;
    c.result.nets[0].layers[1].seconds = 5e-6;
    g[1] = ocsp_speed_layer_gain_of(&c.result, &peaks, 1, 1);
    assert_true(g[1].share < OCSP_SPEED_GOOD_SHARE && !g[1].needs_reason);

    /* 0.1 of the layer's MACs per second, but no layer moves more bytes */
    c.result.nets[1].layers[4].seconds = 1e-5 * 4;
    c.result.nets[0].layers[4].seconds = 1e-5 * 5;
    struct ocsp_speed_peaks few = ocsp_speed_peaks_of(&c.result);
    few.macs_per_s = 1e13;
    struct ocsp_speed_layer_gain m = ocsp_speed_layer_gain_of(&c.result, &few, 1, 4);
    assert_true(m.needs_reason && m.reason == OCSP_SPEED_MEMORY);
    c.result.nets[1].layers[4].seconds = 2.9e-5;
    m = ocsp_speed_layer_gain_of(&c.result, &few, 1, 4);
    assert_int_equal(m.reason, OCSP_SPEED_SHORT);
    c.result.nets[1].layers[4].by_engine = false;
    m = ocsp_speed_layer_gain_of(&c.result, &few, 1, 4);
    assert_int_equal(m.reason, OCSP_SPEED_HOST);
    c.result.has_engine = false; /* all are the host's */
    m = ocsp_speed_layer_gain_of(&c.result, &few, 1, 4);
    assert_int_equal(m.reason, OCSP_SPEED_SHORT);
    clear(&c);
}

static void what_is_lost_adds_up(void **state)
{
    const double dense[] = {8, 4, 1, 1, 1, 1}, pruned[] = {6, 1.05, 0.02, 1, 0.9, 1};
    struct case_ c;
    double sum = 0;
    (void)state;
    set_up(&c, pruned_cfg);
    set_ms(&c.result.nets[0], dense);
    set_ms(&c.result.nets[1], pruned);
    const struct ocsp_speed_peaks peaks = ocsp_speed_peaks_of(&c.result);
    const struct ocsp_speed_loss loss = ocsp_speed_loss_of(&c.result, &peaks, 1);
    const double ratio = (double)c.result.nets[1].macs / (double)c.result.nets[0].macs;
    assert_close(loss.seconds, 9.97e-3 - 16e-3 * ratio, 1e-12);
    for (int r = 0; r < OCSP_SPEED_REASONS; r++)
        sum += loss.by_reason[r];
    assert_close(sum + loss.by_cheap_macs, loss.seconds, 1e-12);
    /* of layers 0 and 1, which have 33 filters, or inputs */
    assert_close(loss.by_reason[OCSP_SPEED_VECTORS],
                 6e-3 - 8e-3 * 33 / 64 + 1.05e-3 - 4e-3 * 16 * 33 / (32 * 64), 1e-12);
    clear(&c);
}

/* --- what is printed */

/* malloc'ed; no line is longer than 100 columns */
static char *printed(const struct ocsp_speed_result *r, bool layers)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    MUST(ocsp_speed_print(out, r, layers, &test_error));
    fclose(out);
    int columns = 0;
    for (const char *c = text; *c; c++) {
        columns = *c == '\n' ? 0 : columns + (((unsigned char)*c & 0xc0) != 0x80);
        if (columns > 100)
            fail_msg("a line is longer than 100 columns:\n%s", text);
    }
    return text;
}

static void must_hold(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("'%s' is missing in:\n%s", words, text);
}

static void a_table_has_gains_shares_and_reasons(void **state)
{
    const double dense[] = {8, 4, 1, 1, 1, 1}, pruned[] = {6, 1.05, 0.02, 1, 0.9, 1};
    struct case_ c;
    (void)state;
    set_up(&c, pruned_cfg);
    set_ms(&c.result.nets[0], dense);
    set_ms(&c.result.nets[1], pruned);
    char *text = printed(&c.result, true);
    must_hold(text, "batch 2, onednn: 12 rounds");
    must_hold(text, "1.60 (1.60-1.60)   2.93  0.55\n");
    must_hold(text, "pruned.cfg: 55 % of the speed-up that the MACs promise\n");
    must_hold(text, "channels do not fill vectors of 16: layer 0\n");
    must_hold(text, "most time: layers 0 (60 %)");
    must_hold(text, "    0 convolutional  engine       64     8.000       33     6.000  "
                    "1.33   1.94  0.69 vectors\n");
    assert_null(strstr(text, "others used the cores"));
    free(text);
    for (int k = 0; k < ROUNDS; k++)
        c.result.nets[0].seconds[k] *= 2, c.result.nets[1].seconds[k] *= 2;
    text = printed(&c.result, false);
    must_hold(text,
              "the layers' times add up to 9.970 of 19.940 ms: others used the cores\n");
    assert_null(strstr(text, "layers of"));
    free(text);
    c.result.has_layers = false; /* as on a GPU */
    text = printed(&c.result, true);
    must_hold(text, "the times of layers cannot be taken here\n");
    assert_null(strstr(text, "most time"));
    free(text);
    c.result.has_layers = true;
    set_ms(&c.result.nets[0], dense);
    set_ms(&c.result.nets[1], dense);
    text = printed(&c.result, false);
    must_hold(text, "none (1.00-1.00)");
    must_hold(text, "pruned.cfg: no gain");
    free(text);
    clear(&c);
}

static void long_names_and_large_numbers_keep_to_the_columns(void **state)
{
    double ms[6] = {123456.7, 98765.4, 1, 1, 1, 1};
    struct case_ c;
    (void)state;
    set_up(&c, dense_cfg);
    for (int k = 0; k < 2; k++) {
        c.result.nets[k].cfg = "a/very/long/path/with/ümläuts/öäüöäüöäüöäüöäüöäü/net.cfg";
        set_ms(&c.result.nets[k], ms);
        ms[0] *= 30;
    }
    char *text = printed(&c.result, true);
    must_hold(text, "\n…");
    must_hold(text, "net.cfg ");
    free(text);
    clear(&c);
}

static void layers_of_other_nets_are_not_compared(void **state)
{
    static const char other[] = "[net]\nwidth=8\nheight=8\nchannels=16\n"
                                "[convolutional]\nfilters=20\nsize=3\npad=1\n";
    const double dense[] = {8, 4, 1, 1, 1, 1}, one[] = {15};
    struct case_ c;
    (void)state;
    set_up(&c, other);
    assert_false(ocsp_speed_nets_correspond(&c.result.nets[0], &c.result.nets[1]));
    set_ms(&c.result.nets[0], dense);
    set_ms(&c.result.nets[1], one);
    char *text = printed(&c.result, true);
    must_hold(text, "layers of dense.cfg, ms per batch of 2\n");
    must_hold(text, "layers of pruned.cfg, ms per batch of 2\n");
    must_hold(text, "    0 convolutional  engine       20   62 %     15.00 100.0 %");
    free(text);
    clear(&c);
}

static void json_has_the_same_numbers(void **state)
{
    const double dense[] = {8, 4, 1, 1, 1, 1}, pruned[] = {6, 1.05, 0.02, 1, 0.9, 1};
    struct case_ c;
    (void)state;
    set_up(&c, pruned_cfg);
    set_ms(&c.result.nets[0], dense);
    set_ms(&c.result.nets[1], pruned);
    json_t *root = ocsp_speed_json(&c.result, true), *net, *gain, *layer;
    assert_non_null(root);
    assert_int_equal(json_integer_value(json_object_get(root, "batch")), 2);
    assert_int_equal(json_integer_value(json_object_get(root, "channel_block")), 16);
    net = json_array_get(json_object_get(root, "nets"), 1);
    assert_close(json_real_value(json_object_get(net, "ms")), 9.97, 1e-9);
    assert_true(json_is_null(
        json_object_get(json_array_get(json_object_get(root, "nets"), 0), "gain")));
    gain = json_object_get(net, "gain");
    assert_string_equal(json_string_value(json_object_get(gain, "verdict")), "gain");
    assert_close(json_real_value(json_object_get(gain, "share")),
                 16 / 9.97 / json_real_value(json_object_get(gain, "theory")), 1e-9);
    layer = json_array_get(json_object_get(net, "layers"), 0);
    assert_string_equal(json_string_value(json_object_get(layer, "reason")), "vectors");
    assert_close(json_real_value(json_object_get(layer, "first_ms")), 8, 1e-9);
    json_decref(root);
    root = ocsp_speed_json(&c.result, false);
    net = json_array_get(json_object_get(root, "nets"), 1);
    assert_null(json_object_get(net, "layers"));
    assert_non_null(json_object_get(net, "lost_ms"));
    json_decref(root);
    clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spread_is_the_middle_half),
        cmocka_unit_test(an_interval_goes_from_one_ordered_number_to_another),
        cmocka_unit_test(rounds_are_compared_each_with_itself),
        cmocka_unit_test(a_gain_inside_the_noise_is_none),
        cmocka_unit_test(without_macs_there_is_no_share),
        cmocka_unit_test(the_work_of_layers_is_counted),
        cmocka_unit_test(each_reason_is_found),
        cmocka_unit_test(what_is_lost_adds_up),
        cmocka_unit_test(a_table_has_gains_shares_and_reasons),
        cmocka_unit_test(long_names_and_large_numbers_keep_to_the_columns),
        cmocka_unit_test(layers_of_other_nets_are_not_compared),
        cmocka_unit_test(json_has_the_same_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
