#include "net/image_magic.h"

#include <string.h>

struct magic {
    size_t at, length;
    const char *bytes;
    enum ocsp_image_magic kind;
};

static const struct magic magics[] = {
    {0, 3, "\xff\xd8\xff", OCSP_USUAL_MAGIC},
    {0, 8, "\x89PNG\r\n\x1a\n", OCSP_USUAL_MAGIC},
    {0, 2, "BM", OCSP_USUAL_MAGIC},
    {0, 4, "GIF8", OCSP_UNUSUAL_MAGIC},
    {8, 4, "WEBP", OCSP_UNUSUAL_MAGIC},
    {0, 4, "II*\0", OCSP_UNUSUAL_MAGIC}, /* TIFF, and that of large files */
    {0, 4, "MM\0*", OCSP_UNUSUAL_MAGIC},
    {0, 4, "II+\0", OCSP_UNUSUAL_MAGIC},
    {0, 4, "MM\0+", OCSP_UNUSUAL_MAGIC},
    {0, 4, "8BPS", OCSP_UNUSUAL_MAGIC},             /* PSD */
    {0, 4, "\x53\x80\xf6\x34", OCSP_UNUSUAL_MAGIC}, /* PIC */
    {0, 4, "\x59\xa6\x6a\x95", OCSP_UNUSUAL_MAGIC}, /* Sun raster */
    {0, 4, "\x76\x2f\x31\x01", OCSP_UNUSUAL_MAGIC}, /* OpenEXR */
    {0, 4, "\0\0\0\x0c", OCSP_UNUSUAL_MAGIC},       /* JPEG 2000, and its bare stream */
    {0, 4, "\xff\x4f\xff\x51", OCSP_UNUSUAL_MAGIC},
    {4, 4, "ftyp", OCSP_UNUSUAL_MAGIC}, /* AVIF */
    {0, 2, "#?", OCSP_UNUSUAL_MAGIC},   /* Radiance */
};

/* P1 … P7, PF and Pf of Netpbm, and a blank behind it. */
static int is_netpbm(const unsigned char *bytes, size_t n)
{
    return n > 2 && bytes[0] == 'P' && strchr("1234567Ff", bytes[1]) && bytes[1] &&
           strchr(" \t\r\n", bytes[2]) && bytes[2];
}

enum ocsp_image_magic ocsp_image_magic_of(const unsigned char *bytes, size_t n)
{
    for (size_t k = 0; k < sizeof magics / sizeof *magics; k++)
        if (n >= magics[k].at + magics[k].length &&
            memcmp(bytes + magics[k].at, magics[k].bytes, magics[k].length) == 0)
            return magics[k].kind;
    return is_netpbm(bytes, n) ? OCSP_UNUSUAL_MAGIC : OCSP_NO_MAGIC;
}

/* The size that a BMP says of itself; 0: it says none. */
static uint64_t size_of_bmp(const unsigned char *first)
{
    return first[2] | (uint64_t)first[3] << 8 | (uint64_t)first[4] << 16 |
           (uint64_t)first[5] << 24;
}

bool ocsp_image_looks_whole(const unsigned char *first, const unsigned char *last,
                            size_t n, uint64_t size)
{
    if (ocsp_image_magic_of(first, n) != OCSP_USUAL_MAGIC || n < OCSP_MAGIC_BYTES)
        return false;
    switch (first[0]) {
    case 0xff:
        return memcmp(last + n - 2, "\xff\xd9", 2) == 0;
    case 0x89:
        return memcmp(first + 12, "IHDR", 4) == 0 && memcmp(last + n - 8, "IEND", 4) == 0;
    default:
        return size_of_bmp(first) <= size;
    }
}
