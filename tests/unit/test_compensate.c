#include "prune/compensate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "prune/rewrite.h"
#include "random_net.h"
#include "reference_forward.h"

static void round_array(float *x, size_t n)
{
    for (size_t k = 0; k < n && x; k++)
        x[k] = rintf(x[k] * 16) / 16;
}

/* To multiples of 1/16, so that the sums of a few layers are floats without rounding. */
static void round_parameters(const struct net *net)
{
    for (int i = 0; i < net->graph->n_layers; i++) {
        const struct ocsp_params *p = &net->weights->layers[i];
        const size_t n = (size_t)net->graph->layers[i].n_biases;
        round_array(p->biases, n);
        round_array(p->mean, n);
        round_array(p->weights, net->graph->layers[i].tables[0].length);
    }
}

/* Of the dense net's outputs, nothing masked, and the pruned net's. */
struct differences {
    double without, with; /* compensation */
};

static double pruned_difference(const struct net *net, const struct ocsp_plan *plan,
                                double **dense, const float *image)
{
    struct net pruned;

    net_prune(net, plan, &pruned);
    double **out =
        reference_forward(pruned.graph, pruned.weights->layers, image, EPSILON_ALEXEYAB);
    const double worst = reference_outputs_difference(net->graph, dense, out);
    reference_free(out, pruned.graph);
    net_clear(&pruned);
    return worst;
}

static struct differences compare(const struct net *net, const struct ocsp_plan *plan,
                                  const float *image)
{
    struct differences d;
    double **dense =
        reference_forward(net->graph, net->weights->layers, image, EPSILON_ALEXEYAB);

    d.without = pruned_difference(net, plan, dense, image);
    MUST(ocsp_compensate(net->coupling, plan, net->weights->layers, &test_error));
    d.with = pruned_difference(net, plan, dense, image);
    reference_free(dense, net->graph);
    return d;
}

static void random_nets_compute_what_they_did(void **state)
{
    enum { NETS = 300 };
    struct random r = {20240602};
    int differing = 0, types[N_TYPES] = {0};
    double worst = 0;
    (void)state;

    for (int n = 0; n < NETS; n++) {
        struct net net;
        struct ocsp_plan plan;
        random_net(&net, &r, RANDOM_NO_PADDING | RANDOM_KEEPS_CONSTANTS);
        net_random_weights(&net, &r);
        float *image =
            random_image(&r, (size_t)(net.graph->w * net.graph->h * net.graph->c));
        random_plan(&net, &r, n % 3 == 0, &plan);
        empty_channels(net.coupling, &plan, net.weights->layers);
        const struct differences d = compare(&net, &plan, image);
        if (!(d.with < 2e-6)) { /* means and biases are floats */
            size_t size;
            print_error("%g, uncompensated %g, in\n%s\n", d.with, d.without,
                        ocsp_cfg_text(net.cfg, &size));
            fail();
        }
        worst = fmax(worst, d.with);
        differing += d.without > 1e-3;
        for (int i = 0; i < net.graph->n_layers; i++)
            count_type(&net.graph->layers[i], types);
        free(image);
        ocsp_plan_clear(&plan);
        net_clear(&net);
    }
    print_message("# largest difference %.1e; without compensation, more than 1e-3 in %d "
                  "of %d nets\n",
                  worst, differing, NETS);
    assert_true(differing > NETS / 2);
    for (int k = 0; k < N_TYPES; k++)
        /* a removed block of [reorg] has the mean of its channels: exact where they are
         * equal, so these nets have none */
        assert_true(types[k] > 20 || strcmp(tested_types[k], "reorg") == 0);
}

#define NET "[net]\nwidth=9\nheight=8\nchannels=3\n"
/* @: an activation, filled in by the test */
#define CONV(n, k, more)                                                                 \
    "[convolutional]\nfilters=" #n "\nsize=" #k "\nactivation=@\n" more
#define BN "batch_normalize=1\n"
#define END "[connected]\noutput=4\nactivation=linear\n[softmax]\n"

#define SHORTCUT(keys) "[shortcut]\nactivation=@\n" keys
#define ROUTE(keys) "[route]\n" keys
#define SECTION(name, keys) "[" name "]\n" keys
#define CROP(size, keys) "[crop]\ncrop_width=" #size "\ncrop_height=" #size "\n" keys
#define CONNECTED(n, more) "[connected]\noutput=" #n "\nactivation=@\n" more

