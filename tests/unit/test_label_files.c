/* All label files of a list, in a made-up host: what is refused, and what is said in a
 * line. */
#include "cli/label_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helpers.h"

static bool put_txt_behind(const char *image, char *label)
{
    if (strstr(image, "nameless"))
        return false;
    snprintf(label, OCSP_LABEL_PATH, "%s.txt", image);
    return true;
}

static const struct ocsp_host_labels habits = {.path = put_txt_behind,
                                               .endings = "of none",
                                               .may_be_missing = true,
                                               .missing_list = "missing",
                                               .noted_list = "noted",
                                               .outside = OCSP_BOX_NOTED,
                                               .corner = OCSP_BOX_DROPPED,
                                               .noted_path = 10,
                                               .boxes = 3};
static const struct ocsp_host pony = {.name = "Pony", .labels = &habits};
static const struct ocsp_label_limits limits = {
    .host = &pony, .classes = 4, .boxes = 3, .least_w = .1, .least_h = .2};

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* Checks the list, and returns what is said, until the next call. */
static const char *check(const char *images, bool is_accepted)
{
    static char said[2048];
    const int out = dup(1), file = open("said", O_RDWR | O_CREAT | O_TRUNC, 0600);

    write_file("list", images);
    assert_true(out >= 0 && file >= 0);
    fflush(stdout);
    assert_int_equal(dup2(file, 1), 1);
    const enum ocsp_status status = ocsp_label_files_check("list", &limits, &test_error);
    fflush(stdout);
    assert_int_equal(dup2(out, 1), 1);
    const ssize_t n = pread(file, said, sizeof said - 1, 0);
    close(file);
    close(out);
    assert_true(n >= 0);
    said[n] = '\0';
    assert_int_equal(status == OCSP_OK, is_accepted);
    return said;
}

static void refuses(const char *images, const char *text)
{
    assert_string_equal(check(images, false), "");
    assert_string_equal(test_error.text, text);
}

#define BOXES "0 .5 .5 .3 .3\n1 .5 .5 .3 .3\n2 .5 .5 .3 .3\n"

static void what_is_right_needs_no_line(void **state)
{
    (void)state;
    write_file("a.txt", BOXES);
    write_file("b.txt", "3 .2 .2 .4 .4\r\n3 .06 .5 .12 1\r\n");
    write_file("c.txt", "3 .95 .5 .1 .2");
    assert_string_equal(check("a\nb\nc\n", true), "");
}

static void what_is_odd_is_counted(void **state)
{
    (void)state;
    write_file("a.txt", BOXES);
    write_file("b.txt", BOXES "0 .5 .5 .4 .4\n");
    write_file("e.txt", " \n\n");
    write_file("o.txt", "0 1.5 .5 .3 .3\n0 .5 .5 .3 .3\n");
    write_file("c.txt", "0 0 0 .3 .3\n0 .5 .5 .3 .3\n");
    write_file("s.txt", "0 .5 .5 .3 .1\n");
    write_file("p.txt", "0 .9 .5 .3 .3\n");
    write_file("t.txt", "0 .9 .5 .2 .3\n1 .9 .5 .2 .3\n0 .9 .5 .2 .3\n");
    assert_string_equal(
        check("a\nm\nb\ne\no\nc\ns\np\nt\ne\nm/m\n", true),
        "ocsp: list: 16 boxes, 11 images: 2 without a label file (first: line 2), 2 with "
        "an empty label file (first: line 4), 1 with more boxes than the net takes "
        "(first: "
        "line 3), 1 with a box outside the image (first: line 5), 1 with a centre at 0 0 "
        "(first: line 6), 1 with a box that is too small (first: line 7), 1 with a box "
        "partly outside (first: line 8), 1 with the same box twice (first: line 9); none "
        "of class 3\n");
    assert_string_equal(
        check("s\np\n", true),
        "ocsp: list: 2 boxes, 2 images: 1 with a box that is too small "
        "(first: line 1), 1 with a box partly outside (first: line 2); none "
        "of 3 classes, of which 1 is the first\n");
}

