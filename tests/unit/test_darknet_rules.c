/* What Debian's and AlexeyAB's Darknet refuse, crash on or misread: values, and layers in
 * a place that does not suit them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lint_expect.h"

#define IMAGE "[net]\nwidth=16\nheight=16\nchannels=3\n"
#define FIRST IMAGE CONV("")
#define HEAD_CONV(filters)                                                               \
    FIRST "[convolutional]\nfilters=" filters                                            \
          "\nsize=1\nstride=1\npad=1\nactivation=linear\n"
#define BOTH(text, wanted)                                                               \
    do {                                                                                 \
        lint_expect_text(OCSP_DEBIAN, text, wanted);                                     \
        lint_expect_text(OCSP_ALEXEYAB, text, wanted);                                   \
    } while (0)

#define NUMBER ": misread: it reads another number, or 0"
#define LIST                                                                             \
    ": misread: it reads other numbers: it wants them with commas between, and nothing " \
    "else"

static void numbers_are_what_they_look_like(void **state)
{
    static const char *const odd[] = {"1e3", "0.5", "0x10", "x",     "[4]",        "=4",
                                      "4,4", "4f",  "nan",  "\"4\"", "99999999999"};
    char text[1024], wanted[256];

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        snprintf(text, sizeof text, HEAD_CONV("18") "[yolo]\nnum=3\nmax=%s\nclasses=1\n",
                 odd[i]);
        snprintf(wanted, sizeof wanted, "[yolo] max=%s" NUMBER, odd[i]);
        BOTH(text, wanted);
    }
    BOTH(HEAD_CONV("18") "[yolo]\nnum=3\nmax=90.0\nclasses=1 # one\n", "");
    BOTH(HEAD_CONV("18") "[yolo]\nnum = 3\nmax=+90;\nclasses=01\n", "");
    BOTH(FIRST "[softmax]\ntemperature=2,5\n", "[softmax] temperature=2,5" NUMBER);
    BOTH(FIRST "[softmax]\ntemperature=1e-1\n", "");
    /* of two equal keys the first counts */
    BOTH(FIRST "[softmax]\ntemperature=2\ntemperature=x\n", "");
    BOTH(IMAGE "batch=4x\n" CONV(""), "[net] batch=4x" NUMBER);
}

static void a_key_without_a_value_is_skipped(void **state)
{
    (void)state;
    BOTH(FIRST "[softmax]\ngroups=\n",
         "[softmax] groups: misread: it skips a key without "
         "a value");
    BOTH(FIRST "[softmax]\nnote=\n", "");
    BOTH(IMAGE CONV("") "[connected]\noutput=4\nactivation=\n",
         "[connected] activation: misread: it skips a key without a value");
}

static void keys_are_of_ascii(void **state)
{
#define ODD ": misread: it knows no key with such letters or blanks"
    (void)state;
    BOTH(FIRST "[softmax]\n\xc2\xa0groups=1\n", "[softmax] \xc2\xa0groups=1" ODD);
    BOTH(FIRST "[softmax]\n\xc2\xa0note=1\n", "");
    lint_expect_text(OCSP_DEBIAN, FIRST "[softmax]\ngroups=1\r#\n",
                     "[softmax]: misread: a carriage return within the line");
    lint_expect_text(OCSP_ALEXEYAB, FIRST "[softmax]\ngroups=1\r#\n", "");
}

