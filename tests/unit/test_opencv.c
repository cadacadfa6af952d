/* Surgery on random nets, computed by OpenCV's DNN, which knows nothing of us: removing
 * channels that are zero changes nothing, and the reference in double precision agrees.
 * OCSP_EXACT_NETS: how many nets (40). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "helpers.h"
#include "lint/linter.h"
#include "made_up_image.h"
#include "net/file.h"
#include "random_net.h"
#include "reference_forward.h"

#define TOLERANCE 1e-4
#define REFERENCE_TOLERANCE 1e-3 /* where numbers cancel */

enum { LOGITS = 4 };

static int wanted_nets(void)
{
    const char *text = getenv("OCSP_EXACT_NETS");
    return text ? atoi(text) : 40;
}

/* What the reference gives for [softmax]. */
static void reference_logits(const struct net *net, double logits[LOGITS])
{
    const struct ocsp_graph *g = net->graph;
    const int n = g->w * g->h * g->c;
    float *image = malloc((size_t)n * sizeof *image);

    assert_non_null(image);
    make_up_image(image, (size_t)n);
    double **out = reference_forward(g, net->weights->layers, image, EPSILON_ALEXEYAB);
    for (int k = 0; k < LOGITS; k++)
        logits[k] = out[g->n_layers - 2][k];
    reference_free(out, g);
    free(image);
}

static bool accepts(const struct net *net)
{
    struct ocsp_lint lint;

    MUST(ocsp_lint_run(net->cfg, net->graph, &lint, &test_error));
    const bool accepts = ocsp_lint_accepts(&lint, OCSP_OPENCV);
    ocsp_lint_clear(&lint);
    return accepts;
}

/* The n-th net: writes nN and nN_pruned, keeps their logits. `only_accepted`: not where
 * lint says that OpenCV misreads one of them; then it returns false. */
static bool write_nets(int n, bool only_accepted, double logits[2][LOGITS])
{
    struct random r = {(uint64_t)n};
    struct net net, pruned;
    struct ocsp_plan plan;
    char name[32];

    random_net(&net, &r, RANDOM_KEEPS_ZERO | RANDOM_OPENCV);
    net_random_weights(&net, &r);
    random_plan(&net, &r, n % 4 == 0, &plan);
    zero_channels(&net, &plan);
    net_prune(&net, &plan, &pruned);
    const bool wanted = !only_accepted || (accepts(&net) && accepts(&pruned));
    if (wanted) {
        snprintf(name, sizeof name, "n%d", n);
        net_write(&net, name);
        snprintf(name, sizeof name, "n%d_pruned", n);
        net_write(&pruned, name);
        reference_logits(&net, logits[0]);
        reference_logits(&pruned, logits[1]);
    }
    ocsp_plan_clear(&plan);
    net_clear(&net);
    net_clear(&pruned);
    return wanted;
}

static bool read_logits(int n, const char *end, double logits[LOGITS])
{
    char name[32];

    snprintf(name, sizeof name, "n%d%s.f32", n, end);
    if (!file_exists(in_folder(name)))
        return false;
    float *both = floats_of_file(in_folder(name), 2 * LOGITS); /* and the softmax */
    for (int k = 0; k < LOGITS; k++)
        logits[k] = (double)both[k];
    free(both);
    return true;
}

struct compared {
    double surgery; /* OpenCV's dense net against its pruned one */
    double theirs;  /* the larger difference of the two from the reference */
};

/* Infinite where OpenCV does not read the net. */
static struct compared compare(int n, double reference[2][LOGITS])
{
    double dense[LOGITS], pruned[LOGITS];

    if (!read_logits(n, "", dense) || !read_logits(n, "_pruned", pruned))
        return (struct compared){INFINITY, INFINITY};
    return (struct compared){
        reference_difference(dense, pruned, LOGITS),
        fmax(reference_difference(reference[0], dense, LOGITS),
             reference_difference(reference[1], pruned, LOGITS)),
    };
}

static bool has_opencv(void)
{
    return system("\"${PYTHON:-/usr/bin/python3}\" -c 'import cv2' 2>/dev/null") == 0;
}

/* What lint says holds from 4.7 on. The versions before compute all nets of this test. */
static bool is_misreading_lines(void)
{
    return system("\"${PYTHON:-/usr/bin/python3}\" -c 'import cv2, sys; "
                  "sys.exit([int(n) for n in cv2.__version__.split(\".\")[:2]] < [4, "
                  "7])'") == 0;
}

static void run_opencv(void)
{
    char command[256];

    snprintf(command, sizeof command,
             "\"${PYTHON:-/usr/bin/python3}\" tests/tools/opencv_outputs.py '%s' >&2",
             test_folder);
    assert_int_not_equal(system(command), -1); /* what is missing afterwards has failed */
}

static void print_net(int n)
{
    char name[32], *text;
    size_t size;

    snprintf(name, sizeof name, "n%d.cfg", n);
    MUST(ocsp_file_read(in_folder(name), &text, &size, &test_error));
    puts(text); /* longer than messages can be */
    free(text);
}

/* Adds to `worst`. */
static bool is_right(int n, double reference[2][LOGITS], struct compared *worst)
{
    const struct compared c = compare(n, reference);

    worst->surgery = fmax(worst->surgery, c.surgery);
    worst->theirs = fmax(worst->theirs, c.theirs);
    if (c.surgery <= TOLERANCE && c.theirs <= REFERENCE_TOLERANCE)
        return true;
    print_message("# net %d: %g by surgery, %g from the reference\n", n, c.surgery,
                  c.theirs);
    print_net(n);
    return false;
}

static void removing_channels_that_are_zero_changes_nothing(void **state)
{
    const int n = wanted_nets();
    double(*reference)[2][LOGITS] = calloc((size_t)n + 1, sizeof *reference);
    bool *written = calloc((size_t)n + 1, sizeof *written);
    struct compared worst = {0, 0};
    int failed = 0, left_out = 0;
    (void)state;

    if (!has_opencv()) {
        free(reference);
        free(written);
        skip();
    }
    const bool only_accepted = is_misreading_lines();
    for (int k = 1; k <= n; k++) {
        written[k] = write_nets(k, only_accepted, reference[k]);
        left_out += !written[k];
    }
    run_opencv();
    for (int k = 1; k <= n; k++)
        failed += written[k] && !is_right(k, reference[k], &worst);
    print_message("# %d nets: largest difference %.1e by surgery, %.1e from the "
                  "reference; %d more are misread, as lint says\n",
                  n - left_out, worst.surgery, worst.theirs, left_out);
    free(reference);
    free(written);
    assert_int_equal(failed, 0);
    assert_true(4 * left_out <= n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(removing_channels_that_are_zero_changes_nothing,
                                        make_test_folder, remove_test_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