static const char *const unpadded_nets[] = {
    /* readers with and without BN */
    NET CONV(6, 3, BN) CONV(7, 3, BN) CONV(5, 2, "") CONV(4, 1, "") END,
    /* sums of sums, of two and of three */
    NET CONV(6, 1, BN) CONV(6, 1, BN) SHORTCUT("from=-2\n") CONV(6, 1, "")
        SHORTCUT("from=-2,-4\n") CONV(4, 3, BN) END,
    NET CONV(6, 1, BN) CONV(6, 1, BN) SHORTCUT("from=-2\nalpha=.5\nbeta=-2\n")
        CONV(4, 3, "") END,
    /* lists of channels */
    NET CONV(6, 1, BN) CONV(4, 1, BN) ROUTE("layers=-1,-2\n") CONV(6, 3, "")
        ROUTE("layers=-1\ngroups=2\ngroup_id=1\n") CONV(5, 2, BN) END,
    NET CONV(8, 1, BN) ROUTE("layers=-1,-1\ngroups=2\ngroup_id=1\n") CONV(4, 1, BN)
        ROUTE("layers=-2,-1,0\n") CONV(4, 1, "") END,
    /* numbers that change on their way */
    NET CONV(6, 1, BN) SECTION("upsample", "scale=.5\n")
        SECTION("maxpool", "size=3\nstride=2\n") CONV(5, 3, BN)
            SECTION("upsample", "stride=-2\nscale=.5\n")
                SECTION("local_avgpool", "size=2\nstride=1\n") CONV(4, 1, "")
                    SECTION("avgpool", "") END,
    NET CONV(6, 1, BN) CROP(6, "") CONV(5, 1, BN) CROP(4, "noadjust=1\n")
        SECTION("dropout", "") SECTION("activation", "activation=@\n") CONV(4, 3, "") END,
    NET CONV(6, 1, BN) SECTION("batchnorm", "") CONV(5, 3, BN) SECTION("avgpool", "")
        SECTION("batchnorm", "") END,
    /* vectors: a column per number of a map, of one size and of two */
    NET CONV(6, 3, BN) CONNECTED(6, BN) CONNECTED(5, "") END,
    NET CONV(4, 1, BN) CONV(5, 1, "stride=2\n" BN) ROUTE("layers=0,1,0\n")
        SECTION("dropout", "") CONNECTED(6, BN) END,
    /* conv groups, filters that go with their channel, and both behind each other */
    NET CONV(8, 1, BN) CONV(6, 3, "groups=2\n" BN) CONV(9, 1, "groups=3\n") CONV(4, 1, BN)
        END,
    NET CONV(6, 1, BN) CONV(6, 3, "groups=6\n" BN) CONV(4, 1, BN) CONV(8, 2, "groups=4\n")
        CONV(4, 1, "groups=2\n") END,
    /* the image before them loses nothing */
    NET SECTION("reorg3d", "stride=1\n") CONV(6, 1, BN) CONV(4, 1, BN) END,
    NET SECTION("reorg", "stride=1\n") CONV(6, 1, BN) CONV(4, 1, "") END,
    NET SECTION("maxpool", "maxpool_depth=1\nout_channels=2\n") CONV(6, 1, BN) END,
};

/* Without activation= the hosts take logistic. */
static const char net_of_defaults[] =
    NET "[convolutional]\nfilters=6\n" BN "[connected]\noutput=5\n" END;

/* The text with the name in place of every '@'. */
static void fill_in(const char *text, const char *name, char *out, size_t room)
{
    size_t at = 0;

    for (; *text; text++) {
        const int n = *text == '@' ? snprintf(out + at, room - at, "%s", name)
                                   : snprintf(out + at, room - at, "%c", *text);
        at += (size_t)n;
        assert_true(at < room);
    }
}

static double check_by_hand(const char *text, const char *activation, double tolerance,
                            struct random *r)
{
    char filled[1024];
    double without = 0, with = 0;

    fill_in(text, activation, filled, sizeof filled);
    for (int n = 0; n < 4; n++) {
        struct net net;
        struct ocsp_plan plan;
        net_parse(&net, filled);
        net_random_weights(&net, r);
        round_parameters(&net);
        float *image = random_image(r, 9 * 8 * 3);
        random_plan(&net, r, n % 2 == 0, &plan);
        empty_channels(net.coupling, &plan, net.weights->layers);
        const struct differences d = compare(&net, &plan, image);
        without = fmax(without, d.without);
        with = fmax(with, d.with);
        free(image);
        ocsp_plan_clear(&plan);
        net_clear(&net);
    }
    if (!(with < tolerance) || !(without > 1e-3)) {
        print_error("%g, uncompensated %g, in\n%s\n", with, without, filled);
        fail();
    }
    return with;
}

