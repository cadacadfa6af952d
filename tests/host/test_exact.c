/* Surgery on random nets, computed by a host's own inference functions, of which nothing
 * is ours: removing channels that are zero changes nothing, and the reference in double
 * precision agrees. OCSP_EXACT_NETS: how many nets (100), OCSP_EXACT_FIRST: from which on
 * (1). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"

#include "host_calls.h"
#include "network.h"
#include "parser.h"
#include "random_net.h"
#include "reference_forward.h"

/* A host's single precision is off by more where numbers cancel; surgery leaves its order
 * of sums alone. */
#define TOLERANCE 1e-4
#define REFERENCE_TOLERANCE 1e-3

/* AlexeyAB's Darknet before 2021 lacks some of what these nets are made of. */
static const int rules = RANDOM_KEEPS_ZERO | (HOST_IS_ALEXEYAB ? RANDOM_ALEXEYAB : 0) |
                         (OCSP_HAS_STREAMS ? 0 : RANDOM_DEBIAN);
static const enum reference_epsilon epsilon =
    HOST_IS_ALEXEYAB ? EPSILON_ALEXEYAB : EPSILON_DEBIAN;

static int setting(const char *name, int fallback)
{
    const char *text = getenv(name);
    return text ? atoi(text) : fallback;
}

static void close_net(network *net)
{
#ifdef OCSP_HOST_ALEXEYAB
    for (int i = 0; i < net->n; i++)
        if (net->layers[i].type == EMPTY) /* its arrays are the layer's before it */
            net->layers[i].output = net->layers[i].delta = NULL;
    free_network(*net);
    free(net);
#else
    free(net->workspace);
    free_network(net);
#endif
}

/* Copies of all layers' outputs, as reference_forward gives them. */
static double **copy_outputs(const network *host, const struct ocsp_graph *graph)
{
    double **out = calloc((size_t)graph->n_layers, sizeof *out);

    assert_non_null(out);
    assert_int_equal(host->n, graph->n_layers);
    for (int i = 0; i < host->n; i++) {
        const layer *l = &host->layers[i];
        const struct ocsp_layer *ours = &graph->layers[i];
        /* the host counts a blurred layer's outputs as they were before */
        if (l->outputs < ours->outputs || (l->outputs > ours->outputs && !ours->blurred))
            fail_msg("layer %d [%s] has %d outputs, not %d", i, ours->name, l->outputs,
                     ours->outputs);
        out[i] = malloc((size_t)ours->outputs * sizeof **out);
        assert_non_null(out[i]);
        for (int k = 0; k < ours->outputs; k++)
            out[i][k] = (double)l->output[k];
    }
    return out;
}

/* AlexeyAB's host adds a layer that has fewer channels as if it had all of them where
 * that layer's *input* has the sum's shape: it reads what lies behind its output. */
static bool adds_what_is_not_there(const network *host)
{
#ifdef OCSP_HOST_ALEXEYAB
    for (int i = 0; i < host->n; i++) {
        const layer *l = &host->layers[i];
        if (l->type != SHORTCUT || l->n != 1 || l->nweights > 0)
            continue;
        const layer *from = &host->layers[l->index];
        if (from->outputs < l->outputs && from->w == l->w && from->h == l->h &&
            from->c == l->c)
            return true;
    }
#else
    (void)host;
#endif
    return false;
}

/* NULL where the host cannot compute the net. */
static double **host_forward(const struct net *net, float *image)
{
    char cfg[256], weights[256];

    net_write(net, "net");
    strcpy(cfg, in_folder("net.cfg"));
    strcpy(weights, in_folder("net.weights"));
    host_silence(true);
    network *host = host_open(cfg, weights);
    const bool can = !adds_what_is_not_there(host);
    if (can)
        host_predict(host, image);
    host_silence(false);
    double **out = can ? copy_outputs(host, net->graph) : NULL;
    close_net(host);
    return out;
}

struct compared {
    double surgery;       /* the host's dense net against its pruned one */
    double dense, pruned; /* each against the reference */
    int layer;            /* the first where the dense net is not the reference's */
};

