/* What the first bytes of a file say of the image in it. */
#ifndef OCSP_NET_IMAGE_MAGIC_H
#define OCSP_NET_IMAGE_MAGIC_H

#include <stddef.h>

#define OCSP_MAGIC_BYTES 16

enum ocsp_image_magic {
    OCSP_NO_MAGIC,     /* no image that tells what it is */
    OCSP_USUAL_MAGIC,  /* JPEG, PNG, BMP: every Darknet reads them */
    OCSP_UNUSUAL_MAGIC /* it depends on the build whether Darknet reads it */
};

/* Of a file's first n bytes. */
enum ocsp_image_magic ocsp_image_magic_of(const unsigned char *bytes, size_t n);

#endif
