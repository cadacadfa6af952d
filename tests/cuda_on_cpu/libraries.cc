/* Of cuBLAS and cuRAND, what Darknet calls. */
#include "cublas_v2.h"
#include "curand.h"
#include "internal.h"
#include "product.h"

#include <vector>

struct cuda_on_cpu_blas {
    cudaStream_t stream;
};

struct cuda_on_cpu_rng {
    uint64_t state;
    cudaStream_t stream;
};

namespace
{
/* op(X)[rows, columns], without `op`. */
std::vector<float> packed(cublasOperation_t op, const float *X, int ld, int rows,
                          int columns)
{
    std::vector<float> p((size_t)rows * columns);
    for (int j = 0; j < columns; j++)
        for (int i = 0; i < rows; i++)
            p[(size_t)j * rows + i] =
                op == CUBLAS_OP_N ? X[(size_t)j * ld + i] : X[(size_t)i * ld + j];
    return p;
}

/* The bytes from a matrix's first element to its last. */
size_t extent(int rows, int columns, int ld)
{
    return ((size_t)ld * (columns - 1) + rows) * sizeof(float);
}

/* "splitmix64" by S. Vigna, in the public domain. */
uint64_t draw(curandGenerator_t g)
{
    uint64_t z = g->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

float draw_uniform(curandGenerator_t g)
{
    return (float)((draw(g) >> 40) + 1) * 0x1p-24f;
}
} // namespace

using namespace cuda_on_cpu;

extern "C" {
cublasStatus_t cublasCreate(cublasHandle_t *handle)
{
    *handle = new cuda_on_cpu_blas{};
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy(cublasHandle_t handle)
{
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream)
{
    handle->stream = stream;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t)
{
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSgemm(cublasHandle_t handle, cublasOperation_t ta,
                           cublasOperation_t tb, int m, int n, int k, const float *alpha,
                           const float *A, int lda, const float *B, int ldb,
                           const float *beta, float *C, int ldc)
{
    const bool at = ta != CUBLAS_OP_N, bt = tb != CUBLAS_OP_N;
    if (!handle)
        return CUBLAS_STATUS_NOT_INITIALIZED;
    if (m < 0 || n < 0 || k < 0 || lda < (at ? k : m) || ldb < (bt ? n : k) || ldc < m)
        return CUBLAS_STATUS_INVALID_VALUE;
    if (!stream_fits(handle->stream))
        return CUBLAS_STATUS_EXECUTION_FAILED;
    if (m == 0 || n == 0)
        return CUBLAS_STATUS_SUCCESS;
    if (k > 0) {
        check_device("Sgemm's A", A, at ? extent(k, m, lda) : extent(m, k, lda));
        check_device("Sgemm's B", B, bt ? extent(n, k, ldb) : extent(k, n, ldb));
    }
    check_device("Sgemm's C", C, extent(m, n, ldc));
    submit(handle->stream, [=, alpha = *alpha, beta = *beta] {
        const device_access access;
        const std::vector<float> a = packed(ta, A, lda, m, k),
                                 b = packed(tb, B, ldb, k, n);
        for (int j = 0; j < n; j++)
            for (int i = 0; i < m; i++) {
                float &c = C[(size_t)j * ldc + i];
                c = beta == 0 ? 0 : beta * c;
            }
        add_product(m, n, k, alpha, a.data(), b.data(), C, ldc);
    });
    return CUBLAS_STATUS_SUCCESS;
}

curandStatus_t curandCreateGenerator(curandGenerator_t *generator, curandRngType_t)
{
    *generator = new cuda_on_cpu_rng{};
    return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandDestroyGenerator(curandGenerator_t generator)
{
    delete generator;
    return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandSetPseudoRandomGeneratorSeed(curandGenerator_t generator,
                                                  unsigned long long seed)
{
    generator->state = seed;
    return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandSetStream(curandGenerator_t generator, cudaStream_t stream)
{
    generator->stream = stream;
    return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandGenerateUniform(curandGenerator_t generator, float *x, size_t n)
{
    check_device("curandGenerateUniform's array", x, n * sizeof *x);
    submit(generator->stream, [=] {
        const device_access access;
        for (size_t i = 0; i < n; i++)
            x[i] = draw_uniform(generator);
    });
    return CURAND_STATUS_SUCCESS;
}

curandStatus_t curandGenerateNormal(curandGenerator_t generator, float *x, size_t n,
                                    float mean, float deviation)
{
    if (n % 2 != 0)
        return CURAND_STATUS_LENGTH_NOT_MULTIPLE;
    check_device("curandGenerateNormal's array", x, n * sizeof *x);
    submit(generator->stream, [=] {
        const device_access access;
        for (size_t i = 0; i < n; i++) {
            const float r = sqrtf(-2 * logf(draw_uniform(generator)));
            x[i] = mean + deviation * r * cosf(2 * (float)M_PI * draw_uniform(generator));
        }
    });
    return CURAND_STATUS_SUCCESS;
}
}