static void nets_by_hand_compute_what_they_did(void **state)
{
    static const struct {
        const char *activation;
        double tolerance;
    } cases[] = {{"linear", 1e-12}, {"relu", 1e-12}, {"relu6", 1e-12},
                 {"leaky", 2e-6},   {"tanh", 2e-6},  {"elu", 2e-6},
                 {"swish", 2e-6},   {"mish", 2e-6},  {"logistic", 2e-6}};
    struct random r = {8};
    double exact = 0, rounded = 0;
    (void)state;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (size_t t = 0; t < sizeof unpadded_nets / sizeof *unpadded_nets; t++) {
            double *worst = cases[k].tolerance < 1e-9 ? &exact : &rounded;
            *worst = fmax(*worst, check_by_hand(unpadded_nets[t], cases[k].activation,
                                                cases[k].tolerance, &r));
        }
    rounded = fmax(rounded, check_by_hand(net_of_defaults, "", 2e-6, &r));
    print_message("# largest difference %.1e, %.1e where constants are no short floats\n",
                  exact, rounded);
}

static void remove_rows(const struct net *net, int layer, int n, struct ocsp_plan *plan)
{
    bool *removed = calloc((size_t)net->coupling->n_channels + 1, sizeof *removed);

    assert_non_null(removed);
    for (int r = 0; r < n; r++) {
        const int channel = net->coupling->tables[layer].row[r];
        assert_true(channel >= 0);
        removed[channel] = true;
    }
    MUST(ocsp_plan_from_set(plan, net->coupling, removed, &test_error));
    free(removed);
}

/* Layer 1 reads zeros beside its map: there it misses less than K. */
static void check_borders(const char *reader)
{
    enum { W = 9, H = 8, FILTERS = 3 };
    char with_mark[512], text[512];
    struct random r = {5};
    struct net net, pruned;
    struct ocsp_plan plan;
    double inside = 0, border = 0;

    snprintf(with_mark, sizeof with_mark, "%s%s", NET CONV(5, 1, BN), reader);
    fill_in(with_mark, "relu", text, sizeof text);
    net_parse(&net, text);
    net_random_weights(&net, &r);
    for (int f = 0; f < 5; f++)
        net.weights->layers[0].biases[f] = .5F;
    round_parameters(&net);
    remove_rows(&net, 0, 2, &plan);
    empty_channels(net.coupling, &plan, net.weights->layers);
    float *image = random_image(&r, W * H * 3);
    double **a =
        reference_forward(net.graph, net.weights->layers, image, EPSILON_ALEXEYAB);
    MUST(ocsp_compensate(net.coupling, &plan, net.weights->layers, &test_error));
    net_prune(&net, &plan, &pruned);
    double **b =
        reference_forward(pruned.graph, pruned.weights->layers, image, EPSILON_ALEXEYAB);
    for (int k = 0; k < W * H * FILTERS; k++) {
        const int x = k % W, y = k / W % H;
        const bool is_inside = x > 0 && x < W - 1 && y > 0 && y < H - 1;
        double *worst = is_inside ? &inside : &border;
        *worst = fmax(*worst, fabs(a[1][k] - b[1][k]));
    }
    print_message("# inside %.1e, at the border %.1e\n", inside, border);
    assert_true(inside < 1e-12);
    assert_true(border > .01);
    reference_free(a, net.graph);
    reference_free(b, pruned.graph);
    free(image);
    ocsp_plan_clear(&plan);
    net_clear(&pruned);
    net_clear(&net);
}

static void only_borders_of_padded_maps_differ(void **state)
{
    (void)state;
    check_borders("[convolutional]\nfilters=3\nsize=3\npad=1\nactivation=linear\n");
    check_borders("[convolutional]\nfilters=3\nsize=3\npad=1\nactivation=linear\n" BN);
}

static void expect_same(const float *a, const float *b, size_t n)
{
    if (a && n > 0)
        assert_memory_equal(a, b, n * sizeof *a);
}

/* Only means, or biases where there are none, of kept filters may differ. */
static bool changed_only_constants(const struct net *net, const struct ocsp_plan *plan,
                                   const struct ocsp_params *before)
{
    bool changed = false;

    for (int i = 0; i < net->graph->n_layers; i++) {
        const struct ocsp_layer *l = &net->graph->layers[i];
        const struct ocsp_params *a = &before[i], *b = &net->weights->layers[i];
        const bool normalizes = l->n_scales > 0;
        const float *was = normalizes ? a->mean : a->biases;
        const float *is = normalizes ? b->mean : b->biases;
        expect_same(a->weights, b->weights, l->tables[0].length);
        expect_same(a->scales, b->scales, (size_t)l->n_biases);
        expect_same(a->variance, b->variance, (size_t)l->n_biases);
        if (normalizes)
            expect_same(a->biases, b->biases, (size_t)l->n_biases);
        for (int f = 0; f < l->n_biases; f++) {
            const bool same = memcmp(&was[f], &is[f], sizeof *is) == 0;
            const bool kept = ocsp_plan_keeps(plan, net->coupling->tables[i].row[f]);
            assert_true(same || (kept && l->tables[0].length > 0));
            changed = changed || !same;
        }
    }
    return changed;
}

