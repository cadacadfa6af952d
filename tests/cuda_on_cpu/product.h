/* A product of matrices, for the libraries. */
#ifndef CUDA_ON_CPU_PRODUCT_H
#define CUDA_ON_CPU_PRODUCT_H

#include <stddef.h>

namespace cuda_on_cpu
{
/* Columns of C += alpha A B, for `rows` rows: these stay in the cache. */
template <int N, class T>
void add_columns(int rows, int m, int k, T alpha, const T *A, const T *B, T *C, int ldc)
{
    for (int l = 0; l < k; l++) {
        T b[N];
        for (int n = 0; n < N; n++)
            b[n] = alpha * B[(size_t)n * k + l];
        const T *a = A + (size_t)l * m;
        for (int n = 0; n < N; n++)
            for (int i = 0; i < rows; i++)
                C[(size_t)n * ldc + i] += a[i] * b[n];
    }
}

/* C[m,n] += alpha A[m,k] B[k,n], column-major; A and B without gaps. */
template <class T>
void add_product(int m, int n, int k, T alpha, const T *A, const T *B, T *C, int ldc)
{
    constexpr int ROWS = 512, COLUMNS = 4;
    for (int i = 0; i < m; i += ROWS) {
        const int rows = m - i < ROWS ? m - i : ROWS;
        int j = 0;
        for (; j + COLUMNS <= n; j += COLUMNS)
            add_columns<COLUMNS>(rows, m, k, alpha, A + i, B + (size_t)j * k,
                                 C + (size_t)j * ldc + i, ldc);
        for (; j < n; j++)
            add_columns<1>(rows, m, k, alpha, A + i, B + (size_t)j * k,
                           C + (size_t)j * ldc + i, ldc);
    }
}
} // namespace cuda_on_cpu

#endif
