/* The gradients of a GPU build of AlexeyAB's host, on the device: those of the repaired
 * network against central finite differences, and the stock host's where it is claimed to
 * be wrong. In single precision on a GPU; where CUDA is emulated, in double precision
 * (double_cuda.h), which sees more.
 *
 * Every network lives in a process of its own: a kernel that writes through a null
 * pointer spoils the device for the rest of its process. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <cuda.h>

#include "blas.h"
#include "convolutional_layer.h"
#include "dark_cuda.h"
#include "host_calls.h"
#include "hosts/alexeyab/features.h"
#include "hosts/alexeyab/repair_gpu_kernels.h"
#include "hosts/alexeyab/rules.h"
#include "hosts/by_value/repair.h"
#include "refusal.h"

enum { MINIBATCHES = 2, EXACT = sizeof(float) == sizeof(1.), SEED = 20240117 };
/* In single precision most draws of the largest net miss SMALL by rounding alone. */
enum { MAX_SAMPLES = EXACT ? 12 : 24, DRAWS = EXACT ? 4 : 12 };
static const double NUDGE = EXACT ? 1e-5 : 4e-3;
static const double SMALL = EXACT ? 1e-5 : 1e-2, LARGE = EXACT ? 1e-4 : 3e-2;

enum stock {
    RIGHT,  /* the stock host computes this rightly */
    WRONG,  /* the stock host is wrong, by more than LARGE */
    SLIGHT, /* wrong by an epsilon, or as its blocks happen to run: not asserted */
    CRASH,  /* the stock host crashes */
    REFUSED /* wrong also when hooked: the adapter refuses the net */
};

/* Wrong only in old ages of the host. */
#define STRIDED_1X1 (OCSP_HAS_STRIDED_1X1 ? RIGHT : REFUSED)
#ifdef CUDNN_HALF /* idle in training before there was loss_scale= */
#define ON_TENSOR_CORES (OCSP_HAS_LOSS_SCALE ? WRONG : RIGHT)
#else
#define ON_TENSOR_CORES RIGHT
#endif

struct gradient_case {
    const char *name;
    enum stock plain, cudnn; /* without and with cuDNN */
    double scale;            /* the host's delta is this times the gradient of its loss */
    const char *net;         /* [net] keys, or "" */
    const char *body;
};

/* the first of two equal keys counts */
#define CONV(keys) "[convolutional]\n" keys "\npad=1\nstride=1\nactivation=tanh\n"
#define HEAD "[convolutional]\nfilters=4\nsize=6\nstride=1\npad=0\nactivation=linear\n"
#define SOFTMAX_HEAD HEAD "[softmax]\n"
#define STEM CONV("filters=4\nsize=3")

static unsigned long state; /* of noise() */

static double noise(void)
{
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    return (double)(state >> 40) / (1 << 24) * 2 - 1;
}

static float *filled(size_t n, double low, double high)
{
    float *x = malloc(n * sizeof *x);

    for (size_t i = 0; i < n; i++)
        x[i] = (float)(low + (high - low) * (noise() + 1) / 2);
    return x;
}

/* Instead of the host's, which draws other numbers at each call. */
static __thread unsigned long drawing;

static unsigned long next_bits(int bits)
{
    drawing = drawing * 6364136223846793005UL + 1442695040888963407UL;
    return drawing >> (64 - bits);
}

int __wrap_rand(void);
int __wrap_rand(void)
{
    return (int)next_bits(31);
}

void __wrap_cuda_random(float *x, size_t n);
void __wrap_cuda_random(float *x, size_t n)
{
    float *numbers = malloc(n * sizeof *numbers);

    for (size_t i = 0; i < n; i++)
        numbers[i] = (float)((double)(next_bits(24) + 1) / (1 << 24));
    cuda_push_array(x, numbers, n);
    cudaDeviceSynchronize();
    free(numbers);
}

/* Of libcuda, which is only where a driver is; the host's own code does not call it. */
CUresult cuCtxGetCurrent(CUcontext *context);
__attribute__((weak)) CUresult cuCtxGetCurrent(CUcontext *context)
{
    *context = NULL;
    return CUDA_SUCCESS;
}

#ifdef TEST_DOUBLE_CUDA
cublasStatus_t test_dgemm(cublasHandle_t handle, cublasOperation_t ta,
                          cublasOperation_t tb, int m, int n, int k, const double *alpha,
                          const double *A, int lda, const double *B, int ldb,
                          const double *beta, double *C, int ldc)
{
    (void)handle;
    cudaDeviceSynchronize();
    for (int j = 0; j < n; j++)
        for (int i = 0; i < m; i++) {
            double sum = 0;
            for (int l = 0; l < k; l++)
                sum += A[ta == CUBLAS_OP_N ? i + l * lda : l + i * lda] *
                       B[tb == CUBLAS_OP_N ? l + j * ldb : j + l * ldb];
            C[i + j * ldc] = *alpha * sum + (*beta != 0 ? *beta * C[i + j * ldc] : 0);
        }
    return CUBLAS_STATUS_SUCCESS;
}

