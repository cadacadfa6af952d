/* What the host's own functions make of label files, beside what ours say of them before.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/label_box.h"
#include "helpers.h"
#include "host_calls.h"
#include "net/box_text.h"
#if HOST_IS_ALEXEYAB
#include "data.h"
#endif

enum { TEXTS = 4000, PATHS = 300, MOST = 64, CLASSES = 13, MOST_TEXT = 1024 };

static const char *pick(struct random *r, const char *const *words, int n)
{
    return words[random_below(r, n)];
}
#define PICK(r, words) pick(r, words, (int)(sizeof words / sizeof *words))

/* A word of a label file: mostly what belongs there. Without 1e, which glibc's scanf
 * takes for a number, and we do not. */
static const char *random_word(struct random *r, bool is_class)
{
    static const char *const classes[] = {"0", "1", "7", "12", "+3", "007"};
    static const char *const shares[] = {"0.5", ".25",  "0.123456", "1",
                                         "0",   "1e-3", "0x1p-2",   "1."};
    static const char *const odd[] = {
        "13",  "-1", "99999999", "4294967296", "1.0",  "1e0", "-0.5", "640", "1e39",
        "nan", "",   "infinity", "-inf",       "1,5",  ",",   "+",    ".",   "#",
        "a",   "0x", "0x1",      "--1",        "1..0", "0b1", "1e-50"};

    if (random_below(r, 40) == 0)
        return PICK(r, odd);
    return is_class ? PICK(r, classes) : PICK(r, shares);
}