static void misspelt_keys_are_noticed(void **state)
{
#define ALMOST                                                                           \
    ": misread: it does not know this key, but one that is almost the same, and takes "  \
    "that one's default"
    (void)state;
    BOTH(FIRST "[convolutional]\nfilter=4\n", "[convolutional] filter=4" ALMOST);
    BOTH(FIRST "[convolutional]\nFilters=4\n", "[convolutional] Filters=4" ALMOST);
    BOTH(FIRST "[convolutional]\nbatchnormalize=1\n",
         "[convolutional] batchnormalize=1" ALMOST);
    BOTH(FIRST "[softmax]\ngruops=1\n", "[softmax] gruops=1" ALMOST);
    BOTH(IMAGE "btach=1\n" CONV(""), "[net] btach=1" ALMOST);
    BOTH(IMAGE "bach=1\n" CONV(""), "[net] bach=1" ALMOST);
    /* the right key stands there, too; and what is like none */
    BOTH(FIRST "[softmax]\ngruops=1\ngroups=1\nnote=1\n", "");
    BOTH(IMAGE "ocsp_reduce=.5\nlearning_rate=.1\nmax_batches=3\n" CONV(""), "");
}

static void blanks_part_no_numbers(void **state)
{
#define BLANKS "[yolo]: misread: blanks within a number: it reads both parts as one"
    (void)state;
    BOTH(HEAD_CONV("18") "[yolo]\nclasses=1\nnum=3\nanchors=1,2, 3 ,4,  5,6\n", "");
    BOTH(HEAD_CONV("18") "[yolo]\nclasses=1\nnum=3\nmax=9 0\n", BLANKS);
    BOTH(HEAD_CONV("18") "[yolo]\nclasses=1\nnum=3\nmax=90 # 1 2\n", "");
    BOTH(HEAD_CONV("18") "[yolo]\nclasses=1\nnum=3\n# max=9 0\n;max=9 0\n", "");
    BOTH(HEAD_CONV("18") "[yolo]\nclasses=1\nnum=3\nanchors=1,2,3,4 5 6\n",
         BLANKS "\n[yolo] anchors=1,2,3,456: misread: less than two for each of num=: it "
                "takes .5 for the rest");
}

static void lists_have_commas_between(void **state)
{
#define THREE(keys) HEAD_CONV("18") "[yolo]\nclasses=1\nnum=6\n" keys
#define TWELVE "anchors=1,1,2,2,3,3,4,4,5,5,6,6\n"
    (void)state;
    BOTH(THREE("mask=3,4,5\n" TWELVE), "");
    BOTH(THREE("mask=3,4,5 # the large\n" TWELVE), "");
    BOTH(THREE("mask=[3,4,5]\n" TWELVE), "[yolo] mask=[3,4,5]" LIST);
    BOTH(THREE("mask=3,,5\n" TWELVE), "[yolo] mask=3,,5" LIST);
    BOTH(THREE("mask=3,x,5\n" TWELVE), "[yolo] mask=3,x,5" LIST);
    BOTH(THREE("mask=3,4.5,5\n" TWELVE), "[yolo] mask=3,4.5,5" LIST);
    BOTH(HEAD_CONV("12") "[yolo]\nclasses=1\nnum=2\nanchors = [[4, 4], [8, 8]]\n",
         "[yolo] anchors=[[4,4],[8,8]]" LIST);
    lint_expect_text(OCSP_DEBIAN, THREE("mask=3,4,5 # a, b\n" TWELVE),
                     "[yolo] mask=3,4,5#a,b: misread: it counts the commas of the "
                     "comment, too");
    lint_expect_text(OCSP_ALEXEYAB, THREE("mask=3,4,5 # a, b\n" TWELVE), "");
}

/* As OpenCV 4.6 does. */
static void opencv_reads_values_alike(void **state)
{
    (void)state;
    lint_expect(OCSP_OPENCV, "[maxpool]\nsize=2\nstride=1\npadding=1\n", "");
    lint_expect(OCSP_OPENCV, "[softmax]\nactivation=linear\n",
                "[softmax]: misread: it "
                "normalizes each place of a map");
    lint_expect_text(OCSP_OPENCV, THREE("mask=3,4,5\n" TWELVE), "");
    lint_expect_text(OCSP_OPENCV, THREE("mask=[3,4,5]\n" TWELVE),
                     "[yolo] mask=[3,4,5]" LIST);
    lint_expect_text(OCSP_OPENCV, THREE("mask=3,4,5 # a,b\n" TWELVE),
                     "[yolo] mask=3,4,5#a,b: misread: it counts the commas of the "
                     "comment, too");
    lint_expect_text(OCSP_OPENCV, THREE("mask=3,4,5\nscale_x_y=x\n" TWELVE),
                     "[yolo] scale_x_y=x" NUMBER);
    lint_expect_text(OCSP_OPENCV, THREE("mask=3,4,5\nscale_x_y=\n" TWELVE),
                     "[yolo] scale_x_y: misread: it reads 0 where a value is missing");
    lint_expect_text(OCSP_OPENCV, THREE("mask=3,4,5\nscale_x_y=1 .5\n" TWELVE), BLANKS);
}