curandStatus_t test_no_numbers(curandGenerator_t generator, double *x, size_t n)
{
    (void)generator;
    (void)x;
    (void)n;
    abort();
}
#endif

struct sample {
    float *images[MINIBATCHES], *truth[MINIBATCHES];
};

/* Of the tree's four classes the last two belong to the first, and have no truth where
 * that is not the image's: what the host's loader does. */
static const char classes[] = "a -1\nb -1\nc 0\nd 0\n";
enum { NO_TRUTH = -1234 };

static void draw_class(const layer *last, float *truth, size_t n)
{
    const size_t of_group = n / (size_t)last->groups;
    size_t class = 0;

    memset(truth, 0, n * sizeof *truth);
    for (size_t at = 0; at < n; at += of_group) {
        class = (size_t)((noise() + 1) * 1e6) % of_group;
        truth[at + class] = 1;
    }
    if (!last->softmax_tree)
        return;
    if (class >= 2)
        truth[0] = 1;
    if (class == 0)
        truth[2] = 1;
    if (class == 1)
        truth[2] = truth[3] = NO_TRUTH;
}

static struct sample draw(const network *net)
{
    struct sample s;
    const layer *last = &net->layers[net->n - 1];
    const size_t truths = (size_t)host_truths(net), batch = (size_t)net->batch;

    for (int m = 0; m < MINIBATCHES; m++) {
        s.images[m] = filled(batch * (size_t)net->layers[0].inputs, -1, 1);
        s.truth[m] = filled(batch * truths, -3, 3);
        for (size_t b = 0; last->type == SOFTMAX && b < batch; b++)
            draw_class(last, s.truth[m] + b * truths, truths);
    }
    return s;
}

/* A layer's arrays on the device. */
enum { N_ARRAYS = 3 };
struct array {
    float *value, *update;
    size_t n;
};

static void arrays_of(const layer *l, struct array out[N_ARRAYS])
{
    size_t n = 0, weights = 0;

    switch (l->type) {
    case CONVOLUTIONAL:
        n = (size_t)l->n;
        weights = (size_t)l->nweights;
        break;
    case CONNECTED:
        n = (size_t)l->outputs;
        weights = (size_t)(l->inputs * l->outputs);
        break;
    case LOCAL:
        n = (size_t)l->outputs;
        weights = (size_t)(l->size * l->size * l->c * l->outputs);
        break;
    case BATCHNORM:
        n = (size_t)l->c;
        break;
#if OCSP_HAS_STREAMS /* as old as this layer */
    case IMPLICIT:
        weights = (size_t)l->nweights;
        break;
#endif
    default:
        break;
    }
    out[0] = (struct array){l->weights_gpu, l->weight_updates_gpu, weights};
    out[1] = (struct array){l->biases_gpu, l->bias_updates_gpu, n};
    out[2] = (struct array){l->scales_gpu, l->scale_updates_gpu, l->scales_gpu ? n : 0};
}

/* `weak`: weights before a normalization so small that its epsilon counts. */
static void randomize(const network *net, bool weak)
{
    for (int i = 0; i < net->n; i++) {
        struct array arrays[N_ARRAYS];
        arrays_of(&net->layers[i], arrays);
        const double reach = weak && net->layers[i].batch_normalize ? .002 : .5;
        for (int k = 0; k < N_ARRAYS; k++) {
            if (!arrays[k].n)
                continue;
            const double low = k == 2 ? .5 : k == 1 ? -.5 : -reach;
            const double high = k == 2 ? 1.5 : k == 1 ? .5 : reach;
            float *x = filled(arrays[k].n, low, high);
            cuda_push_array(arrays[k].value, x, arrays[k].n);
            cudaDeviceSynchronize();
            free(x);
        }
#ifdef CUDNN_HALF
        const layer *l = &net->layers[i];
        if (l->type == CONVOLUTIONAL && net->cudnn_half)
            cuda_convert_f32_to_f16(l->weights_gpu, (size_t)l->nweights,
                                    l->weights_gpu16);
#endif
    }
}

static double run(network *net, const struct sample *s, bool backward)
{
    double loss = 0;

    drawing = 7;
#ifdef CUDNN_HALF
    /* losses that tensor cores have rounded do not show differences this small */
    const int half = net->cudnn_half;
    net->cudnn_half = backward && half;
#endif
    for (int m = 0; m < MINIBATCHES; m++)
        loss += host_pass(net, s->images[m], s->truth[m], backward);
#ifdef CUDNN_HALF
    net->cudnn_half = half;
#endif
    return loss;
}

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

struct run {
    char cfg[4096];
    unsigned long seed;
    double scale;
    bool hooked, weak;
};

