/* What a program makes of layers, by rules. */

#include "lint_expect.h"

static void shortcuts_follow_the_programs_rules(void **state)
{
#define SEVERAL "[shortcut]\nactivation=linear\nfrom=-2,-2\n"
#define WIDE "[convolutional]\nfilters=10\nsize=1\nstride=1\npad=1\nactivation=linear\n"
#define NARROW "[convolutional]\nfilters=4\nsize=1\nstride=1\npad=1\nactivation=linear\n"
    static const char unequal[] = "[shortcut] from=-2: refused: its summands differ in "
                                  "their number of channels";
    (void)state;
    lint_expect(OCSP_ALEXEYAB, SEVERAL, "");
    lint_expect(OCSP_HANK, SEVERAL, "");
    lint_expect(OCSP_DEBIAN, SEVERAL,
                "[shortcut] from=-2,-2: misread: it adds the first alone");
    lint_expect(OCSP_OPENCV, SEVERAL,
                "[shortcut] from=-2,-2: misread: it adds the first alone");
    lint_expect(OCSP_HANK_ONNX, SEVERAL,
                "[shortcut] from=-2,-2: refused: it takes one layer");
    lint_expect(OCSP_JKJUNG, SEVERAL,
                "[shortcut] from=-2,-2: refused: it cannot read this value");
    for (int c = 0; c < OCSP_PROGRAMS; c++)
        lint_expect(
            c, WIDE ADD("-2"),
            c == OCSP_HANK_ONNX || c == OCSP_JKJUNG || c == OCSP_NCNN ? unequal
            : c == OCSP_DEEPSTREAM
                ? "[shortcut] from=-2: refused: the layer it adds has fewer channels"
                : "");
    for (int c = 0; c < OCSP_PROGRAMS; c++)
        lint_expect(c, "[maxpool]\nsize=2\nstride=2\n" ADD("-2"),
                    c == OCSP_DEBIAN
                        ? ""
                        : "[shortcut] from=-2: refused: its summands differ in width or "
                          "height");
    /* layer 2 has 8 inputs and 4 outputs, the shortcut 8 */
    for (int c = OCSP_ALEXEYAB; c <= OCSP_HANK; c++) {
        lint_expect(
            c, NARROW CONV("") ADD("-2"),
            "[shortcut] from=-2: misread: its CPU code takes the shape of that layer's "
            "input for that of its output");
        lint_expect(c, NARROW CONV("") ADD("-2,-4"), "");
        lint_expect(c, NARROW WIDE ADD("-2"), "");
        lint_expect(c, CONV("") CONV("") ADD("-2"), "");
    }
    lint_expect(OCSP_DEBIAN, NARROW CONV("") ADD("-2"), "");
    lint_expect(OCSP_OPENCV, ADD("-2") "beta=1\n",
                "[shortcut] beta=1: refused: it takes no beta");
    lint_expect(OCSP_OPENCV, ADD("-2") "beta=0\n", "[shortcut] beta=0: misread: ignored");
}

static void indices_follow_the_programs_rules(void **state)
{
    static const char counts[] =
        "[shortcut] from=1: misread: it adds another layer: it counts from [net]";
    (void)state;
    for (int c = 0; c < OCSP_PROGRAMS; c++) {
        const bool counts_net = c == OCSP_JKJUNG || c == OCSP_NCNN;
        lint_expect(c, CONV("") ADD("1"), counts_net ? counts : "");
        lint_expect(
            c, CONV("") ADD("0"),
            counts_net ? "[shortcut] from=0: misread: it adds another layer: 0 is "
                         "relative for it"
            : c == OCSP_DEEPSTREAM ? "[shortcut] from=0: refused: 0 is this layer for it"
                                   : "");
        lint_expect(c, "[route]\nlayers=-1,0\n",
                    counts_net
                        ? "[route] layers=-1,0: misread: 0 is not the first layer for it"
                        : "");
    }
    lint_expect(
        OCSP_JKJUNG, "[route]\nlayers=-1\n" CONV("") "[route]\nlayers=-1,-2\n",
        "[route]: refused: it reads a [yolo] or a [route] of one layer, for which "
        "there is no node");
    lint_expect(OCSP_DEEPSTREAM, "[dropout]\n" ADD("-2"),
                "[shortcut]: misread: it does not count [dropout] before it\n"
                "[route]: misread: it does not count [dropout] before it");
}