static void heads_must_be_possible(void **state)
{
#define IMPOSSIBLE                                                                       \
    "[region]: refused: it needs num= of 1 or more, classes= of 0 or more, coords= of "  \
    "4 "                                                                                 \
    "or more"
    (void)state;
    BOTH(HEAD_CONV("12") "[region]\nclasses=1\nnum=2\n", "");
    BOTH(HEAD_CONV("12") "[region]\nclasses=4\nnum=2\ncoords=1\n", IMPOSSIBLE);
    BOTH(HEAD_CONV("6") "[region]\nclasses=-2\nnum=2\n", IMPOSSIBLE);
    BOTH(HEAD_CONV("12") "[region]\nclasses=-11\nnum=-2\n", IMPOSSIBLE);
    BOTH(HEAD_CONV("18") "[yolo]\nclasses=1\nnum=3\nmap=no/such.map\n",
         "[yolo] map=no/such.map: refused: no such file, seen from the current folder");
    BOTH(FIRST
         "[connected]\noutput=48\n[detection]\nside=2\nnum=2\nclasses=2\ncoords=4\n",
         "");
    BOTH(FIRST
         "[connected]\noutput=40\n[detection]\nside=2\nnum=2\nclasses=2\ncoords=4\n",
         "[detection] side=2: refused: its input must have side * side * ((1 + coords) "
         "num + classes) numbers");
    lint_expect_text(OCSP_DEBIAN, HEAD_CONV("12") "[iseg]\nclasses=8\nids=4\n",
                     "[iseg]: refused: it crashes at inference: its forward pass reads "
                     "labels");
}

static void boxes_have_room(void **state)
{
#define YOLO_OF(filters, classes)                                                        \
    "[convolutional]\nfilters=" filters                                                  \
    "\nsize=1\nactivation=linear\n[yolo]\nclasses=" classes "\nnum=3\n"
#define ROOM                                                                             \
    "[yolo] classes=2: refused: more than those that it makes room for, of the last "    \
    "layer (AlexeyAB: of the first head)"
    (void)state;
    BOTH(FIRST YOLO_OF("18", "1") "[route]\nlayers=-3\n" YOLO_OF("18", "1"), "");
    lint_expect_text(OCSP_DEBIAN,
                     FIRST YOLO_OF("21", "2") "[route]\nlayers=-3\n" YOLO_OF("18", "1"),
                     ROOM);
    lint_expect_text(OCSP_ALEXEYAB,
                     FIRST YOLO_OF("21", "2") "[route]\nlayers=-3\n" YOLO_OF("18", "1"),
                     "");
    lint_expect_text(OCSP_ALEXEYAB,
                     FIRST YOLO_OF("18", "1") "[route]\nlayers=-3\n" YOLO_OF("21", "2"),
                     ROOM);
    lint_expect_text(OCSP_DEBIAN, FIRST YOLO_OF("21", "2") CONV(""), ROOM);
    lint_expect_text(OCSP_ALEXEYAB, FIRST YOLO_OF("21", "2") "counters_per_class=1,2,3\n",
                     "[yolo] counters_per_class=1,2,3: refused: not one number for each "
                     "of classes=");
    lint_expect_text(OCSP_ALEXEYAB, HEAD_CONV("18") "[contrastive]\nclasses=2\n",
                     "[contrastive] yolo_layer: refused: it must be the number of a "
                     "[yolo] before it");
}

