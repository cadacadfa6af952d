/* The image on which different programs' outputs are compared: numbers in [0, 1) that
 * depend on nothing but their place. tests/tools/opencv_outputs.py makes the same. */
#ifndef OCSP_TESTS_MADE_UP_IMAGE_H
#define OCSP_TESTS_MADE_UP_IMAGE_H

#include <stddef.h>
#include <stdint.h>

static inline void make_up_image(float *image, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        uint32_t h = (uint32_t)k * 2654435761u;
        h ^= h >> 15;
        h *= 2246822519u;
        h ^= h >> 13;
        image[k] = (float)(h >> 8) / 16777216.0F;
    }
}

#endif