static void routes_follow_the_programs_rules(void **state)
{
#define PARTS "[route]\nlayers=-1,-2\ngroups=2\ngroup_id=1\n"
#define UNEQUAL "[maxpool]\nsize=2\nstride=2\n[route]\nlayers=-1,-2\n"
#define DIFFER "[route] layers=-1,-2: refused: they differ in width or height"
#define NEEDED DIFFER ", and a layer that needs a map reads them"
    (void)state;
    for (int c = 0; c < OCSP_PROGRAMS; c++)
        lint_expect(c, UNEQUAL CONV(""),
                    c <= OCSP_HANK        ? NEEDED
                    : c == OCSP_HANK_ONNX ? NEEDED "\n" DIFFER
                                          : DIFFER);
    /* [connected] takes them, a route or another layer between makes no map of them */
    for (int c = 0; c <= OCSP_HANK; c++) {
        lint_expect(c, UNEQUAL "[connected]\noutput=4\n", "");
        lint_expect(c, UNEQUAL "[dropout]\n[route]\nlayers=-1\n[connected]\noutput=4\n",
                    "");
        lint_expect(c, UNEQUAL "[dropout]\n[route]\nlayers=-1\n[avgpool]\n", NEEDED);
        lint_expect(c, UNEQUAL "[avgpool]\n", NEEDED);
        lint_expect(c, UNEQUAL "[upsample]\n" CONV(""),
                    NEEDED
                    "\n[upsample]: misread: it makes nothing of a [route] of unequal "
                    "maps");
    }
    lint_expect(OCSP_ALEXEYAB, PARTS, "");
    lint_expect(OCSP_OPENCV, PARTS, "");
    lint_expect(OCSP_HANK_ONNX, PARTS,
                "[route] groups=2: misread: ignored, there are several layers");
    lint_expect(
        OCSP_DEEPSTREAM, PARTS,
        "[route] groups=2: misread: it takes a part of the whole, Darknet of each "
        "layer");
    lint_expect(OCSP_JKJUNG, PARTS, "[route] groups=2: refused: for one layer alone");
    lint_expect(OCSP_DEEPSTREAM, "[route]\nlayers=-1\ngroups=2\n",
                "[route] group_id: refused: it must be given");
}

static void windows_follow_the_programs_rules(void **state)
{
#define UNPADDED                                                                         \
    "[convolutional]\nfilters=8\nsize=3\nstride=1\npad=0\nactivation=linear\n"
#define EVEN "[convolutional]\nfilters=8\nsize=4\nstride=2\npad=1\nactivation=linear\n"
#define PADDING                                                                          \
    "[convolutional]\nfilters=8\nsize=3\nstride=1\npad=0\npadding=1\nactivation="        \
    "linear\n"
#define SPP "[maxpool]\nsize=5\nstride=1\n"
    static const char other[] =
        "[maxpool]: misread: it pools other windows (size, stride or padding)";
    static const char padded[] =
        "[convolutional] pad=1: misread: it pads by another number";
    (void)state;
    lint_expect(OCSP_JKJUNG, UNPADDED,
                "[convolutional] pad=0: misread: it pads to SAME_LOWER");
    lint_expect(OCSP_OPENCV, UNPADDED, "");
    lint_expect(OCSP_DEEPSTREAM, UNPADDED, "");
    lint_expect(OCSP_DEEPSTREAM, EVEN, padded);
    lint_expect(OCSP_HANK_ONNX, EVEN, padded);
    lint_expect(OCSP_TKDNN, EVEN, "");
    lint_expect(OCSP_JKJUNG, CONV("stride_x=1\n"), "");
    lint_expect(OCSP_DEEPSTREAM, PADDING,
                "[convolutional] pad=0: misread: it pads by another number");
    lint_expect(OCSP_TKDNN, PADDING, ""); /* by its substring */
    lint_expect(OCSP_JKJUNG, PADDING, "");
    lint_expect(
        OCSP_DEBIAN, "[convolutional]\nfilters=8\nstride=2\nactivation=linear\n",
        "[convolutional] stride=2: misread: its CPU code ignores the stride of size=1");
    for (int c = OCSP_DEBIAN; c <= OCSP_ALEXEYAB; c++)
        lint_expect(
            c, "[convolutional]\nfilters=8\npadding=1\nactivation=linear\n",
            "[convolutional] padding=1: misread: its CPU code ignores the padding of "
            "size=1");
#define BLURRED_1X1 "[convolutional]\nfilters=8\nantialiasing=1\nactivation=linear\n"
    lint_expect_text(
        OCSP_ALEXEYAB, "[net]\n" SIZES BLURRED_1X1,
        "[convolutional] antialiasing=1: refused: its CPU code writes beyond "
        "its workspace");
    lint_expect_text(OCSP_ALEXEYAB, "[net]\n" SIZES "[maxpool]\nsize=2\nantialiasing=1\n",
                     "[maxpool] antialiasing=1: refused: its CPU code writes beyond its "
                     "workspace");
    /* another layer has asked for enough */
    lint_expect_text(OCSP_ALEXEYAB, "[net]\n" SIZES CONV("") BLURRED_1X1, "");
    lint_expect_text(OCSP_ALEXEYAB, "[net]\n" SIZES "[local_avgpool]\nantialiasing=1\n",
                     "[local_avgpool] antialiasing=1: misread: ignored");
    lint_expect(OCSP_ALEXEYAB, CONV("antialiasing=1\n") CONV("") CONV(""), "");
    for (int c = 0; c < OCSP_PROGRAMS; c++)
        lint_expect(c, SPP, c == OCSP_HANK_ONNX || c == OCSP_NCNN ? other : "");
    lint_expect(OCSP_OPENCV, "[maxpool]\nsize=2\n", other); /* its stride is 2 */
    lint_expect(OCSP_ALEXEYAB, "[maxpool]\nsize=2\n", "");
    lint_expect(OCSP_TKDNN, "[maxpool]\nsize=3\nstride=2\n", other);
    lint_expect(OCSP_TKDNN, "[maxpool]\nsize=2\nstride=2\n", "");
    lint_expect(OCSP_NCNN, "[upsample]\nstride=3\n",
                "[upsample] stride=3: misread: it always takes 2");
}