static void softmax_divides_its_input(void **state)
{
#define TEN FIRST "[connected]\noutput=10\nactivation=linear\n[softmax]\n"
#define UNEVEN ": refused: it does not divide its input evenly"
    (void)state;
    BOTH(TEN "groups=5\n", "");
    BOTH(TEN "groups=4\n", "[softmax] groups=4" UNEVEN);
    BOTH(TEN "groups=0\n", "[softmax] groups=0" UNEVEN);
    BOTH(TEN "temperature=0\n", "[softmax] temperature=0: misread: it divides by it");
    BOTH(TEN "spatial=1\n", "[softmax] spatial=1: misread: its CPU code ignores it");
}

static void trees_must_fit(void **state)
{
#define NO_TREE                                                                          \
    ": refused: no tree of as many classes as it reads numbers, each behind its parent"
    static const char fits[] = "a -1\nb -1\nc 0\nd 0", late[] = "a -1\nb -1\nc 3\nd 0\n";
    char path[] = "/tmp/ocsp-tree-XXXXXX", text[512], wanted[256];
    const int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0 && write(fd, fits, strlen(fits)) == (ssize_t)strlen(fits));
    snprintf(text, sizeof text, FIRST "[connected]\noutput=4\n[softmax]\ntree=%s\n",
             path);
    BOTH(text, "");
    snprintf(text, sizeof text, FIRST "[connected]\noutput=5\n[softmax]\ntree=%s\n",
             path);
    snprintf(wanted, sizeof wanted, "[softmax] tree=%s" NO_TREE, path);
    BOTH(text, wanted);
    assert_true(pwrite(fd, late, strlen(late), 0) == (ssize_t)strlen(late));
    snprintf(text, sizeof text, FIRST "[connected]\noutput=4\n[softmax]\ntree=%s\n",
             path);
    BOTH(text, wanted);
    close(fd);
    unlink(path);
    snprintf(wanted, sizeof wanted,
             "[softmax] tree=%s: refused: no such file, seen from the current folder",
             path);
    BOTH(text, wanted);
}

static void maps_do_not_come_of_rows(void **state)
{
#define NO_MAP(section)                                                                  \
    "[" section                                                                          \
    "]: refused: it needs a map, and reads what has no width and height for "            \
    "this program"
    static const char *const rows[] = {"gru", "softmax"};
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(text, sizeof text, FIRST "[%s]\noutput=8\n" CONV(""), rows[i]);
        BOTH(text, NO_MAP("convolutional"));
        snprintf(text, sizeof text,
                 FIRST "[%s]\noutput=8\n[dropout]\n[route]\nlayers=-1\n"
                       "[maxpool]\nsize=2\nstride=2\n",
                 rows[i]);
        BOTH(text, NO_MAP("maxpool"));
        snprintf(text, sizeof text,
                 FIRST "[%s]\noutput=8\n[connected]\noutput=8\n" CONV(""), rows[i]);
        BOTH(text, "");
    }
    lint_expect_text(OCSP_DEBIAN, FIRST "[lstm]\noutput=8\n" CONV(""),
                     NO_MAP("convolutional"));
    lint_expect_text(OCSP_ALEXEYAB, FIRST "[lstm]\noutput=8\n" CONV(""), "");
    lint_expect_text(OCSP_DEBIAN, "[net]\ninputs=48\n" CONV(""), NO_MAP("convolutional"));
    lint_expect_text(OCSP_DEBIAN, "[net]\ninputs=48\n[connected]\noutput=8\n" CONV(""),
                     "");
    BOTH(FIRST "[gru]\noutput=8\n[connected]\noutput=8\n" ADD("-2"),
         "[shortcut] from=-2: refused: it adds a layer that has no width and height for "
         "this program");
    BOTH(IMAGE "[dropout]\n" CONV(""), "[dropout]: refused: it needs a layer before it");