static void the_first_fault_is_named(void **state)
{
    enum { N = 1000 };
    char *images = calloc(N, 8), label[16];

    (void)state;
    assert_non_null(images);
    for (int i = 0; i < N; i++) {
        sprintf(images + strlen(images), "i%d\n", i);
        sprintf(label, "i%d.txt", i);
        write_file(label, i % 100 == 42 ? "0 .5 .5 .3 .3\n\n4 .5 .5 .3 .3\n" : BOXES);
    }
    for (int again = 0; again < 20; again++)
        refuses(images, "i42.txt:3: class 4, but the net has 4, which count from 0: "
                        "correct the label, or classes= in the cfg (and 9 more label "
                        "files cannot be used)");
    free(images);
}

static void lists_without_boxes_are_refused(void **state)
{
    (void)state;
    write_file("e.txt", "");
    refuses("m\nn\n", "list: none of its 2 images has a label file: for the first Pony's "
                      "Darknet looks for 'm.txt'");
    refuses("m\ne\n", "list: there are no boxes in any label file of its 2 images");
    write_file("s.txt", "0 .5 .5 .3 .1\n0 0 0 .3 .3\n");
    write_file("o.txt", "0 1.5 .5 .3 .3\n");
    refuses("s\no\nm\n", "list: none of its 3 boxes is in the image and large enough: "
                         "Darknet takes shares of the image's size, from 0 to 1");
    refuses("nameless\n",
            "list:1: image 'nameless': Pony's Darknet finds label files for "
            "these endings alone: of none");
}

/* The host writes the name by a shell. */
static void notes_of_a_box_must_fit(void **state)
{
    static const char outside[] = "0 .5 .5 .3 .3\n0 -.5 .5 .3 .3\n";

    (void)state;
    write_file("123456.txt", outside);
    check("123456\n", true);
    write_file("1234567.txt", outside);
    refuses("1234567\n",
            "1234567.txt:2: a box outside the image, of which Pony's Darknet "
            "makes a note by a shell, and this file's name is too long or "
            "has signs of a shell: remove it");
    write_file("a;b.txt", outside);
    refuses("a;b\n",
            "a;b.txt:2: a box outside the image, of which Pony's Darknet makes a "
            "note by a shell, and this file's name is too long or has signs of a "
            "shell: remove it");
}

static void what_the_host_notes_goes_to_regular_files(void **state)
{
    (void)state;
    write_file("a.txt", BOXES);
    write_file("o.txt", "0 1.5 .5 .3 .3\n0 .5 .5 .3 .3\n");
    assert_int_equal(mkfifo("missing", 0600), 0);
    assert_int_equal(symlink("a.txt", "noted"), 0);
    refuses("a\nm\n", "missing: Pony's Darknet notes label files there that are missing "
                      "or wrong: not a regular file");
    refuses("a\no\n", "noted: Pony's Darknet notes label files there that are missing or "
                      "wrong: not a regular file");
    check("a\n", true); /* they are not needed */
    assert_int_equal(remove("missing"), 0);
    write_file("missing", "");
    check("a\nm\n", true);
    assert_int_equal(remove("noted"), 0);
    check("a\no\n", true);
}

static void large_files_are_read_whole(void **state)
{
    char *text = calloc(20000, 16);

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < 20000; i++)
        strcpy(text + 14 * i, "0 .5 .5 .3 .3\n");
    write_file("a.txt", text);
    assert_non_null(strstr(check("a\n", true), "list: 20000 boxes, 1 images: 1 with "
                                               "more boxes than the net takes"));
    strcpy(text + 14 * 19999, "9 .5 .5 .3 .3");
    write_file("a.txt", text);
    refuses("a\n", "a.txt:20000: class 9, but the net has 4, which count from 0: correct "
                   "the label, or classes= in the cfg");
    free(text);
}

static int enter_folder(void **state)
{
    return make_quick_test_folder(state) || chdir(test_folder);
}

static int leave_folder(void **state)
{
    return chdir("/") || remove_test_folder(state);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_right_needs_no_line),
        IN_FOLDER(what_is_odd_is_counted),
        IN_FOLDER(the_first_fault_is_named),
        IN_FOLDER(lists_without_boxes_are_refused),
        IN_FOLDER(notes_of_a_box_must_fit),
        IN_FOLDER(what_the_host_notes_goes_to_regular_files),
        IN_FOLDER(large_files_are_read_whole)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