static void lines_follow_the_programs_rules(void **state)
{
#define MAP(w, h) "[net]\nchannels=8\nwidth=" w "\nheight=" h "\n"
#define SMALL(keys) "[convolutional]\nfilters=8\nactivation=relu\n" keys
#define DEPTHWISE "groups=8\nsize=3\n"
    static const char says[] = "[convolutional] groups=8: misread: from 4.7 on it reads "
                               "beyond a map that is 1 wide or high";
    (void)state;
    lint_expect_text(OCSP_OPENCV, MAP("4", "1") SMALL(DEPTHWISE "pad=1\n"), says);
    lint_expect_text(OCSP_OPENCV, MAP("1", "4") SMALL(DEPTHWISE "pad=1\nstride=2\n"),
                     says);
    lint_expect_text(OCSP_DEBIAN, MAP("4", "1") SMALL(DEPTHWISE "pad=1\n"), "");
    lint_expect_text(OCSP_OPENCV, MAP("2", "2") SMALL(DEPTHWISE "pad=1\n"), "");
    lint_expect_text(OCSP_OPENCV, MAP("4", "1") SMALL(DEPTHWISE "padding=2\n"), "");
    lint_expect_text(OCSP_OPENCV, MAP("4", "1") SMALL(DEPTHWISE "pad=1\nstride=3\n"), "");
    lint_expect_text(OCSP_OPENCV, MAP("4", "1") SMALL("groups=4\nsize=3\npad=1\n"), "");
    lint_expect_text(OCSP_OPENCV, MAP("4", "1") SMALL("groups=8\nsize=5\npad=1\n"), "");
    lint_expect_text(OCSP_OPENCV, MAP("4", "1") SMALL("size=3\npad=1\n"), "");
}