#define NOTHING_READS "[net]: refused: it divides by zero: no layer reads a map"
    lint_expect_text(OCSP_ALEXEYAB, IMAGE "[lstm]\noutput=4\n[rnn]\n", NOTHING_READS);
    lint_expect_text(OCSP_ALEXEYAB, IMAGE "[implicit]\natoms=2\n", NOTHING_READS);
    lint_expect_text(OCSP_ALEXEYAB, IMAGE "[connected]\n[route]\nlayers=0\n",
                     NOTHING_READS);
    lint_expect_text(OCSP_ALEXEYAB, IMAGE "[softmax]\n[lstm]\n", "");
}

static void the_net_says_what_can_be(void **state)
{
#define STEPS(keys) IMAGE "policy=steps\n" keys CONV("")
    (void)state;
    BOTH(STEPS("steps=1,2\nscales=.1,.1\n"), "");
    BOTH(STEPS("steps=1,2\nscales=.1,.1,.1\n"), "");
    BOTH(STEPS("steps=1,2,3\nscales=.1,.1\n"), "[net] scales=.1,.1: refused: less than "
                                               "steps=");
    lint_expect_text(OCSP_DEBIAN, STEPS("steps=1,2 # a, b\nscales=.1,.1\n"),
                     "[net] scales=.1,.1: refused: less than steps=");
    lint_expect_text(OCSP_ALEXEYAB, STEPS("steps=1,2 # a, b\nscales=.1,.1\n"), "");
    lint_expect_text(OCSP_ALEXEYAB, STEPS("steps=1,2\nscales=.1,.1\nseq_scales=1\n"),
                     "[net] scales=.1,.1: refused: less than steps=");
    BOTH(IMAGE "steps=1,2\nscales=1\n" CONV(""), ""); /* another policy */
    BOTH(IMAGE "subdivisions=0\n" CONV(""),
         "[net] subdivisions=0: refused: it divides by it");
    lint_expect_text(OCSP_DEBIAN, IMAGE "batch=2\nsubdivisions=4\n" CONV(""),
                     "[net] batch=2: refused: subdivisions= and time_steps= leave no "
                     "image of it");
    lint_expect_text(OCSP_ALEXEYAB, IMAGE "batch=2\nsubdivisions=4\n" CONV(""), "");
    BOTH(IMAGE "inputs=768\n" CONV(""), "");
    BOTH(IMAGE "inputs=700\n" CONV(""),
         "[net] inputs=700: refused: not width * height * channels");
    BOTH(IMAGE "batch=1100000\n" CONV(""),
         "[net] batch=1100000: refused: so many images that it cannot count the numbers "
         "of a layer");
    /* 121 numbers for each of 9 · 10^8 places */
    BOTH(
        "[net]\nwidth=30000\nheight=30000\nchannels=1\n[convolutional]\nsize=11\npad=1\n",
        (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) > 4.356e11
            ? ""
            : "[net]: refused: one of its arrays is larger than this machine's memory");
    lint_expect_text(OCSP_DEBIAN, IMAGE "[cost]\n[cost]\n",
                     "[net]: refused: it needs a layer besides [cost]");
    lint_expect_text(OCSP_DEBIAN, IMAGE "batch=8\n" CONV("") "[rnn]\noutput=8\n",
                     "[rnn]: refused: it reads batch= images where one is given: set "
                     "batch, subdivisions and time_steps to 1");
    lint_expect_text(OCSP_DEBIAN, IMAGE "batch=8\nsubdivisions=8\n" CONV("") "[rnn]\n",
                     "");
}