static int first_wrong(const struct ocsp_graph *graph, double **reference, double **host)
{
    int i = 0;
    while (i < graph->n_layers &&
           reference_difference(reference[i], host[i],
                                (size_t)graph->layers[i].outputs) <= REFERENCE_TOLERANCE)
        i++;
    return i;
}

/* The largest over the network's outputs; false where the host cannot compute them. */
static bool compare(const struct net *net, const struct net *pruned, float *image,
                    struct compared *c)
{
    double **a = host_forward(net, image), **b = host_forward(pruned, image);
    const bool can = a && b;

    if (can) {
        double **ra = reference_forward(net->graph, net->weights->layers, image, epsilon);
        double **rb =
            reference_forward(pruned->graph, pruned->weights->layers, image, epsilon);
        c->surgery = reference_outputs_difference(net->graph, a, b);
        c->dense = reference_outputs_difference(net->graph, ra, a);
        c->pruned = reference_outputs_difference(pruned->graph, rb, b);
        c->layer = first_wrong(net->graph, ra, a);
        reference_free(ra, net->graph);
        reference_free(rb, pruned->graph);
    }
    if (a)
        reference_free(a, net->graph);
    if (b)
        reference_free(b, pruned->graph);
    return can;
}

static bool agree(const struct compared *c)
{
    return c->surgery <= TOLERANCE && c->dense <= REFERENCE_TOLERANCE &&
           c->pruned <= REFERENCE_TOLERANCE;
}

static void report(int n, const struct net *net, const struct compared *c)
{
    size_t size;

    print_message("# net %d: %g by surgery; %g and %g from the reference, first in layer "
                  "%d\n",
                  n, c->surgery, c->dense, c->pruned, c->layer);
    puts(ocsp_cfg_text(net->cfg, &size)); /* longer than messages can be */
}

/* The n-th net and what becomes of it; false where the host cannot compute it. */
static bool operate(int n, bool zeroed, struct compared *c)
{
    struct random r = {(uint64_t)n};
    struct net net, pruned;
    struct ocsp_plan plan;

    random_net(&net, &r, rules);
    net_random_weights(&net, &r);
    if (!HOST_IS_ALEXEYAB)
        net.weights->batchnorm_biases = false;
    float *image = random_image(&r, (size_t)(net.graph->w * net.graph->h * net.graph->c));
    random_plan(&net, &r, n % 4 == 0, &plan);
    if (zeroed)
        zero_channels(&net, &plan);
    net_prune(&net, &plan, &pruned);
    const bool can = compare(&net, &pruned, image, c);
    if (can && zeroed && !agree(c))
        report(n, &net, c);
    free(image);
    ocsp_plan_clear(&plan);
    net_clear(&net);
    net_clear(&pruned);
    return can;
}

static void removing_channels_that_are_zero_changes_nothing(void **state)
{
    struct compared worst = {0, 0, 0, 0}, c;
    const int wanted = setting("OCSP_EXACT_NETS", 100);
    int failed = 0, done = 0;
    (void)state;

    for (int n = setting("OCSP_EXACT_FIRST", 1); done < wanted; n++) {
        if (!operate(n, true, &c))
            continue;
        done++;
        worst.surgery = fmax(worst.surgery, c.surgery);
        worst.dense = fmax(worst.dense, c.dense);
        worst.pruned = fmax(worst.pruned, c.pruned);
        failed += !agree(&c);
    }
    print_message("# %d nets: largest difference %.1e by surgery; %.1e and %.1e from the "
                  "reference\n",
                  wanted, worst.surgery, worst.dense, worst.pruned);
    assert_int_equal(failed, 0);
}

/* The test above can fail. */
static void removing_others_does(void **state)
{
    int changed = 0;
    struct compared c;
    (void)state;

    for (int n = 1; n <= 20; n++)
        changed += operate(n, false, &c) && c.surgery > 10 * TOLERANCE;
    print_message("# %d of 20 nets\n", changed);
    assert_true(changed > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(removing_channels_that_are_zero_changes_nothing,
                                        make_test_folder, remove_test_folder),
        cmocka_unit_test_setup_teardown(removing_others_does, make_test_folder,
                                        remove_test_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