static void other_layers_follow_the_programs_rules(void **state)
{
#define FLAT "[avgpool]\n[connected]\noutput=8\nactivation=linear\n"
#define NO_BN "[convolutional]\nfilters=8\nsize=1\nstride=1\npad=1\nactivation=leaky\n"
    (void)state;
    /* a [convolutional] stands behind it */
    lint_expect(OCSP_OPENCV, FLAT,
                "[convolutional]: refused: it reads no vector as a map");
    lint_expect(OCSP_OPENCV, FLAT "batch_normalize=1\n[softmax]\n",
                "[connected] batch_normalize=1: misread: it reads the weights in another "
                "order");
    lint_expect(OCSP_OPENCV, NO_BN "batch_normalize=2\n",
                "[convolutional] batch_normalize=2: misread: anything but 1 is 0 for it");
    lint_expect(
        OCSP_DEEPSTREAM, NO_BN "batch_normalize=0\n",
        "[convolutional] batch_normalize=0: misread: where the key stands it reads no "
        "biases");
    lint_expect(OCSP_NCNN, NO_BN NO_BN,
                "[convolutional] activation=leaky: misread: its blob has the name of an "
                "earlier one's, without batch_normalize");
    lint_expect(OCSP_OPENCV, "[softmax]\n",
                "[softmax]: misread: it normalizes each place of a map");
    lint_expect(OCSP_OPENCV, FLAT "[softmax]\n", "");
    lint_expect(OCSP_OPENCV, FLAT "[softmax]\ngroups=2\n",
                "[softmax] groups=2: misread: ignored");
}

static void heads_follow_the_programs_rules(void **state)
{
#define YOLO(keys)                                                                       \
    "[convolutional]\nfilters=18\nsize=1\nstride=1\npad=1\nactivation=linear\n"          \
    "[yolo]\n" keys
#define ANCHORS "anchors=1,2,3,4,5,6\nnum=3\n"
    static const char filters[] =
        "[yolo] classes=2: refused: they do not fit the filters= before";
    (void)state;
    for (int c = 0; c <= OCSP_HANK; c++) {
        lint_expect_text(c, NET YOLO("mask=0,1,2\nclasses=2\n" ANCHORS), filters);
        lint_expect_text(c, NET YOLO("mask=0,1,2\nclasses=1\n" ANCHORS), "");
        lint_expect_text(c, NET YOLO("classes=1\n" ANCHORS), "");
    }
    lint_expect_text(OCSP_OPENCV, NET YOLO("mask=0,1,2\nclasses=1\nnum=3\nanchors=1,2\n"),
                     "[yolo] anchors=1,2: refused: they are not two for each of num=");
    lint_expect_text(OCSP_OPENCV, NET YOLO("classes=1\n" ANCHORS),
                     "[yolo] mask: refused: it must be given");
    lint_expect_text(OCSP_HANK_ONNX, NET YOLO("classes=1\nscale_x_y=1.05\n" ANCHORS),
                     "[yolo] mask: refused: it takes 3 masks");
    lint_expect_text(OCSP_HANK_ONNX, NET YOLO("mask=0,1,2\nclasses=1\n" ANCHORS),
                     "[yolo] scale_x_y: misread: it takes 1.05");
    lint_expect_text(OCSP_NCNN, NET YOLO("mask=0,1,2\nclasses=1\nnew_coords=1\n" ANCHORS),
                     "[yolo] new_coords=1: misread: ignored");
    lint_expect_text(
        OCSP_JKJUNG, NET YOLO("mask=0,1,2\nclasses=1\n" ANCHORS),
        "[net]: refused: it needs 2 or 3 [yolo], and an [upsample] less or none");
    lint_expect_text(OCSP_DEEPSTREAM, NET,
                     "[net]: refused: it needs a [yolo] or a [region]");
    lint_expect_text(OCSP_HANK_ONNX, NET, "[net]: refused: it needs a [yolo]");
    lint_expect_text(OCSP_OPENCV, NET, "");
    lint_expect_text(OCSP_TKDNN, NET, "");
    lint_expect_text(OCSP_HANK,
                     "[net]\nwidth=40\nheight=64\nchannels=3\n" CONV("")
                         YOLO("mask=0,1,2\nclasses=1\n" ANCHORS),
                     "[net] width=40: refused: width and height must be multiples of 32");
    lint_expect_text(OCSP_HANK, "[net]\nwidth=40\nheight=64\nchannels=3\n" CONV(""), "");
}