static void random_text(struct random *r, char text[MOST_TEXT])
{
    static const char *const blanks[] = {" ", " ", " ", "\t", "  ", "\v", " \f"};
    static const char *const ends[] = {"\n", "\n", "\n", "\r\n", "\n\n", "\r", " \n"};
    static const char *const fronts[] = {
        "", "", "", "", "", "", " ", "\n", "\xef\xbb\xbf"};
    const int lines = random_below(r, 6);

    strcpy(text, PICK(r, fronts));
    for (int i = 0; i < lines; i++) {
        const int words = random_below(r, 30) == 0 ? random_below(r, 12) : 5;
        for (int k = 0; k < words; k++) {
            strcat(text, random_word(r, k == 0));
            strcat(text, k + 1 < words ? PICK(r, blanks) : "");
        }
        if (i + 1 < lines || random_below(r, 2) == 0)
            strcat(text, PICK(r, ends));
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* How many boxes we read; −1: refused. */
static int read_ours(const char *data, struct ocsp_box box[MOST])
{
    struct ocsp_box_text text = {.path = "a", .next = data, .end = data + strlen(data)};
    bool found;
    int n = 0;

    for (;; n++) {
        assert_true(n < MOST);
        if (ocsp_box_next(&text, &box[n], &found, &test_error))
            return -1;
        if (!found)
            return n;
    }
}

/* Does scanf take the whole word for a finite number? */
static bool is_number(const char *word, bool is_whole)
{
    float share;
    int id, end = 0;

    if (is_whole)
        return sscanf(word, "%d%n", &id, &end) == 1 && word[end] == '\0';
    return sscanf(word, "%f%n", &share, &end) == 1 && word[end] == '\0' &&
           isfinite(share);
}

/* Is each line that is not blank one box to scanf, and nothing else? */
static bool is_well_formed(const char *text)
{
    char copy[MOST_TEXT], word[6][100];

    strcpy(copy, text);
    for (char *line = strtok(copy, "\n\r"); line; line = strtok(NULL, "\n\r")) {
        const int n = sscanf(line, "%99s %99s %99s %99s %99s %99s", word[0], word[1],
                             word[2], word[3], word[4], word[5]);
        if (n == EOF)
            continue;
        for (int k = 0; k < n; k++)
            if (n != 5 || !is_number(word[k], k == 0))
                return false;
    }
    return true;
}

static void what_we_accept_the_host_reads_alike(void **state)
{
    struct random r = {7};
    struct ocsp_box ours[MOST];
    char text[MOST_TEXT];
    int accepted = 0, refused = 0;

    (void)state;
    for (int i = 0; i < TEXTS; i++) {
        random_text(&r, text);
        const int n = read_ours(text, ours);
        if (n < 0 && is_well_formed(text))
            fprintf(stderr, "# refused: %s\n%s\n", test_error.text, text);
        assert_true(n >= 0 || !is_well_formed(text));
        accepted += n > 0;
        refused += n < 0;
        if (n < 0)
            continue;
        char path[] = "labels.txt";
        int theirs = -1;
        write_file(path, text);
        box_label *host = read_boxes(path, &theirs);
        assert_int_equal(theirs, n);
        for (int k = 0; k < n; k++) {
            if (ours[k].id <= INT_MAX)
                assert_int_equal(host[k].id, ours[k].id);
            assert_true(host[k].x == ours[k].x && host[k].y == ours[k].y &&
                        host[k].w == ours[k].w && host[k].h == ours[k].h);
        }
        free(host);
    }
    assert_true(accepted > TEXTS / 4 && refused > TEXTS / 4);
}

#if !HOST_IS_ALEXEYAB
void fill_truth_detection(char *path, int num_boxes, float *truth, int classes, int flip,
                          float dx, float dy, float sx, float sy);

/* Words that the host replaces in paths, whole and in parts. */
static void random_path(struct random *r, char path[256])
{
    static const char *const words[] = {
        "images", "JPEGImages", "raw",   "labels", "a",     ".jpg", ".png",
        "berry",  ".JPG",       ".JPEG", ".jpeg",  ".PNG",  "imag", "es",
        "st",     "/",          "/",     "/",      "image", ".bmp"};

    strcpy(path, "x");
    for (int k = random_below(r, 7) + 1; k > 0; k--)
        strcat(path, PICK(r, words));
    strcat(path, random_below(r, 4) ? ".jpg" : PICK(r, words));
}

static void make_folders_of(const char *path)
{
    char folder[512];

    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        assert_true(mkdir(folder, 0700) == 0 || errno == EEXIST);
    }
}

/* Whether the host finds the box of an image; it ends the process where it does not. */
static bool finds_box(char *image)
{
    const pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        float truth[5] = {0};
        freopen("/dev/null", "w", stderr);
        fill_truth_detection(image, 1, truth, CLASSES, 0, 0, 0, 1, 1);
        _exit(truth[4] == 12 && truth[0] == .5f ? 7 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static void the_host_looks_where_we_do(void **state)
{
    struct random r = {8};
    char image[256], label[OCSP_LABEL_PATH];
    int found = 0;

    (void)state;
    for (int i = 0; i < PATHS; i++) {
        random_path(&r, image);
        const bool has_name = ocsp_host.labels->path(image, label);
        if (strchr(image, '/') == image + strlen(image) - 1 ||
            label[strlen(label) - 1] == '/')
            continue;
        if (!has_name) {
            assert_string_equal(label, image);
            continue;
        }
        make_folders_of(label);
        if (access(label, F_OK) == 0)
            continue; /* a folder by now */
        write_file(label, "12 .5 .5 .25 .25\n");
        assert_true(finds_box(image));
        assert_int_equal(remove(label), 0);
        assert_false(finds_box(image));
        found++;
    }
    assert_true(found > PATHS / 2);
}

/* Without num_boxes= in the host's way: as `detector train` does it, with any cut. */
static void check_truth(struct random *r, const struct ocsp_label_limits *limits, int n)
{
    char path[] = "t.jpg";
    float truth[5 * MOST] = {0};
    const float sx = (float)(.3 + 1.5 * random_uniform(r));
    const float sy = (float)(.3 + 1.5 * random_uniform(r));

    fill_truth_detection(path, MOST, truth, (int)limits->classes, random_below(r, 2),
                         (float)(random_uniform(r) - .5), (float)(random_uniform(r) - .5),
                         sx, sy);
    for (int k = 0; k < n && truth[5 * k] != 0; k++) {
        const float *box = truth + 5 * k;
        assert_true(box[0] > 0 && box[0] < 1 && box[1] >= 0 && box[1] < 1);
        assert_true(box[2] > 0 && box[2] <= 1 && box[3] > 0 && box[3] <= 1);
        assert_true(box[4] >= 0 && box[4] < (float)limits->classes);
    }
}

/* The head writes to the place of the box and its class. */
static void what_we_accept_stays_in_the_heads_arrays(void **state)
{
    const struct ocsp_label_limits limits = {
        .host = &ocsp_host, .classes = CLASSES, .boxes = MOST};
    struct random r = {9};
    struct ocsp_box box[MOST];
    char text[MOST_TEXT];
    int accepted = 0;

    (void)state;
    for (int i = 0; i < TEXTS; i++) {
        random_text(&r, text);
        const int n = read_ours(text, box);
        const struct ocsp_box_text at = {.path = "x.txt", .line = 1};
        uint32_t kinds = 0;
        bool fits = n > 0;
        for (int k = 0; k < n && fits; k++)
            fits = !ocsp_label_box_check(&box[k], &at, &limits, &kinds, &test_error);
        if (!fits)
            continue;
        write_file("t.txt", text);
        check_truth(&r, &limits, n);
        accepted++;
    }
    assert_true(accepted > TEXTS / 4);
}
#endif

static int enter_folder(void **state)
{
    return make_quick_test_folder(state) || chdir(test_folder);
}

static int leave_folder(void **state)
{
    return chdir("/") || remove_test_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_we_accept_the_host_reads_alike),
#if !HOST_IS_ALEXEYAB
        cmocka_unit_test(the_host_looks_where_we_do),
        cmocka_unit_test(what_we_accept_stays_in_the_heads_arrays),
#endif
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