static void kernels_fit_their_arrays(void **state)
{
#define BEHIND "writes behind its workspace"
#define LARGE "[convolutional]\nfilters=8\nsize=3\nstride=1\npad=1\nactivation=leaky\n"
    (void)state;
    lint_expect_text(OCSP_DEBIAN, IMAGE "[local]\nsize=3\npad=1\nfilters=4\n",
                     "[local]: refused: it " BEHIND);
    lint_expect_text(OCSP_ALEXEYAB, IMAGE "[local]\nsize=3\npad=1\nfilters=4\n", "");
    lint_expect_text(OCSP_DEBIAN,
                     FIRST LARGE "[maxpool]\nsize=2\nstride=2\n[local]\nsize=3\npad=1\n",
                     "");
    BOTH(FIRST LARGE "[maxpool]\nsize=2\nstride=2\n[local]\nsize=5\npad=1\n",
         "[local] pad=1: refused: it has more or fewer windows than outputs with this "
         "padding");
    lint_expect_text(OCSP_DEBIAN, IMAGE "[crnn]\noutput_filters=4\nhidden_filters=4\n",
                     "[crnn]: refused: it " BEHIND);
    lint_expect_text(OCSP_DEBIAN,
                     "[net]\nwidth=16\nheight=8\nchannels=8\n" LARGE
                     "[crnn]\noutput_filters=4\nhidden_filters=4\n",
                     "[crnn]: misread: it takes its width for its height");
    lint_expect_text(
        OCSP_ALEXEYAB, FIRST "[crnn]\noutput=4\nhidden=4\nsize=3\n",
        "[crnn] size=3: refused: its convolutions must keep width and height");
    lint_expect_text(OCSP_ALEXEYAB, FIRST "[crnn]\noutput=4\nhidden=4\nsize=3\npad=1\n",
                     "");
    lint_expect_text(OCSP_ALEXEYAB, FIRST "[conv_lstm]\noutput=4\npad=1\n", "");
    lint_expect_text(OCSP_ALEXEYAB, FIRST "[conv_lstm]\noutput=4\npad=1\nstride=2\n",
                     "[conv_lstm] size: refused: its convolutions must keep width and "
                     "height");
    lint_expect_text(OCSP_ALEXEYAB, FIRST "[conv_lstm]\noutput=4\npad=1\ngroups=3\n",
                     "[conv_lstm] groups=3: refused: it does not divide the channels of "
                     "all its convolutions evenly");
    lint_expect_text(OCSP_ALEXEYAB, FIRST "[conv_lstm]\noutput=4\npad=1\nbottleneck=1\n",
                     "[conv_lstm] bottleneck=1: refused: its CPU code knows none");
    BOTH(FIRST "[normalization]\nsize=16\n", "");
    BOTH(FIRST "[normalization]\nsize=18\n",
         "[normalization] size=18: refused: it must be 1 to twice its channels: it reads "
         "behind them");
    lint_expect_text(
        OCSP_DEBIAN, IMAGE "[reorg]\nstride=2\n",
        "[reorg] stride=2: refused: its square does not divide the channels: "
        "it reads or writes behind them");
    lint_expect_text(OCSP_DEBIAN, FIRST "[reorg]\nstride=2\n", "");
    lint_expect_text(
        OCSP_ALEXEYAB, IMAGE "[reorg]\nstride=2\n",
        "[reorg] stride=2: refused: its square does not divide the channels: "
        "it reads or writes behind them");
    lint_expect_text(OCSP_ALEXEYAB, IMAGE "[reorg3d]\nstride=2\n", "");
    lint_expect_text(OCSP_ALEXEYAB, FIRST "[reorg3d]\nstride=2\nreverse=1\n",
                     "[reorg3d] reverse=1: refused: its stride= squared must divide the "
                     "channels of its output");
    lint_expect_text(OCSP_ALEXEYAB, FIRST "[route]\nlayers=-1\ngroups=2\n", "");
    lint_expect_text(OCSP_ALEXEYAB,
                     IMAGE "[convolutional]\nfilters=6\n[route]\nlayers=-1\ngroups=4\n",
                     "[route] groups=4: misread: it does not divide its channels evenly: "
                     "the rest is lost");
}

