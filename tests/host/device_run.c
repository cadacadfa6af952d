#include "device_run.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

unsigned long noise_state;

static double noise(void)
{
    noise_state = noise_state * 6364136223846793005UL + 1442695040888963407UL;
    return (double)(noise_state >> 40) / (1 << 24) * 2 - 1;
}

float *filled(size_t n, double low, double high)
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

const char classes[] = "a -1\nb -1\nc 0\nd 0\n";
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

struct sample draw(const network *net)
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

void arrays_of(const layer *l, struct array out[N_ARRAYS])
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

void randomize(const network *net, bool weak)
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

double run(network *net, const struct sample *s, bool backward)
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

bool in_child(child *task, const void *argument, struct report *out)
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

static void count_devices(const void *unused, struct report *out)
{
    int n = 0;

    (void)unused;
    out->number = cudaGetDeviceCount(&n) == cudaSuccess ? n : 0;
}

bool has_device(void)
{
    struct report devices = {0};

    /* cuDNN would round to 11 bits what finite differences nudge by less */
    setenv("NVIDIA_TF32_OVERRIDE", "0", 0);
    if (in_child(count_devices, NULL, &devices) && devices.number >= 1)
        return true;
    printf("1..1\nok 1 - # SKIP no CUDA device: the device tests are skipped\n");
    return false;
}
