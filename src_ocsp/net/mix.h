/* SplitMix64 (Steele, Lea, Flood 2014): neighbouring states give unlike numbers. */
#ifndef OCSP_NET_MIX_H
#define OCSP_NET_MIX_H

#include <stdint.h>

#ifdef __CUDACC__
#define OCSP_ON_DEVICE_TOO __host__ __device__
#else
#define OCSP_ON_DEVICE_TOO
#endif

/* The next number; moves the state on. */
OCSP_ON_DEVICE_TOO static inline uint64_t ocsp_draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

OCSP_ON_DEVICE_TOO static inline uint64_t ocsp_mix(uint64_t x)
{
    return ocsp_draw(&x);
}

#endif