static void other_layers_have_their_conditions(void **state)
{
    (void)state;
    lint_expect_text(OCSP_DEBIAN, FIRST CONV("numload=4\n"), "");
    lint_expect_text(OCSP_DEBIAN, FIRST CONV("numload=9\n"),
                     "[convolutional] numload=9: refused: more than filters=: it writes "
                     "behind its arrays");
    lint_expect_text(OCSP_DEBIAN,
                     FIRST "[avgpool]\ntruth=1\n[connected]\noutput=10\n[softmax]\n",
                     "[avgpool] truth=1: refused: a head behind it reads beyond its "
                     "output");
    lint_expect_text(OCSP_ALEXEYAB, FIRST CONV("dilation=2\n"), "");
    lint_expect_text(OCSP_ALEXEYAB, FIRST CONV("") CONV("share_index=-1\n"), "");
    lint_expect_text(
        OCSP_ALEXEYAB,
        FIRST "[convolutional]\nfilters=8\nsize=3\npad=1\n" CONV("share_index=-1\n"),
        "[convolutional] share_index=-1: refused: it has batch_normalize=, "
        "and the layer whose numbers it shares has not");
    BOTH(FIRST "[maxpool]\nsize=99\nstride=1\n", "");
    BOTH(FIRST "[maxpool]\nsize=65536\nstride=1\n",
         "[maxpool] size=65536: refused: many times its input: an image would take "
         "minutes "
         "to hours");
    lint_expect_text(OCSP_DEBIAN, FIRST CONV("flipped=1\n"), "");
    lint_expect_text(OCSP_DEBIAN, FIRST CONV("flipped=1\ngroups=2\n"),
                     "[convolutional] flipped=1: refused: with groups= it writes behind "
                     "its weights");
    BOTH(FIRST "[softmax]\n[cost]\n", "");
    BOTH(FIRST "[cost]\n[softmax]\n",
         "[cost]: misread: a layer reads it, and its output is 0 at inference");
    BOTH(FIRST "[cost]\n[route]\nlayers=-2\n", "");
    BOTH(FIRST "[cost]\n[route]\nlayers=-1\n",
         "[cost]: misread: a layer reads it, and its output is 0 at inference");
    lint_expect_text(OCSP_DEBIAN,
                     "[net]\nwidth=17\nheight=16\nchannels=3\n" CONV(
                         "") "[maxpool]\nsize=2\nstride=2\npadding=0\n" ADD("-2"),
                     "");
    lint_expect_text(OCSP_DEBIAN,
                     "[net]\nwidth=15\nheight=16\nchannels=3\n" CONV(
                         "") "[maxpool]\nsize=8\nstride=8\npadding=0\n" ADD("-2"),
                     "[shortcut] from=-2: refused: its summands' widths have another "
                     "ratio than their heights");
    lint_expect_text(
        OCSP_ALEXEYAB, FIRST "[convolutional]\nfilters=8\nsize=3\npad=0\ndilation=2\n",
        "[convolutional] dilation=2: misread: its CPU code has other windows "
        "where pad is not (size - 1) / 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_what_they_look_like),
        cmocka_unit_test(a_key_without_a_value_is_skipped),
        cmocka_unit_test(keys_are_of_ascii),
        cmocka_unit_test(misspelt_keys_are_noticed),
        cmocka_unit_test(blanks_part_no_numbers),
        cmocka_unit_test(lists_have_commas_between),
        cmocka_unit_test(opencv_reads_values_alike),
        cmocka_unit_test(heads_must_be_possible),
        cmocka_unit_test(boxes_have_room),
        cmocka_unit_test(softmax_divides_its_input),
        cmocka_unit_test(trees_must_fit),
        cmocka_unit_test(maps_do_not_come_of_rows),
        cmocka_unit_test(the_net_says_what_can_be),
        cmocka_unit_test(kernels_fit_their_arrays),
        cmocka_unit_test(other_layers_have_their_conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