static void only_constants_of_kept_filters_change(void **state)
{
    enum { NETS = 100 };
    struct random r = {77};
    int changed = 0;
    (void)state;

    for (int n = 0; n < NETS; n++) {
        struct net net;
        struct ocsp_plan plan, nothing;
        struct ocsp_weights *before;
        random_net(&net, &r, RANDOM_ANYTHING);
        net_random_weights(&net, &r);
        for (int i = 0; i < net.graph->n_layers; i++) /* a −0 stays one */
            if (net.weights->layers[i].biases)
                net.weights->layers[i].biases[0] = -0.0F;
        bool *none = calloc((size_t)net.coupling->n_channels + 1, sizeof *none);
        assert_non_null(none);
        MUST(ocsp_plan_from_set(&nothing, net.coupling, none, &test_error));
        MUST(ocsp_weights_new(&before, net.graph, true, &test_error));
        ocsp_rewrite_params(net.coupling, &nothing, net.weights->layers, before->layers);
        MUST(ocsp_compensate(net.coupling, &nothing, net.weights->layers, &test_error));
        assert_false(changed_only_constants(&net, &nothing, before->layers));
        random_plan(&net, &r, false, &plan);
        MUST(ocsp_compensate(net.coupling, &plan, net.weights->layers, &test_error));
        changed += changed_only_constants(&net, &plan, before->layers);
        free(none);
        ocsp_weights_free(before);
        ocsp_plan_clear(&nothing);
        ocsp_plan_clear(&plan);
        net_clear(&net);
    }
    print_message("# in %d of %d nets\n", changed, NETS);
    assert_true(changed > NETS / 2);
}

/* Debian's files have none. */
static void a_batchnorm_without_biases_emits_nothing(void **state)
{
    struct random r = {9};
    struct net net;
    struct ocsp_plan plan;
    (void)state;

    net_parse(&net, NET "[convolutional]\nfilters=6\nactivation=relu\n[batchnorm]\n"
                        "[convolutional]\nfilters=4\nactivation=relu\n" END);
    net_random_weights(&net, &r);
    float *const biases = net.weights->layers[1].biases;
    float before[4];
    memcpy(before, net.weights->layers[2].biases, sizeof before);
    remove_rows(&net, 0, 3, &plan);
    net.weights->layers[1].biases = NULL;
    MUST(ocsp_compensate(net.coupling, &plan, net.weights->layers, &test_error));
    assert_memory_equal(before, net.weights->layers[2].biases, sizeof before);
    net.weights->layers[1].biases = biases;
    MUST(ocsp_compensate(net.coupling, &plan, net.weights->layers, &test_error));
    assert_memory_not_equal(before, net.weights->layers[2].biases, sizeof before);
    ocsp_plan_clear(&plan);
    net_clear(&net);
}

static void filters_lose_what_they_read_and_no_more(void **state)
{
    struct net net;
    struct ocsp_plan plan;
    (void)state;

    /* constants 2 and −2, and 3 of a channel that stays; four weights per channel */
    net_parse(&net, NET "[convolutional]\nfilters=3\nactivation=leaky\n"
                        "[convolutional]\nfilters=2\nsize=2\nactivation=linear\n");
    MUST(ocsp_weights_new(&net.weights, net.graph, true, &test_error));
    const struct ocsp_params *p = net.weights->layers;
    p[0].biases[0] = 2;
    p[0].biases[1] = -20; /* leaky */
    p[0].biases[2] = 3;
    for (int k = 0; k < 24; k++)
        p[1].weights[k] = (float)k;
    p[1].biases[0] = 100;
    remove_rows(&net, 0, 2, &plan);
    MUST(ocsp_compensate(net.coupling, &plan, p, &test_error));
    /* 2·(0+1+2+3) − 2·(4+5+6+7); 2·(12+…+15) − 2·(16+…+19) */
    assert_close((double)p[1].biases[0], 100 + 12 - 44, 1e-6);
    assert_close((double)p[1].biases[1], 108 - 140, 1e-6);
    ocsp_plan_clear(&plan);
    net_clear(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_nets_compute_what_they_did),
        cmocka_unit_test(nets_by_hand_compute_what_they_did),
        cmocka_unit_test(only_borders_of_padded_maps_differ),
        cmocka_unit_test(only_constants_of_kept_filters_change),
        cmocka_unit_test(a_batchnorm_without_biases_emits_nothing),
        cmocka_unit_test(filters_lose_what_they_read_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
