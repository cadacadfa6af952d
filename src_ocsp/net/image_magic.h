/* What the first and last bytes of a file say of the image in it. */
#ifndef OCSP_NET_IMAGE_MAGIC_H
#define OCSP_NET_IMAGE_MAGIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OCSP_MAGIC_BYTES 16

enum ocsp_image_magic {
    OCSP_NO_MAGIC,     /* no image that tells what it is */
    OCSP_USUAL_MAGIC,  /* JPEG, PNG, BMP: every Darknet reads them */
    OCSP_UNUSUAL_MAGIC /* it depends on the build whether Darknet reads it */
};

/* Of a file's first n bytes. */
enum ocsp_image_magic ocsp_image_magic_of(const unsigned char *bytes, size_t n);

/* Whether a file of `size` bytes, of which these are the first and the last n, is a JPEG,
 * PNG or BMP, and ends as such a one does. What ends otherwise may still be read. */
bool ocsp_image_looks_whole(const unsigned char *first, const unsigned char *last,
                            size_t n, uint64_t size);

#endif
