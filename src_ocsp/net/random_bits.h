/* SplitMix64 (Steele, Lea, Flood 2014): neighbouring states give unlike numbers. */
#ifndef OCSP_NET_RANDOM_BITS_H
#define OCSP_NET_RANDOM_BITS_H

#include <stdint.h>

#ifdef __CUDACC__
#define OCSP_ON_DEVICE_TOO __host__ __device__
#else
#define OCSP_ON_DEVICE_TOO
#endif

/* The next 64 random bits of a sequence, of which `state` is the position. */
OCSP_ON_DEVICE_TOO static inline uint64_t ocsp_next_random_bits(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 64 bits that look random and follow from x alone. */
OCSP_ON_DEVICE_TOO static inline uint64_t ocsp_random_bits_of(uint64_t x)
{
    return ocsp_next_random_bits(&x);
}

#endif
