/* Every layer type that is trained, through the host's own forward and loss: gradients of
 * the hooked network against central finite differences, and the stock host's where it is
 * claimed to be wrong. Compiled in double precision (double.h). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gradient_cases.h"
#include "host_calls.h"
#include "hosts/by_value/repair.h"
#include "hosts/host.h"
#include "random_cfg.h"
#include "refusal.h"

enum { MINIBATCHES = 2, MAX_SAMPLES = 24, SEED = 20240117, RANDOM_NETS = 8 };
static const float NUDGE = 1e-5;

/* deterministic, and independent of the host's random numbers */
static unsigned long state; /* of noise() */

static float noise(void)
{
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    return (float)(state >> 40) / (float)(1 << 24) * 2 - 1;
}

static void fill(float *x, size_t n, float low, float high)
{
    for (size_t i = 0; x && i < n; i++)
        x[i] = low + (high - low) * (noise() + 1) / 2;
}

struct sample {
    float *images[MINIBATCHES], *truth[MINIBATCHES];
};

static struct sample draw(const network *net)
{
    struct sample s;
    const size_t inputs = (size_t)(net->batch * net->layers[0].inputs);
    const size_t truths = (size_t)host_truths(net);

    for (int m = 0; m < MINIBATCHES; m++) {
        s.images[m] = malloc(inputs * sizeof(float));
        fill(s.images[m], inputs, -1, 1);
        s.truth[m] = calloc((size_t)net->batch * truths, sizeof(float));
        for (int b = 0; b < net->batch; b++) {
            float *t = s.truth[m] + (size_t)b * truths;
            if (net->layers[net->n - 1].type == SOFTMAX)
                t[(size_t)((noise() + 1) * 1e6) % truths] = 1;
            else
                fill(t, truths, -3, 3);
        }
    }
    return s;
}

static void discard(struct sample *s)
{
    for (int m = 0; m < MINIBATCHES; m++) {
        free(s->images[m]);
        free(s->truth[m]);
    }
}

static void randomize(const network *net)
{
    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        const size_t n = (size_t)l.n_biases;
        fill(l.memory.value.weights, l.n_weights, -.5, .5);
        fill(l.memory.value.biases, n, -.5, .5);
        fill(l.memory.value.scales, n, .5, 1.5);
    }
}

/* Random numbers of dropout and crop are those of rand(): the same at each call. */
static float run(network *net, const struct sample *s, bool backward)
{
    float loss = 0;

    srand(7);
    for (int m = 0; m < MINIBATCHES; m++)
        loss += host_pass(net, s->images[m], s->truth[m], backward);
    return loss;
}

static float numeric(network *net, const struct sample *s, float *value, float nudge)
{
    const float kept = *value;

    *value = kept + nudge;
    const float above = run(net, s, false);
    *value = kept - nudge;
    const float below = run(net, s, false);
    *value = kept;
    return -(above - below) / (2 * nudge);
}

/* Elements of an array that are looked at. */
static size_t samples = MAX_SAMPLES;

static float error_of_array(network *net, const struct sample *s, float *value,
                            const float *update, size_t n, float loss_scale)
{
    const size_t every = n > samples ? n / samples : 1;
    float worst = 0, largest = 1e-3;

    for (size_t i = 0; i < n; i += every) {
        float gradient = numeric(net, s, &value[i], NUDGE) * loss_scale;
        if (isnan(update[i]))
            return INFINITY;
        /* a kink of leaky or maxpool may lie within one nudge; two are hardly both hit */
        if (fabs(gradient - update[i]) > 1e-6)
            gradient = numeric(net, s, &value[i], NUDGE / 256) * loss_scale;
        worst = fmax(worst, fabs(gradient - update[i]));
        largest = fmax(largest, fabs(gradient));
    }
    return worst / largest;
}

static void ignore(void *context, const struct ocsp_update *update)
{
    (void)context;
    (void)update;
}
static const struct ocsp_host_events no_events = {NULL, ignore, ignore};

