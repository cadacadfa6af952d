/* The gradients of a GPU build of AlexeyAB's host, on the device: those of the repaired
 * network against central finite differences, and the stock host's where it is claimed to
 * be wrong. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device_run.h"
#include "gradient_cases_gpu.h"

/* In single precision most draws of the largest net miss SMALL by rounding alone. */
enum { MAX_SAMPLES = EXACT ? 12 : 24, DRAWS = EXACT ? 4 : 12 };
static const double NUDGE = EXACT ? 1e-5 : 4e-3;
static const double SMALL = EXACT ? 1e-5 : 1e-2, LARGE = EXACT ? 1e-4 : 3e-2;

static double numeric(network *net, const struct sample *s, float *value, double nudge)
{
    float kept, x;

    cuda_pull_array(value, &kept, 1);
    x = (float)(kept + nudge);
    cuda_push_array(value, &x, 1);
    const double above = run(net, s, false), from = x;
    x = (float)(kept - nudge);
    cuda_push_array(value, &x, 1);
    const double below = run(net, s, false), to = x;
    cuda_push_array(value, &kept, 1);
    return -(above - below) / (from - to);
}

static double error_of(network *net, const struct sample *s, const struct array *array,
                       double scale)
{
    const size_t every = array->n > MAX_SAMPLES ? array->n / MAX_SAMPLES : 1;
    float *updates = malloc(array->n * sizeof *updates);
    double worst = 0, largest = EXACT ? 1e-3 : 1e-2;

    cuda_pull_array(array->update, updates, array->n);
    for (size_t i = 0; i < array->n; i += every) {
        double gradient = numeric(net, s, &array->value[i], NUDGE) * scale;
        /* a kink of leaky or maxpool may lie within one nudge */
        for (int k = 0; k < 2 && fabs(gradient - updates[i]) > SMALL / 10; k++) {
            const double nudge = EXACT ? NUDGE / 256 : NUDGE / (4 << 2 * k);
            const double again = numeric(net, s, &array->value[i], nudge) * scale;
            if (fabs(again - updates[i]) < fabs(gradient - updates[i]))
                gradient = again;
        }
        worst = isnan(updates[i]) ? INFINITY : fmax(worst, fabs(gradient - updates[i]));
        largest = fmax(largest, fabs(gradient));
    }
    free(updates);
    return worst / largest;
}

/* The largest error of all parameters' gradients, relative to each array's largest. */
static double measure(const struct run *of)
{
    struct ocsp_error err;
    network *net = host_parse(of->cfg);
    double worst = 0;

    noise_state = of->seed;
    const struct sample s = draw(net);
    *net->cur_iteration = net->max_batches; /* dropblock's share has grown until there */
    if (of->hooked && ocsp_repair_install(net, NULL, &err))
        abort();
    randomize(net, of->weak);
    run(net, &s, true);
    for (int i = 0; i < net->n; i++) {
        struct array arrays[N_ARRAYS];
        arrays_of(&net->layers[i], arrays);
        for (int k = 0; k < N_ARRAYS; k++)
            if (arrays[k].n && arrays[k].update)
                worst = fmax(worst, error_of(net, &s, &arrays[k], of->scale));
    }
    if (of->hooked)
        ocsp_repair_remove(net);
    return worst;
}

static void measure_run(const void *argument, struct report *out)
{
    out->number = measure(argument);
}

/* Where a number lies on a kink, another draw has it elsewhere. INFINITY: it crashed. */
static double measure_in_child(const struct run *of, bool until_right)
{
    struct run r = *of;
    struct report report = {.number = INFINITY};

    for (r.seed = SEED; r.seed < SEED + (until_right ? DRAWS : 1); r.seed++) {
        if (!in_child(measure_run, &r, &report))
            return INFINITY;
        if (report.number < SMALL)
            break;
    }
    return report.number;
}

static void find_refusal(const void *argument, struct report *out)
{
    const struct ocsp_host_build build = {OCSP_BUILD_KIND, OCSP_ALEXEYAB_FEATURES};
    struct ocsp_error err;

    *out->text = '\0';
    if (refusal_of_text(argument, &ocsp_host_rules_alexeyab, &build, &err))
        snprintf(out->text, sizeof out->text, "%.255s", err.text);
}

static char *tree_file;

static void write_cfg(struct run *run, const struct gradient_case *c)
{
    const char *end = strstr(c->name, "tree") ? tree_file : "";

    snprintf(run->cfg, sizeof run->cfg,
             "[net]\n%s\nbatch=3\nsubdivisions=1\nwidth=6\nheight=6\nchannels=2\n"
             "max_batches=100\n%s%s\n",
             c->net, c->body, end);
    run->scale = c->scale != 0 ? c->scale : 1;
    run->weak = strstr(c->name, "weak") != NULL;
}

static enum stock expected(const struct gradient_case *c)
{
#ifdef CUDNN
    return c->cudnn;
#else
    return c->plain;
#endif
}

static void test_case(void **initial)
{
    const struct gradient_case *c = *initial;
    const enum stock stock = expected(c);
    struct run r = {.hooked = true};
    struct report refused;

    write_cfg(&r, c);
    assert_true(in_child(find_refusal, r.cfg, &refused));
    if (!*refused.text == (stock == REFUSED))
        fail_msg("refusal: '%s'", refused.text);
    if (stock == REFUSED && strstr(c->name, "not run")) {
        printf("%-40s refused\n", c->name);
        return;
    }
    const double hooked = measure_in_child(&r, stock != REFUSED);
    r.hooked = false;
    const double unhooked = measure_in_child(&r, stock == RIGHT);
    printf("%-40s hooked %.1e  stock %.1e%s\n", c->name, hooked, unhooked,
           isinf(unhooked) ? " (crashes)" : "");
    assert_int_equal(isinf(unhooked), stock == CRASH);
    if (stock == REFUSED)
        assert_true(hooked > LARGE);
    else
        assert_true(hooked < SMALL);
    if (stock == RIGHT)
        assert_true(unhooked < SMALL);
    if (stock == WRONG)
        assert_true(unhooked > LARGE);
}

/* Keys and layers that an old host does not have. */
static bool is_known(const struct gradient_case *c)
{
    if (!OCSP_HAS_SCALED_RATE && strstr(c->name, "loss_scale"))
        return false;
    if (OCSP_HAS_LOSS_SCALE && !OCSP_HAS_SCALED_RATE && strstr(c->name, "tensor cores"))
        return false;
    if (!OCSP_HAS_LOSS_SCALE && strcmp(c->name, "shortcut, weights, not run") == 0)
        return false;
    if (!OCSP_HAS_STREAMS && strcmp(c->name, "implicit") == 0)
        return false;
    if (!OCSP_HAS_COORDCONV && strcmp(c->name, "coordconv, not run") == 0)
        return false;
    return host_knows_activations(c->body);
}

int main(int argc, char **argv)
{
    enum { N = sizeof cases / sizeof *cases };
    static struct CMUnitTest tests[N];
    size_t n = 0;

    if (!has_device())
        return 0;
    for (size_t k = 0; k < N; k++)
        if ((argc < 2 || strstr(cases[k].name, argv[1])) && is_known(&cases[k]))
            tests[n++] =
                (struct CMUnitTest){.name = cases[k].name,
                                    .test_func = test_case,
                                    .initial_state = (void *)(uintptr_t)&cases[k]};
    tree_file = host_write(classes);
    const int failed =
        _cmocka_run_group_tests("gradients on the device", tests, n, NULL, NULL);
    unlink(tree_file);
    free(tree_file);
    return failed;
}