/* The largest error of all parameters' gradients, relative to each array's largest. */
static double measure(const struct run *of)
{
    struct ocsp_error err;
    network *net = host_parse(of->cfg);
    double worst = 0;

    state = of->seed;
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

/* What a child reports of a case. */
struct report {
    double number;
    char text[256];
};
typedef void child(const void *argument, struct report *out);

/* Runs `task` in a process of its own; false where that dies. */
static bool in_child(child *task, const void *argument, struct report *out)
{
    int fd[2], status;

    if (pipe(fd))
        abort();
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* cmocka catches it */
        alarm(600);
        memset(out, 0, sizeof *out);
        host_silence(!getenv("TEST_TALKS"));
        task(argument, out);
        _exit(write(fd[1], out, sizeof *out) == (ssize_t)sizeof *out ? 0 : 1);
    }
    close(fd[1]);
    const bool told = read(fd[0], out, sizeof *out) == (ssize_t)sizeof *out;
    close(fd[0]);
    waitpid(pid, &status, 0);
    return told && WIFEXITED(status) && WEXITSTATUS(status) == 0;
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

#define ACTIVATION(name, stock)                                                          \
    {                                                                                    \
        "activation " name, stock, stock, 0, "",                                         \
            "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=" name                \
            "\n" SOFTMAX_HEAD                                                            \
    }
#define BN "batch_normalize=1"
#define POOLED_HEAD "[convolutional]\nfilters=4\nsize=3\nactivation=linear\n[softmax]\n"
#define CONNECTED_HEAD "[connected]\noutput=4\nactivation=linear\n[softmax]\n"

static const struct gradient_case cases[] = {
    {"convolutional", RIGHT, RIGHT, 0, "", STEM CONV("filters=3\nsize=3") SOFTMAX_HEAD},
    {"convolutional, loss_scale", RIGHT, RIGHT, 8, "loss_scale=8",
     STEM CONV("filters=3\nsize=3") SOFTMAX_HEAD},
    {"convolutional, batch_normalize", SLIGHT, RIGHT, 0, "",
     CONV("filters=4\nsize=3\n" BN) CONV("filters=3\nsize=3\n" BN) SOFTMAX_HEAD},
    {"convolutional, normalized, weak", WRONG, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3\n" BN) CONV("filters=3\nsize=3\n" BN) SOFTMAX_HEAD},
    {"convolutional, stride 2, padding 2", RIGHT, RIGHT, 0, "",
     STEM "[convolutional]\nfilters=4\nsize=3\nstride=2\npadding=2\nactivation=leaky\n"
          "[convolutional]\nfilters=3\nsize=4\nstride=1\nactivation=linear\n[softmax]\n"},
    {"convolutional, 1x1", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=5\nsize=1") SOFTMAX_HEAD},
    {"convolutional, 1x1, padding, not run", REFUSED, RIGHT, 0, "",
     STEM "[convolutional]\nfilters=4\nsize=1\nstride=1\npadding=1\nactivation=tanh\n"
          "[convolutional]\nfilters=4\nsize=8\nactivation=linear\n[softmax]\n"},
    {"convolutional, 1x1, stride 2", STRIDED_1X1, RIGHT, 0, "",
     STEM "[convolutional]\nfilters=4\nsize=1\nstride=2\nactivation=tanh\n" POOLED_HEAD},
    {"convolutional, groups", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=6\nsize=3\ngroups=2") SOFTMAX_HEAD},
    {"convolutional, depthwise, normalized", SLIGHT, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3\ngroups=4\n" BN) SOFTMAX_HEAD},
    {"convolutional, dilation", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=3\nsize=3\ndilation=2") SOFTMAX_HEAD},
    {"convolutional, stride_x", RIGHT, RIGHT, 0, "",
     STEM "[convolutional]\nfilters=4\nsize=3\npad=1\nstride_x=2\nstride_y=1\n"
          "activation=tanh\n" CONNECTED_HEAD},
    ACTIVATION("linear", RIGHT),
    ACTIVATION("logistic", RIGHT),
    ACTIVATION("loggy", RIGHT),
    ACTIVATION("relu", RIGHT),
    ACTIVATION("relu6", RIGHT),
    ACTIVATION("elu", RIGHT),
    ACTIVATION("selu", RIGHT),
    ACTIVATION("relie", RIGHT),
    ACTIVATION("ramp", RIGHT),
    ACTIVATION("leaky", RIGHT),
    ACTIVATION("tanh", RIGHT),
    ACTIVATION("plse", RIGHT),
    ACTIVATION("stair", RIGHT),
    ACTIVATION("hardtan", RIGHT),
    ACTIVATION("lhtan", RIGHT),
    ACTIVATION("swish", RIGHT),
    ACTIVATION("mish", RIGHT),
    ACTIVATION("hard_mish", RIGHT),
    ACTIVATION("gelu", WRONG),
    ACTIVATION("revleaky", REFUSED),
    ACTIVATION("normalize_channels", REFUSED),
    ACTIVATION("normalize_channels_softmax", REFUSED),
    {"swish in [connected], not run", REFUSED, REFUSED, 0, "",
     STEM "[connected]\noutput=7\nactivation=swish\n" CONNECTED_HEAD},
    {"mish in [activation], not run", REFUSED, REFUSED, 0, "",
     STEM "[activation]\nactivation=mish\n" SOFTMAX_HEAD},
    {"gelu, normalized, dropout", WRONG, WRONG, 0, "",
     CONV("filters=4\nsize=3\n" BN "\nactivation=gelu")
         CONV("filters=4\nsize=3\nactivation=gelu") "[dropout]\nprobability=."
                                                    "4\n" SOFTMAX_HEAD},
    {"gelu, [connected], [activation]", WRONG, WRONG, 0, "",
     STEM "[activation]\nactivation=gelu\n[connected]\noutput=7\nactivation="
          "gelu\n" CONNECTED_HEAD},
    {"connected after a map", RIGHT, RIGHT, 0, "",
     STEM "[connected]\noutput=7\nactivation=logistic\n" CONNECTED_HEAD},
    {"connected, loss_scale", WRONG, WRONG, 8, "loss_scale=8",
     STEM "[connected]\noutput=7\nactivation=logistic\n" CONNECTED_HEAD},
    {"connected, batch_normalize", WRONG, WRONG, 0, "",
     STEM "[connected]\noutput=7\n" BN "\nactivation=tanh\n"
          "[connected]\noutput=4\n" BN "\nactivation=linear\n[softmax]\n"},
    {"maxpool", RIGHT, RIGHT, 0, "", STEM "[maxpool]\nsize=2\nstride=2\n" POOLED_HEAD},
    {"maxpool, overlapping", RIGHT, RIGHT, 0, "",
     STEM "[maxpool]\nsize=3\nstride=1\n" SOFTMAX_HEAD},
    {"maxpool_depth", RIGHT, RIGHT, 0, "",
     STEM "[maxpool]\nmaxpool_depth=1\nout_channels=2\n" SOFTMAX_HEAD},
    {"maxpool, antialiasing, not run", REFUSED, REFUSED, 0, "",
     STEM "[maxpool]\nsize=2\nstride=2\nantialiasing=1\n" POOLED_HEAD},
    {"local_avgpool, padded", WRONG, WRONG, 0, "",
     STEM "[local_avgpool]\nsize=3\nstride=1\n" SOFTMAX_HEAD},
    {"local_avgpool", WRONG, WRONG, 0, "",
     STEM "[local_avgpool]\nsize=2\nstride=2\n" POOLED_HEAD},
    {"local_avgpool, size 3, stride 2", WRONG, WRONG, 0, "",
     STEM "[local_avgpool]\nsize=3\nstride=2\n" POOLED_HEAD},
    {"avgpool", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=1") "[avgpool]\n[softmax]\n"},
    {"upsample", RIGHT, RIGHT, 0, "",
     STEM "[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\nscale=.7\n" SOFTMAX_HEAD},
    {"downsample beside a skip connection", RIGHT, RIGHT, 0, "",
     STEM "[upsample]\nstride=-2\n[upsample]\nstride=2\n"
          "[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"shortcut over 3x3", WRONG, RIGHT, 0, "",
     STEM CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-2\nactivation=tanh\n" SOFTMAX_HEAD},
    {"shortcut over 1x1", WRONG, RIGHT, 0, "",
     STEM CONV(
         "filters=4\nsize=1") "[shortcut]\nfrom=-2\nactivation=leaky\n" SOFTMAX_HEAD},
    {"tensor cores beside a skip connection", WRONG, ON_TENSOR_CORES,
     OCSP_HAS_LOSS_SCALE ? 64 : 1, "loss_scale=64",
     CONV("filters=8\nsize=3\n" BN) CONV("filters=8\nsize=3\n" BN)
         CONV("filters=8\nsize=3") "[shortcut]\nfrom=-3\nactivation=tanh\n" SOFTMAX_HEAD},
    {"shortcut of three, mish", WRONG, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3") CONV(
         "filters=4\nsize=1") "[shortcut]\nfrom=-2,-3\nactivation=mish\n" SOFTMAX_HEAD},
    {"shortcut, fewer channels, swish", WRONG, RIGHT, 0, "",
     CONV("filters=3\nsize=3") CONV(
         "filters=5\nsize=3") "[shortcut]\nfrom=-2\nactivation=swish\n" SOFTMAX_HEAD},
    {"shortcut, gelu", WRONG, WRONG, 0, "",
     STEM CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-2\nactivation=gelu\n" SOFTMAX_HEAD},
    {"shortcut, weights, not run", REFUSED, REFUSED, 0, "",
     STEM CONV("filters=4\nsize=3") "[shortcut]\nfrom=-2\nweights_type=per_channel\n"
                                    "weights_normalization=softmax\n"
                                    "activation=linear\n" SOFTMAX_HEAD},
    {"route of two", WRONG, RIGHT, 0, "",
     STEM CONV("filters=3\nsize=3") "[route]\nlayers=-1,-2\n" SOFTMAX_HEAD},
    {"route back to one", WRONG, RIGHT, 0, "",
     STEM CONV("filters=3\nsize=3") "[route]\nlayers=-2\n" CONV(
         "filters=3\nsize=3") "[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"route, groups", WRONG, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3") "[route]\nlayers=-1,-2\ngroups=2\ngroup_id=1\n" CONV(
         "filters=2\nsize=3") "[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"reorg3d beside a skip connection", WRONG, WRONG, 0, "",
     STEM
     "[reorg3d]\nstride=2\n[upsample]\nstride=2\n[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"reorg beside a skip connection", WRONG, WRONG, 0, "",
     STEM
     "[reorg]\nstride=2\n[upsample]\nstride=2\n[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"scale_channels", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3") "[avgpool]\n[convolutional]\nfilters=4\nsize=1\n"
                                    "stride=1\nactivation=logistic\n"
                                    "[scale_channels]\nfrom=-3\n" SOFTMAX_HEAD},
    {"scale_channels, activation", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3") "[avgpool]\n[convolutional]\nfilters=4\nsize=1\n"
                                    "stride=1\nactivation=logistic\n"
                                    "[scale_channels]\nfrom=-3\nactivation="
                                    "tanh\n" SOFTMAX_HEAD},
    {"scale_channels, scale_wh", WRONG, WRONG, 0, "",
     STEM CONV(
         "filters=1\nsize=3\nactivation=logistic") "[scale_channels]\nfrom=-2\nscale_wh="
                                                   "1\nactivation=tanh\n" SOFTMAX_HEAD},
    {"sam", WRONG, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=1\nactivation=logistic") "[sam]\nfrom=-2\nactivation="
                                                         "linear\n" SOFTMAX_HEAD},
    {"dropout after leaky", RIGHT, RIGHT, 0, "",
     CONV("filters=4\nsize=3\nactivation=leaky") "[dropout]\nprobability=."
                                                 "4\n" SOFTMAX_HEAD},
    {"dropout after tanh", WRONG, WRONG, 0, "",
     STEM "[dropout]\nprobability=.4\n" SOFTMAX_HEAD},
    {"dropout after swish", WRONG, WRONG, 0, "",
     CONV("filters=4\nsize=3\nactivation=swish") "[dropout]\nprobability=."
                                                 "4\n" SOFTMAX_HEAD},
    {"dropout after mish", RIGHT, RIGHT, 0, "",
     CONV("filters=4\nsize=3\nactivation=mish") "[dropout]\nprobability=."
                                                "4\n" SOFTMAX_HEAD},
    {"two dropouts after logistic, normalized", WRONG, WRONG, 0, "",
     CONV("filters=4\nsize=3\n" BN
          "\nactivation=logistic") "[dropout]\nprobability=.4\n[dropout]\nprobability=."
                                   "3\n" SOFTMAX_HEAD},
    {"dropout after connected, logistic", WRONG, WRONG, 0, "",
     STEM "[connected]\noutput=9\nactivation=logistic\n[dropout]\nprobability=."
          "3\n" CONNECTED_HEAD},
    {"dropout after shortcut, logistic", WRONG, WRONG, 0, "",
     STEM CONV("filters=4\nsize=3") "[shortcut]\nfrom=-2\nactivation=logistic\n"
                                    "[dropout]\nprobability=.4\n" SOFTMAX_HEAD},
    {"dropblock after leaky", SLIGHT, SLIGHT, 0, "",
     CONV("filters=4\nsize=3\nactivation=leaky") "[dropout]\ndropblock=1\ndropblock_size_"
                                                 "abs=2\nprobability=.6\n" SOFTMAX_HEAD},
    {"dropblock and dropout after tanh", WRONG, WRONG, 0, "",
     STEM "[dropout]\ndropblock=1\ndropblock_size_abs=2\nprobability=.6\n"
          "[dropout]\nprobability=.3\n" SOFTMAX_HEAD},
    {"skip connection read after dropout", WRONG, RIGHT, 0, "",
     CONV("filters=4\nsize=3\nactivation=leaky") "[dropout]\nprobability=.4\n" CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-3\nactivation=linear\n" SOFTMAX_HEAD},
    {"activation", RIGHT, RIGHT, 0, "",
     STEM "[activation]\nactivation=logistic\n" SOFTMAX_HEAD},
    {"activation beside a skip connection", WRONG, WRONG, 0, "",
     STEM "[activation]\nactivation=logistic\n[route]\nlayers=-1,-2\n" SOFTMAX_HEAD},
    {"batchnorm", SLIGHT, RIGHT, 0, "",
     STEM "[batchnorm]\n[activation]\nactivation=tanh\n" SOFTMAX_HEAD},
    {"batchnorm beside a skip connection", WRONG, WRONG, 0, "",
     STEM "[batchnorm]\n[activation]\nactivation=tanh\n" CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-4\nactivation=linear\n" SOFTMAX_HEAD},
    {"batchnorm first", CRASH, CRASH, 0, "", "[batchnorm]\n" STEM SOFTMAX_HEAD},
    {"activation first", CRASH, CRASH, 0, "",
     "[activation]\nactivation=tanh\n" STEM SOFTMAX_HEAD},
    {"maxpool first", CRASH, CRASH, 0, "",
     "[maxpool]\nsize=3\nstride=1\n" STEM SOFTMAX_HEAD},
    {"crop first, then maxpool", CRASH, CRASH, 0, "width=8\nheight=8\nchannels=3",
     "[crop]\ncrop_width=6\ncrop_height=6\nflip=0\nangle=0\n"
     "[maxpool]\nsize=3\nstride=1\n" STEM SOFTMAX_HEAD},
    {"crop of two channels, not run", REFUSED, REFUSED, 0, "",
     "[crop]\ncrop_width=6\ncrop_height=6\nflip=0\nangle=0\n" STEM SOFTMAX_HEAD},
    {"softmax, groups", RIGHT, RIGHT, 0, "", STEM HEAD "[softmax]\ngroups=2\n"},
    {"softmax, tree", RIGHT, RIGHT, 0, "", STEM HEAD "[softmax]\ntree="},
    {"local", RIGHT, RIGHT, 0, "",
     STEM "[local]\nfilters=3\nsize=3\nstride=1\npad=1\nactivation=tanh\n" POOLED_HEAD},
    {"local, loss_scale, not run", REFUSED, REFUSED, 8, "loss_scale=8",
     STEM "[local]\nfilters=3\nsize=3\nstride=1\npad=1\nactivation=tanh\n" POOLED_HEAD},
    {"implicit", RIGHT, RIGHT, 0, "",
     STEM "[implicit]\nfilters=4\natoms=1\n[scale_channels]\nfrom=-2\n" SOFTMAX_HEAD},
    {"softmax, spatial, not run", REFUSED, REFUSED, 0, "",
     STEM HEAD "[softmax]\nspatial=1\n"},
    {"cost, sse", RIGHT, RIGHT, .5, "", STEM HEAD "[cost]\ntype=sse\n"},
    {"cost, smooth", RIGHT, RIGHT, .5, "", STEM HEAD "[cost]\ntype=smooth\n"},
    {"cost, loss_scale", WRONG, WRONG, 4, "loss_scale=8", STEM HEAD "[cost]\ntype=sse\n"},
    {"optimized_memory, not run", REFUSED, REFUSED, 0, "optimized_memory=1",
     STEM SOFTMAX_HEAD},
    {"coordconv, not run", REFUSED, REFUSED, 0, "",
     CONV("filters=4\nsize=3\ncoordconv=1") SOFTMAX_HEAD},
    {"sway, not run", REFUSED, REFUSED, 0, "",
     CONV("filters=4\nsize=3\nsway=1") SOFTMAX_HEAD},
    {"rnn, not run", REFUSED, REFUSED, 0, "",
     STEM "[rnn]\noutput=4\nhidden=4\nactivation=tanh\n[softmax]\n"},
    {"residual, projection, concatenation", WRONG, WRONG, 0, "",
     CONV(
         "filters=4\nsize=3\n" BN) "[convolutional]\nfilters=6\nsize=1\nstride=1\n" BN
                                   "\nactivation=linear\n"
                                   "[route]\nlayers=-2\n" CONV("filters=6\nsize=3\n" BN) "[dropout]\nprobability=.3\n" CONV(
                                       "filters=6\nsize=3\n" BN
                                       "\nactivation=linear") "[shortcut]\nfrom=-"
                                                              "5\nactivation=leaky\n"
                                                              "[maxpool]\nsize=2\nstride="
                                                              "2\n[upsample]\nstride=2\n"
                                                              "[route]\nlayers=-1,-3,"
                                                              "0\n" CONV(
                                                                  "filters=5\nsize="
                                                                  "1\n" BN) "[avgpool]"
                                                                            "\n" CONNECTED_HEAD},
};

#if OCSP_HAS_SCALED_RATE
/* All weights of layer `l`, and what its update makes of them. */
static void update_connected(const void *hooked, struct report *out)
{
    struct ocsp_error err;
    network *net =
        host_parse("[net]\nbatch=3\nsubdivisions=1\nwidth=6\nheight=6\n"
                   "channels=2\nmax_batches=100\nloss_scale=8\n" STEM CONNECTED_HEAD);
    const layer *l = &net->layers[1];
    const size_t n = (size_t)(l->inputs * l->outputs);
    const double rate = .1, momentum = .9, decay = .01, scale = 8, batch = 3;
    float *w = filled(n, -1, 1), *u = filled(n, -9, 9), *v = filled(n, 0, 0);

    if (*(const bool *)hooked && ocsp_repair_install(net, NULL, &err))
        abort();
    cuda_push_array(l->weights_gpu, w, n);
    cuda_push_array(l->weight_updates_gpu, u, n);
    l->update_gpu(*l, (int)batch, (float)rate, (float)momentum, (float)decay,
                  (float)scale);
    for (int pass = 0; pass < 2; pass++) {
        cuda_pull_array(pass ? l->weight_updates_gpu : l->weights_gpu, v, n);
        for (size_t i = 0; i < n; i++) {
            const double sum = u[i] - decay * batch * scale * w[i];
            const double right =
                pass ? momentum * sum : w[i] + rate / batch / scale * sum;
            out->number = fmax(out->number, fabs(v[i] - right));
        }
    }
    if (cudaDeviceSynchronize() != cudaSuccess)
        abort();
}

static void test_update_under_loss_scale(void **unused)
{
    struct report report;
    bool hooked = true;

    (void)unused;
    assert_true(in_child(update_connected, &hooked, &report));
    assert_true(report.number < 1e-5);
    hooked = false;
    assert_true(!in_child(update_connected, &hooked, &report) || report.number > 1e-2);
}

#endif

/* Two iterations with dont_update=1: what the second one's gradients are. */
static void hoard(const void *hooked, struct report *out)
{
    struct ocsp_error err;
    network *net = host_parse("[net]\nbatch=3\nsubdivisions=1\nwidth=6\nheight=6\n"
                              "channels=2\nmax_batches=100\n" CONV(
                                  "filters=4\nsize=3\ndont_update=1") SOFTMAX_HEAD);
    struct array arrays[N_ARRAYS];
    float once[4], twice[4];

    state = SEED;
    const struct sample s = draw(net);
    if (*(const bool *)hooked && ocsp_repair_install(net, NULL, &err))
        abort();
    arrays_of(&net->layers[0], arrays);
    for (int k = 1; k <= 2; k++) {
        *net->seen += (uint64_t)net->batch;
        host_pass(net, s.images[0], s.truth[0], true);
        cuda_pull_array(arrays[1].update, k == 1 ? once : twice, 4);
    }
    /* it is the second iteration that may update: with one iteration's gradient, and with
     * what the last one of those before it has left */
    for (int i = 0; i < 4; i++)
        out->number = fmax(out->number, fabs((double)twice[i] / once[i] - 2));
    *net->seen -= (uint64_t)net->batch; /* a third one that may not */
    host_pass(net, s.images[0], s.truth[0], true);
    cuda_pull_array(arrays[1].update, twice, 4);
    for (int i = 0; i < 4; i++)
        out->number = fmax(out->number, fabs((double)twice[i] / once[i] - 1));
}

static void test_hoarded(void **unused)
{
    struct report report;
    bool hooked = true;

    (void)unused;
    assert_true(in_child(hoard, &hooked, &report));
    assert_true(report.number < 1e-3);
    hooked = false;
    assert_true(in_child(hoard, &hooked, &report));
    assert_true(report.number > .5);
}

/* The loss of an image whose class has the probability 0. */
static void lose(const void *hooked, struct report *out)
{
    struct ocsp_error err;
    network *net = host_parse("[net]\nbatch=1\nsubdivisions=1\nwidth=2\nheight=2\n"
                              "channels=1\nmax_batches=9\n[convolutional]\nfilters="
                              "2\nsize=2\nactivation=linear\n"
                              "[softmax]\n");
    float weights[8] = {[4] = 800}, image[4] = {1}, truth[2] = {1};

    if (*(const bool *)hooked && ocsp_repair_install(net, NULL, &err))
        abort();
    cuda_push_array(net->layers[0].weights_gpu, weights, 8);
    cudaDeviceSynchronize();
    out->number = host_pass(net, image, truth, true);
}

static void test_loss_is_finite(void **unused)
{
    struct report report;
    bool hooked = true;

    (void)unused;
    assert_true(in_child(lose, &hooked, &report));
    assert_true(fabs(report.number - 149 * M_LN2) < 1e-3);
    hooked = false;
    assert_true(in_child(lose, &hooked, &report));
    assert_true(isinf(report.number));
}

/* What the repairs keep per network: overwritten deltas, undropped outputs, gelu's
 * inputs, random numbers. */
#define REPLICA                                                                          \
    CONV("filters=4\nsize=3\n" BN)                                                       \
    "[dropout]\nprobability=.4\n" CONV(                                                  \
        "filters=4\nsize=3\nactivation=gelu") "[shortcut]\nfrom=-2\nactivation=leaky\n[" \
                                              "connected]\noutput=4\n" BN                \
                                              "\nactivation=linear\n[softmax]\n"

struct replica {
    network *net;
    struct sample sample;
    pthread_t thread;
};

static void *train_replica(void *argument)
{
    struct replica *r = argument;

    cuda_set_device(r->net->gpu_index);
    for (int k = 0; k < 3; k++)
        run(r->net, &r->sample, true);
    return NULL;
}

/* Moves the first layer's updates, of which the others' deltas are part, to `out`. */
static void take_updates(const struct replica *r, float *out)
{
    struct array arrays[N_ARRAYS];

    cuda_set_device(r->net->gpu_index);
    arrays_of(&r->net->layers[0], arrays);
    cuda_pull_array(arrays[0].update, out, arrays[0].n);
    for (int i = 0; i < r->net->n; i++) {
        arrays_of(&r->net->layers[i], arrays);
        for (int k = 0; k < N_ARRAYS; k++)
            if (arrays[k].n)
                fill_ongpu((int)arrays[k].n, 0, arrays[k].update, 1);
    }
    cudaDeviceSynchronize();
}

/* As train_networks does it: each replica on its device, in its thread. */
static void train_replicas(const void *unused, struct report *out)
{
    struct ocsp_error err;
    struct replica replicas[2];
    float alone[2][256], together[2][256];
    int n = 0;

    (void)unused;
    if (cudaGetDeviceCount(&n) != cudaSuccess || n < 2) {
        snprintf(out->text, sizeof out->text, "less than two devices");
        return;
    }
    state = SEED;
    for (int k = 0; k < 2; k++) {
        gpu_index = k;
        cuda_set_device(k);
        replicas[k].net = host_parse("[net]\nbatch=3\nsubdivisions=1\nwidth=6\nheight=6\n"
                                     "channels=2\nmax_batches=100\n" REPLICA);
        replicas[k].sample = draw(replicas[k].net);
        if (ocsp_repair_install(replicas[k].net, NULL, &err))
            abort();
        randomize(replicas[k].net, false);
    }
    for (int k = 0; k < 2; k++) {
        train_replica(&replicas[k]);
        take_updates(&replicas[k], alone[k]);
    }
    for (int k = 0; k < 2; k++)
        pthread_create(&replicas[k].thread, NULL, train_replica, &replicas[k]);
    for (int k = 0; k < 2; k++)
        pthread_join(replicas[k].thread, NULL);
    for (int k = 0; k < 2; k++) {
        take_updates(&replicas[k], together[k]);
        for (int i = 0; i < replicas[k].net->layers[0].nweights; i++)
            out->number =
                fmax(out->number, fabs((double)alone[k][i] - (double)together[k][i]));
        if (!(fabs((double)alone[k][0]) > 1e-4))
            abort();
        ocsp_repair_remove(replicas[k].net);
    }
}

static void test_replicas(void **unused)
{
    struct report report;

    (void)unused;
    assert_true(in_child(train_replicas, NULL, &report));
    if (*report.text)
        skip();
    assert_true(report.number < 1e-4);
}

static void draw_on_device(const void *unused, struct report *out)
{
    enum { N = 100000 };
    float *on_device = cuda_make_array(NULL, N), *x = filled(N, 0, 0),
          *y = filled(N, 0, 0);
    double mean = 0, square = 0, same = 0;

    (void)unused;
    for (int key = 0; key < 2; key++) {
        ocsp_gpu_draw(on_device, (uint64_t)key * N * 10, N, get_cuda_stream());
        cuda_pull_array(on_device, key ? y : x, N);
    }
    for (size_t i = 0; i < N; i++) {
        out->number += x[i] < 0 || x[i] >= 1;
        mean += (double)x[i] / N;
        square += (double)x[i] * (double)x[i] / N;
        same += x[i] == y[i];
    }
    /* uniform: mean 1/2 and mean square 1/3, to five deviations */
    if (fabs(mean - .5) > .005 || fabs(square - 1. / 3) > .005 || same > 5)
        out->number = INFINITY;
}

static void test_random_numbers(void **unused)
{
    struct report report;

    (void)unused;
    assert_true(in_child(draw_on_device, NULL, &report));
    assert_true(report.number == 0);
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

static void count_devices(const void *unused, struct report *out)
{
    int n = 0;

    (void)unused;
    out->number = cudaGetDeviceCount(&n) == cudaSuccess ? n : 0;
}

int main(int argc, char **argv)
{
    enum { N = sizeof cases / sizeof *cases };
    static struct CMUnitTest tests[N + 5];
    struct report devices = {0};
    size_t n = 0;

    /* cuDNN would round to 11 bits what finite differences nudge by less */
    setenv("NVIDIA_TF32_OVERRIDE", "0", 0);
    if (!in_child(count_devices, NULL, &devices) || devices.number < 1) {
        printf("1..1\nok 1 - # SKIP no CUDA device: the device tests are skipped\n");
        return 0;
    }
    for (size_t k = 0; k < N; k++)
        if ((argc < 2 || strstr(cases[k].name, argv[1])) && is_known(&cases[k]))
            tests[n++] =
                (struct CMUnitTest){.name = cases[k].name,
                                    .test_func = test_case,
                                    .initial_state = (void *)(uintptr_t)&cases[k]};
    if (argc < 2) {
#if OCSP_HAS_SCALED_RATE
        tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_update_under_loss_scale);
#endif
        if (OCSP_HAS_DONT_UPDATE)
            tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_hoarded);
        tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_loss_is_finite);
        tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_random_numbers);
        tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_replicas);
    }
    tree_file = host_write(classes);
    const int failed =
        _cmocka_run_group_tests("gradients on the device", tests, n, NULL, NULL);
    unlink(tree_file);
    free(tree_file);
    return failed;
}