/* The largest error of all parameters' gradients, relative to each array's largest. */
static float measure(const char *cfg, float loss_scale, bool hooked, unsigned long seed)
{
    struct ocsp_error err;
    network *net = host_parse(cfg);
    state = seed;
    struct sample s = draw(net);
    float worst = 0;

    if (hooked) {
        assert_int_equal(
            ocsp_host.install(net, &(struct ocsp_host_hooks){&no_events, NULL, false},
                              &err),
            OCSP_OK);
    }
    randomize(net);
    run(net, &s, true);
    /* finite differences run forward only, which leaves the updates alone */
    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        float *values[] = {l.memory.value.weights, l.memory.value.biases,
                           l.memory.value.scales};
        float *updates[] = {l.memory.momentum.weights, l.memory.momentum.biases,
                            l.memory.momentum.scales};
        const size_t sizes[] = {l.n_weights, (size_t)l.n_biases, (size_t)l.n_biases};
        for (int k = 0; k < 3; k++)
            if (values[k] && updates[k])
                worst = fmax(worst, error_of_array(net, &s, values[k], updates[k],
                                                   sizes[k], loss_scale));
    }
    discard(&s);
    ocsp_host.free_net(net);
    return worst;
}

static bool stock_crashes(const char *cfg)
{
    int status;
    const pid_t child = fork();

    if (child == 0) {
        alarm(20);
        signal(SIGSEGV, SIG_DFL); /* cmocka catches it */
        host_silence(true);
        measure(cfg, 1, false, SEED);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) != SIGALRM;
}

static void expect_refusal(const char *cfg, bool refused)
{
    struct ocsp_error err = {0};

    if (!refusal_of_text(cfg, ocsp_host.rules, &ocsp_host.build, &err) == refused)
        fail_msg("%s", refused ? "not refused" : err.text);
}

static void test_case(void **initial)
{
    const struct gradient_case *c = *initial;
    const enum stock stock = HOST_IS_ALEXEYAB ? c->alexeyab : c->debian;
    const float scale = c->loss_scale != 0 ? c->loss_scale : 1;
    char cfg[4096];

    snprintf(cfg, sizeof cfg,
             "[net]\nbatch=3\nsubdivisions=1\nwidth=6\nheight=6\nchannels=2\n%s\n%s",
             c->net, c->body);
    expect_refusal(cfg, stock == REFUSED);
    const float hooked = measure(cfg, scale, true, SEED);
    float unhooked = INFINITY;
    if (stock == CRASH)
        assert_true(stock_crashes(cfg));
    else
        unhooked = measure(cfg, scale, false, SEED);
    printf("%-34s hooked %.1e  stock %.1e%s\n", c->name, hooked, unhooked,
           stock == CRASH ? " (crashes)" : "");
    if (stock == REFUSED)
        assert_true(hooked > 1e-4);
    else
        assert_true(hooked < 1e-5);
    if (stock == RIGHT)
        assert_true(unhooked < 1e-5);
    else
        assert_true(unhooked > 1e-4);
}

/* The random nets of test_engine.c, which proves that the engine computes what these do.
 * Where a number lies on a kink, another draw has it elsewhere. */
static void test_random_nets(void **unused)
{
    /* normalization behind normalization leaves gradients of nothing but rounding */
    static const float LIMIT = 1e-4;
    static struct random_cfg d;
    float worst = 0;

    (void)unused;
    samples = 4; /* they have many arrays */
    for (uint64_t seed = 1; seed <= RANDOM_NETS; seed++) {
        struct random r = {seed};
        float error = INFINITY;
        random_cfg_make(&d, &r);
        const float scale = strstr(d.text, "type=sse") ? .5 : 1;
        for (unsigned long draws = 0; error >= LIMIT && draws < 4; draws++)
            error = measure(d.text, scale, true, SEED + draws);
        if (error >= LIMIT)
            printf("net %d: %.1e\n%s", (int)seed, error, d.text);
        assert_true(error < LIMIT);
        worst = fmax(worst, error);
    }
    samples = MAX_SAMPLES;
    printf("%d random nets, worst %.1e\n", RANDOM_NETS, worst);
}

int main(int argc, char **argv)
{
    enum { N_BOTH = sizeof both / sizeof *both, N_OWN = sizeof own / sizeof *own };
    static struct CMUnitTest tests[N_BOTH + N_OWN + 1];
    size_t n = 0;

    for (size_t k = 0; k < N_BOTH + N_OWN; k++) {
        const struct gradient_case *c = k < N_BOTH ? &both[k] : &own[k - N_BOTH];
        if ((argc > 1 && !strstr(c->name, argv[1])) || !host_knows_activations(c->body))
            continue;
        tests[n++] = (struct CMUnitTest){.name = c->name,
                                         .test_func = test_case,
                                         .initial_state = (void *)(uintptr_t)c};
    }
    if (argc == 1)
        tests[n++] = (struct CMUnitTest){.name = "random nets", test_random_nets};
    printf("%s's Darknet\n", ocsp_host.name);
    return _cmocka_run_group_tests("gradients", tests, n, NULL, NULL);
}
