#ifndef CUDA_ON_CPU_CURAND_H
#define CUDA_ON_CPU_CURAND_H

#include "cuda_on_cpu.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CURAND_STATUS_SUCCESS = 0,
    CURAND_STATUS_LENGTH_NOT_MULTIPLE = 105
} curandStatus_t;

typedef enum { CURAND_RNG_PSEUDO_DEFAULT = 100 } curandRngType_t;
typedef struct cuda_on_cpu_rng *curandGenerator_t;

curandStatus_t curandCreateGenerator(curandGenerator_t *generator, curandRngType_t type);
curandStatus_t curandDestroyGenerator(curandGenerator_t generator);
curandStatus_t curandSetPseudoRandomGeneratorSeed(curandGenerator_t generator,
                                                  unsigned long long seed);
curandStatus_t curandSetStream(curandGenerator_t generator, cudaStream_t stream);

/* In (0, 1]. The numbers are not CUDA's. */
curandStatus_t curandGenerateUniform(curandGenerator_t generator, float *x, size_t n);
curandStatus_t curandGenerateNormal(curandGenerator_t generator, float *x, size_t n,
                                    float mean, float deviation);

#ifdef __cplusplus
}
#endif

#endif
