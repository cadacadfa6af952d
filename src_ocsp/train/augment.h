/* Augmentation that a host's loader lacks, on the images it has loaded. */
#ifndef OCSP_TRAIN_AUGMENT_H
#define OCSP_TRAIN_AUGMENT_H

#include <stdint.h>

#include "hosts/host.h"

/* Random crops of images padded with `pad` zeros on each side (He et al. 2016, CIFAR-10):
 * every image [c, h, w] moves by −pad … pad pixels in x and in y, drawn from `state`
 * (splitmix64), and zeros move in. */
void ocsp_augment_pad_crop(const struct ocsp_images *images, int pad, uint64_t *state);

#endif