/* The hosts' parsers trust anchors= and mask= to fit num=. */
static void anchors_fit_their_array(void **state)
{
#define SIX "classes=1\nanchors=1,2,3,4,5,6\n"
#define REGION(keys)                                                                     \
    "[convolutional]\nfilters=18\nsize=1\nstride=1\npad=1\nactivation=linear\n"          \
    "[region]\n" keys
#define GAUSSIAN(keys)                                                                   \
    "[convolutional]\nfilters=10\nsize=1\nstride=1\npad=1\nactivation=linear\n"          \
    "[Gaussian_yolo]\nclasses=1\n" keys
#define MANY ": refused: more than two for each of num=: it writes behind their array"
#define BEYOND ": misread: not all are below num=: it reads behind its anchors"
    static const char many[] = "[yolo] anchors=1,2,3,4,5,6" MANY;
    (void)state;
    lint_expect_text(OCSP_DEBIAN, NET YOLO("mask=0,1,0\nnum=2\n" SIX), many);
    lint_expect_text(OCSP_HANK, NET YOLO("mask=0,1,0\nnum=2\n" SIX), many);
    lint_expect_text(OCSP_ALEXEYAB, NET YOLO("mask=0,1,0\nnum=2\n" SIX), "");
    lint_expect_text(OCSP_DEBIAN, NET YOLO("mask=0,0,0\n" SIX), many); /* num=1 */
    lint_expect_text(OCSP_DEBIAN, NET YOLO("classes=1\nnum=3\nanchors=1,2,3,4,5,6#a,b\n"),
                     "[yolo] anchors=1,2,3,4,5,6#a,b: misread: it counts the commas of "
                     "the comment, too\n[yolo] anchors=1,2,3,4,5,6#a,b" MANY);
    lint_expect_text(OCSP_HANK, NET YOLO("classes=1\nnum=3\nanchors=1,2,3,4,5,6#a,b\n"),
                     "");
    lint_expect_text(OCSP_DEBIAN, NET YOLO("classes=1\nnum=3\nanchors=1,2\n"),
                     "[yolo] anchors=1,2: misread: less than two for each of num=: it "
                     "takes .5 for the rest");
    lint_expect_text(OCSP_DEBIAN,
                     NET REGION("classes=1\nnum=3\nanchors=1,2,3,4,5,6,7,8\n"),
                     "[region] anchors=1,2,3,4,5,6,7,8" MANY);
    for (int c = OCSP_ALEXEYAB; c <= OCSP_HANK; c++) {
        lint_expect_text(c, NET REGION("classes=1\nnum=3\nanchors=1,2,3,4,5,6,7,8\n"),
                         "");
        lint_expect_text(c, NET GAUSSIAN("num=1\nanchors=1,2\n"), "");
        lint_expect_text(c, NET GAUSSIAN("num=1\nanchors=1,2,3\n"),
                         "[Gaussian_yolo] anchors=1,2,3" MANY);
        lint_expect_text(c, NET GAUSSIAN("num=2\nmask=2\nanchors=1,2,3,4\n"),
                         "[Gaussian_yolo] mask=2" BEYOND);
    }
    for (int c = 0; c <= OCSP_HANK; c++) {
        lint_expect_text(c, NET YOLO("num=3\nmask=0,1,3\n" SIX),
                         "[yolo] mask=0,1,3" BEYOND);
        lint_expect_text(c, NET YOLO("num=3\nmask=2,-1,0\n" SIX),
                         "[yolo] mask=2,-1,0" BEYOND);
        lint_expect_text(c, NET YOLO("num=3\nmask=2,2,0\n" SIX), "");
    }
}

static void nets_without_maps_divide_by_zero(void **state)
{
#define VECTOR "[net]\ninputs=8\n[connected]\noutput=2\nactivation=linear\n"
    (void)state;
    lint_expect_text(OCSP_DEBIAN, VECTOR, "");
    lint_expect_text(OCSP_ALEXEYAB, VECTOR,
                     "[net]: refused: it divides by zero: no layer reads a map");
    lint_expect_text(OCSP_OPENCV, VECTOR,
                     "[net] width: misread: absent, and it reads no inputs=\n"
                     "[net] height: misread: absent, and it reads no inputs=\n"
                     "[net] channels: misread: absent, and it reads no inputs=");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shortcuts_follow_the_programs_rules),
        cmocka_unit_test(indices_follow_the_programs_rules),
        cmocka_unit_test(routes_follow_the_programs_rules),
        cmocka_unit_test(windows_follow_the_programs_rules),
        cmocka_unit_test(lines_follow_the_programs_rules),
        cmocka_unit_test(other_layers_follow_the_programs_rules),
        cmocka_unit_test(heads_follow_the_programs_rules),
        cmocka_unit_test(anchors_fit_their_array),
        cmocka_unit_test(nets_without_maps_divide_by_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
