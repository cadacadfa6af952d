#include "train/augment.h"

#include <stdlib.h>
#include <string.h>

#include "net/random_bits.h"

/* Pixel (y, x) of the plane [h, w] becomes what was at (y + dy, x + dx), or 0. */
static void shift_plane(float *plane, int h, int w, int dy, int dx)
{
    const int left = dx < 0 ? -dx : 0, width = w - abs(dx);

    for (int k = 0; k < h; k++) {
        /* rows in the order that reads each before it is overwritten */
        const int y = dy >= 0 ? k : h - 1 - k, from = y + dy;
        float *row = plane + (size_t)y * (size_t)w;
        if (from < 0 || from >= h || width <= 0) {
            memset(row, 0, (size_t)w * sizeof *row);
            continue;
        }
        memmove(row + left, plane + (size_t)from * (size_t)w + (dx > 0 ? dx : 0),
                (size_t)width * sizeof *row);
        memset(row, 0, (size_t)left * sizeof *row);
        memset(row + left + width, 0, (size_t)(w - left - width) * sizeof *row);
    }
}

void ocsp_augment_pad_crop(const struct ocsp_images *images, int pad, uint64_t *state)
{
    const uint64_t choices = 2 * (uint64_t)pad + 1;
    const size_t plane = (size_t)images->h * (size_t)images->w;

    for (int b = 0; b < images->n; b++) {
        const int dy = (int)(ocsp_next_random_bits(state) % choices) - pad;
        const int dx = (int)(ocsp_next_random_bits(state) % choices) - pad;
        for (int c = 0; c < images->c; c++)
            shift_plane(images->image[b] + (size_t)c * plane, images->h, images->w, dy,
                        dx);
    }
}
