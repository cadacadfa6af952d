#include "net/image_magic.h"

#include <string.h>

#include "helpers.h"

static void check_magic(const char *bytes, size_t n, enum ocsp_image_magic magic)
{
    assert_int_equal(ocsp_image_magic_of((const unsigned char *)bytes, n), magic);
}

static void first_bytes_tell_the_kind(void **state)
{
    (void)state;
    check_magic("\xff\xd8\xff\xe0", 4, OCSP_USUAL_MAGIC);
    check_magic("\x89PNG\r\n\x1a\n", 8, OCSP_USUAL_MAGIC);
    check_magic("BM", 2, OCSP_USUAL_MAGIC);
    check_magic("GIF89a", 6, OCSP_UNUSUAL_MAGIC);
    check_magic("RIFF\1\2\3\4WEBP", 12, OCSP_UNUSUAL_MAGIC);
    check_magic("P6\n", 3, OCSP_UNUSUAL_MAGIC);
    check_magic("P5 ", 3, OCSP_UNUSUAL_MAGIC);
    check_magic("", 0, OCSP_NO_MAGIC);
    check_magic("\xff\xd8", 2, OCSP_NO_MAGIC);
    check_magic("\x89PNG", 4, OCSP_NO_MAGIC);
    check_magic("P6", 2, OCSP_NO_MAGIC);
    check_magic("P9\n", 3, OCSP_NO_MAGIC);
    check_magic("P\0\n", 3, OCSP_NO_MAGIC);
    check_magic("RIFF\1\2\3\4WAVE", 12, OCSP_NO_MAGIC);
    check_magic("<html>", 6, OCSP_NO_MAGIC);
    check_magic("\0\0\0\0", 4, OCSP_NO_MAGIC);
}

static bool is_whole(const char *first, const char *last, uint64_t size)
{
    return ocsp_image_looks_whole((const unsigned char *)first,
                                  (const unsigned char *)last, OCSP_MAGIC_BYTES, size);
}

static void last_bytes_tell_of_a_cut(void **state)
{
    static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    static const char jpeg[] = "\xff\xd8\xff\xe0............";
    static const char bmp[] = "BM\x10\1\0\0..........";
    static const char none[] = "................";
    (void)state;

    assert_true(is_whole(png, "....\0\0\0\0IEND\xae\x42\x60\x82", 99));
    assert_false(is_whole(png, none, 99));
    assert_false(
        is_whole("\x89PNG\r\n\x1a\n........", "....\0\0\0\0IEND\xae\x42\x60\x82", 99));
    assert_true(is_whole(jpeg, "..............\xff\xd9", 99));
    assert_false(is_whole(jpeg, "..............\xff\xd8", 99));
    assert_true(is_whole(bmp, none, 0x110));
    assert_false(is_whole(bmp, none, 0x10f));
    assert_false(is_whole("GIF89a..........", none, 99));
    assert_false(is_whole(none, none, 99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(first_bytes_tell_the_kind),
                                       cmocka_unit_test(last_bytes_tell_of_a_cut)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
