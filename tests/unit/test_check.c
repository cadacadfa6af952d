#include "prune/check.h"

#include <math.h>
#include <stdlib.h>

#include "helpers.h"
#include "prune/rewrite.h"
#include "random_net.h"
#include "reference_forward.h"

#define NETS 300

struct tally {
    int nets, pruned_nets, groups, channels, removed;
    int types[N_TYPES]; /* layers of each type, by tested_types */
    double worst;
};

/* The masked dense net against the pruned net. */
static double masked_against_pruned(const struct net *net, const struct ocsp_plan *plan,
                                    const float *image)
{
    struct net pruned;
    struct ocsp_weights *masked;
    const struct ocsp_plan nothing = {
        .removed = calloc((size_t)net->coupling->n_channels + 1, sizeof(bool))};

    net_prune(net, plan, &pruned);
    MUST(ocsp_weights_new(&masked, net->graph, true, &test_error));
    ocsp_rewrite_params(net->coupling, &nothing, net->weights->layers, masked->layers);
    ocsp_check_mask(net->coupling, plan, masked->layers);
    double **a = reference_forward(net->graph, masked->layers, image, EPSILON_ALEXEYAB);
    double **b =
        reference_forward(pruned.graph, pruned.weights->layers, image, EPSILON_ALEXEYAB);
    const double worst = reference_outputs_difference(net->graph, a, b);

    reference_free(a, net->graph);
    reference_free(b, pruned.graph);
    free(nothing.removed);
    ocsp_weights_free(masked);
    net_clear(&pruned);
    return worst;
}

static void check_one(struct random *r, bool most, struct tally *tally)
{
    struct net net;
    struct ocsp_plan plan;

    random_net(&net, r, RANDOM_ANYTHING);
    net_random_weights(&net, r);
    float *image = random_image(r, (size_t)(net.graph->w * net.graph->h * net.graph->c));
    random_plan(&net, r, most, &plan);
    const double worst = masked_against_pruned(&net, &plan, image);
    size_t size;
    if (!(worst < 1e-9)) {
        print_error("difference %g in\n%s\n", worst, ocsp_cfg_text(net.cfg, &size));
        fail();
    }
    tally->worst = fmax(tally->worst, worst);
    tally->nets++;
    tally->pruned_nets += plan.n_removed > 0;
    tally->groups += net.coupling->n_groups;
    tally->channels += net.coupling->n_channels;
    tally->removed += plan.n_removed;
    for (int i = 0; i < net.graph->n_layers; i++)
        count_type(&net.graph->layers[i], tally->types);
    free(image);
    ocsp_plan_clear(&plan);
    net_clear(&net);
}

static void masked_and_pruned_random_nets_agree(void **state)
{
    struct random r = {20240601};
    struct tally tally = {0};
    (void)state;

    for (int n = 0; n < NETS; n++)
        check_one(&r, n % 3 == 0, &tally);
    print_message("# %d of %d nets pruned, %d groups, %d of %d channels removed, largest "
                  "difference %.1e\n",
                  tally.pruned_nets, tally.nets, tally.groups, tally.removed,
                  tally.channels, tally.worst);
    assert_true(tally.pruned_nets > NETS / 2);
    for (int k = 0; k < N_TYPES; k++)
        if (tally.types[k] <= 20)
            fail_msg("%d layers of [%s]", tally.types[k], tested_types[k]);
}

#define NET "[net]\nwidth=8\nheight=8\nchannels=3\n"
#define CONV(n) "[convolutional]\nfilters=" #n "\nactivation=leaky\n"
/* 4 × 8×8 and 4 × 4×4 joined: 320 numbers */
#define UNEQUAL NET CONV(4) "[convolutional]\nfilters=4\nstride=2\n[route]\nlayers=0,1\n"
#define END "[connected]\noutput=4\nactivation=linear\n[softmax]\n"

static void nets_that_are_easily_misread_agree(void **state)
{
    static const char *const texts[] = {
        UNEQUAL END,
        UNEQUAL "[dropout]\n[activation]\nactivation=tanh\n" END,
        /* filters that stay in step with inputs that cannot go */
        UNEQUAL "[convolutional]\nfilters=320\ngroups=320\nactivation=relu\n" CONV(3) END,
        UNEQUAL "[convolutional]\nfilters=4\ngroups=2\nactivation=relu\n" CONV(3) END,
        /* columns behind a list whose numbers were multiplied */
        UNEQUAL "[upsample]\n[route]\nlayers=-1,0\n" END,
        UNEQUAL "[route]\nlayers=-1,0\ngroups=4\ngroup_id=1\n" END,
        /* more groups than maps */
        UNEQUAL "[route]\nlayers=-1\ngroups=16\ngroup_id=3\n" END,
        /* sums of equal length whose channels are not the same */
        UNEQUAL "[route]\nlayers=1,0\n[shortcut]\nfrom=-2\nactivation=relu\n" END,
        UNEQUAL "[route]\nlayers=0,1\n[shortcut]\nfrom=-2\nactivation=relu\n" END,
        /* one channel in several places */
        NET CONV(6) "[route]\nlayers=-1,-1\n[convolutional]\nfilters=24\ngroups=12\n"
                    "activation=relu\n[shortcut]\nfrom=-1\nactivation=relu\n" END,
        NET CONV(8) "[route]\nlayers=-1\ngroups=2\n[route]\nlayers=-2\ngroups=2\n"
                    "group_id=1\n[route]\nlayers=-1,-2,-3\n" CONV(4) END,
        NET CONV(8) "[avgpool]\n[batchnorm]\n[connected]\noutput=6\n"
                    "batch_normalize=1\nactivation=relu\n[upsample]\n[batchnorm]\n"
                    "[convolutional]\nfilters=12\ngroups=6\nactivation=relu\n" END,
    };
    struct random r = {41};
    (void)state;

    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
        for (int n = 0; n < 10; n++) {
            struct net net;
            struct ocsp_plan plan;
            net_parse(&net, texts[k]);
            net_random_weights(&net, &r);
            float *image = random_image(&r, 8 * 8 * 3);
            random_plan(&net, &r, n == 0, &plan);
            const double worst = masked_against_pruned(&net, &plan, image);
            if (!(worst < 1e-9)) {
                print_error("difference %g in\n%s\n", worst, texts[k]);
                fail();
            }
            free(image);
            ocsp_plan_clear(&plan);
            net_clear(&net);
        }
}

static void differences_are_relative_to_the_largest_number(void **state)
{
    const float a[] = {1, -4, 2}, b[] = {1, -3, 2.5F}, nan[] = {1, NAN, 2};
    const float zero[3] = {0};
    (void)state;

    assert_true(ocsp_check_difference(a, a, 3) == 0);
    assert_close(ocsp_check_difference(a, b, 3), 0.25, 1e-15);
    assert_true(ocsp_check_difference(zero, zero, 3) == 0);
    assert_true(ocsp_check_difference(zero, a, 3) > 0);
    assert_true(isnan(ocsp_check_difference(a, nan, 3)));
    assert_true(isnan(ocsp_check_difference(nan, a, 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masked_and_pruned_random_nets_agree),
        cmocka_unit_test(nets_that_are_easily_misread_agree),
        cmocka_unit_test(differences_are_relative_to_the_largest_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
