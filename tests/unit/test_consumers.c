#include "lint/consumers.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "random_net.h"

#define CONV(rest)                                                                       \
    "[convolutional]\nfilters=8\nsize=3\nstride=1\npad=1\nactivation=leaky\n"            \
    "batch_normalize=1\n" rest
#define HEAD(scale)                                                                      \
    "[convolutional]\nfilters=18\nsize=1\nstride=1\npad=1\nactivation=linear\n"          \
    "[yolo]\nmask=0,1,2\nanchors=1,2, 3,4, 5,6\nclasses=1\nnum=3\n" scale
#define SIZES "width=64\nheight=64\nchannels=3\n"

/* A small YOLO of two heads: [net] with `net`, layers 0 and 1, `layers`, the heads. ONNX
 * export and Debian's Darknet agree on no scale_x_y. */
static void parse(struct net *parsed, int consumer, const char *net, const char *layers)
{
    const bool scaled = consumer == OCSP_HANK_ONNX;
    char text[4096];

    snprintf(text, sizeof text,
             "[net]\n" SIZES "%s" CONV("") CONV("") "%s%s[route]\nlayers=-3\n%s", net,
             layers, scaled ? HEAD("scale_x_y=1.05\n") : HEAD(""),
             scaled ? HEAD("scale_x_y=1.05\n") : HEAD(""));
    net_parse(parsed, text);
}

/* What the consumer says: "section key=value: refused: text", a line each. */
static void describe(const struct ocsp_lint *lint, int consumer, char *text, size_t size)
{
    size_t n = 0;

    text[0] = '\0';
    for (int i = 0; i < lint->n_findings && n < size; i++) {
        const struct ocsp_finding *f = &lint->findings[i];
        if (f->consumer == consumer)
            n += (size_t)snprintf(text + n, size - n, "%s[%s]%s%s%s%s: %s: %s",
                                  n > 0 ? "\n" : "", f->section, *f->key ? " " : "",
                                  f->key, *f->value ? "=" : "", f->value,
                                  f->refused ? "refused" : "misread", f->text);
    }
}

static void must_say(const struct net *net, int consumer, const char *wanted)
{
    struct ocsp_lint lint;
    char text[2048];

    MUST(ocsp_lint_run(net->cfg, net->graph, &lint, &test_error));
    describe(&lint, consumer, text, sizeof text);
    if (strcmp(text, wanted) != 0) {
        print_error("%s says\n%s\nexpected\n%s\n", ocsp_consumer_name(consumer), text,
                    wanted);
        fail();
    }
    assert_true(ocsp_lint_accepts(&lint, consumer) == (*wanted == '\0'));
    ocsp_lint_clear(&lint);
}

/* With these layers in the middle of the small YOLO, and with [net] keys. */
static void expect_net(int consumer, const char *net, const char *layers,
                       const char *wanted)
{
    struct net parsed;
    parse(&parsed, consumer, net, layers);
    must_say(&parsed, consumer, wanted);
    net_clear(&parsed);
}

static void expect(int consumer, const char *layers, const char *wanted)
{
    expect_net(consumer, "", layers, wanted);
}

static void expect_text(int consumer, const char *text, const char *wanted)
{
    struct net parsed;
    net_parse(&parsed, text);
    must_say(&parsed, consumer, wanted);
    net_clear(&parsed);
}

static void all_accept_a_small_yolo(void **state)
{
    (void)state;
    for (int c = 0; c < OCSP_CONSUMERS; c++) {
        expect(c, "", "");
        expect(c, "[shortcut]\nfrom=-2\nactivation=linear\n", "");
        expect(c,
               "[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\n"
               "[route]\nlayers=-1,-3\n" CONV(""),
               "");
    }
    expect(OCSP_JKJUNG, "[upsample]\nstride=2\n[upsample]\nstride=2\n",
           "[net]: refused: it needs 2 or 3 [yolo], and an [upsample] less or none");
}

static void sections_are_known_or_not(void **state)
{
    static const char unknown[] = ": refused: it does not know this section";
    static const struct {
        const char *section;
        unsigned known; /* by these, without further findings */
    } cases[] = {
        {"avgpool", 1u << OCSP_DEBIAN | 1u << OCSP_ALEXEYAB | 1u << OCSP_HANK |
                        1u << OCSP_OPENCV | 1u << OCSP_DEEPSTREAM},
        {"dropout", 1u << OCSP_DEBIAN | 1u << OCSP_ALEXEYAB | 1u << OCSP_HANK |
                        1u << OCSP_OPENCV | 1u << OCSP_DEEPSTREAM},
        {"local_avgpool", 1u << OCSP_ALEXEYAB | 1u << OCSP_HANK},
        {"activation", 1u << OCSP_DEBIAN | 1u << OCSP_ALEXEYAB},
        {"l2norm", 1u << OCSP_DEBIAN},
        {"crop", 1u << OCSP_DEBIAN | 1u << OCSP_ALEXEYAB},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int c = 0; c < OCSP_CONSUMERS; c++) {
            char section[64], wanted[128];
            snprintf(section, sizeof section, "[%s]\n", cases[i].section);
            snprintf(wanted, sizeof wanted, "[%s]%s", cases[i].section, unknown);
            if (cases[i].known >> c & 1)
                expect(c, section,
                       c == OCSP_DEEPSTREAM && i == 1
                           ? "[route]: misread: it does not count [dropout] "
                             "before it"
                           : "");
            else if (c != OCSP_TKDNN || i > 0)
                expect(c, section, wanted);
        }
    expect(OCSP_TKDNN, "[avgpool]\n",
           "[avgpool]: misread: it does not pool the whole map");
    expect(OCSP_DEBIAN, "[batchnorm]\n", "[batchnorm]: refused: it crashes on CPU");
    expect(OCSP_DEBIAN, "[deconv]\nfilters=2\n",
           "[deconv]: refused: it crashes when it loads weights");
    expect(OCSP_HANK, "[reorg]\nstride=2\n",
           "[reorg]: refused: it does not know this section");
    expect(OCSP_HANK, "[reorg3d]\nstride=2\n", "");
    expect(OCSP_DEEPSTREAM, "[batchnorm]\n",
           "[batchnorm] activation: refused: it must be given");
}

static void activations_are_known_or_not(void **state)
{
#define WITH(name)                                                                       \
    "[convolutional]\nfilters=4\nsize=1\nstride=1\npad=0\nactivation=" name "\n"
    static const char refused[] =
        "[convolutional] activation=%s: refused: it does not know this activation";
    static const struct {
        const char *name, *layer;
        unsigned known;
    } cases[] = {
        {"leaky", WITH("leaky"), ~0u},
        {"linear", WITH("linear"), ~0u},
        {"mish", WITH("mish"), ~(1u << OCSP_DEBIAN)},
        {"relu", WITH("relu"), ~(1u << OCSP_JKJUNG)},
        {"logistic", WITH("logistic"), ~(1u << OCSP_NCNN)},
        {"tanh", WITH("tanh"),
         1u << OCSP_DEBIAN | 1u << OCSP_ALEXEYAB | 1u << OCSP_HANK | 1u << OCSP_OPENCV |
             1u << OCSP_DEEPSTREAM},
        {"swish", WITH("swish"),
         1u << OCSP_ALEXEYAB | 1u << OCSP_HANK | 1u << OCSP_OPENCV |
             1u << OCSP_DEEPSTREAM},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int c = 0; c < OCSP_CONSUMERS; c++) {
            char wanted[128];
            snprintf(wanted, sizeof wanted, refused, cases[i].name);
            if (cases[i].known >> c & 1)
                expect(c, cases[i].layer, "");
            else if (c != OCSP_DEBIAN)
                expect(c, cases[i].layer, wanted);
        }
    expect(OCSP_DEBIAN, WITH("mish"),
           "[convolutional] activation=mish: misread: unknown, it takes relu");
    expect(OCSP_DEBIAN, WITH("leaky#x"),
           "[convolutional] activation=leaky#x: misread: unknown, it takes relu");
    expect(OCSP_HANK, WITH("leaky#x"), "");
    expect(OCSP_ALEXEYAB, WITH("relu6"),
           "[convolutional] activation=relu6: misread: its CPU code gives 0 for this "
           "activation here");
    expect(OCSP_ALEXEYAB, "[connected]\noutput=2\nactivation=swish\n",
           "[connected] activation=swish: misread: its CPU code gives 0 for this "
           "activation here");
    expect(OCSP_HANK, WITH("relu6"), "");
    expect(OCSP_HANK, WITH("rleu"),
           "[convolutional] activation=rleu: refused: it does not know this activation");
    expect(OCSP_OPENCV, "[maxpool]\nsize=2\nstride=2\nactivation=leaky\n",
           "[maxpool] activation=leaky: misread: Darknet has no activation here");
    for (int c = OCSP_JKJUNG; c <= OCSP_NCNN; c++)
        expect(c, "[shortcut]\nfrom=-2\nactivation=leaky\n",
               "[shortcut] activation=leaky: refused: it does not know this activation "
               "here");
}

static void keys_without_effect_are_found(void **state)
{
    (void)state;
    expect(OCSP_DEBIAN, CONV("dilation=2\n"),
           "[convolutional] dilation=2: misread: ignored");
    expect(OCSP_DEBIAN, CONV("dilation=1\n"), "");
    expect(OCSP_OPENCV, CONV("dilation=2\nstride_x=1\nstride_y=2\n"),
           "[convolutional] stride_y=2: misread: ignored\n"
           "[convolutional] dilation=2: misread: ignored");
    expect(OCSP_NCNN, CONV("dilation=2\n"), "");
    expect(OCSP_DEBIAN, CONV("groups=4\n"), "");
    expect(OCSP_OPENCV, CONV("groups=4\n"), "");
    for (int k = 0; k < 3; k++) {
        const int consumers[] = {OCSP_HANK_ONNX, OCSP_JKJUNG, OCSP_NCNN};
        expect(consumers[k], CONV("groups=4\n"),
               "[convolutional] groups=4: misread: ignored");
    }
    expect(OCSP_DEBIAN, "[route]\nlayers=-1\ngroups=2\n",
           "[route] groups=2: misread: ignored");
    expect(OCSP_NCNN, "[route]\nlayers=-1\ngroups=2\n",
           "[route] groups=2: misread: ignored");
    expect(OCSP_OPENCV, "[route]\nlayers=-1\ngroups=2\n", "");
    expect(OCSP_ALEXEYAB, "[shortcut]\nfrom=-2\nalpha=.5\n",
           "[shortcut] alpha=.5: misread: ignored");
    expect(OCSP_OPENCV,
           "[shortcut]\nfrom=-2\nweights_type=per_channel\n"
           "weights_normalization=relu\n",
           "[shortcut] weights_type=per_channel: misread: ignored");
    expect(OCSP_TKDNN, "[upsample]\nstride=2\nscale=2\n",
           "[upsample] scale=2: misread: ignored");
    expect(OCSP_DEBIAN, "[maxpool]\nmaxpool_depth=1\nout_channels=4\n",
           "[maxpool] maxpool_depth=1: misread: ignored");
    expect(OCSP_OPENCV, CONV("dontload=1\n"),
           "[convolutional] dontload=1: misread: ignored");
}

static void needed_keys_are_found(void **state)
{
    (void)state;
    expect(OCSP_DEEPSTREAM, "[convolutional]\nactivation=linear\nfilters=8\n",
           "[convolutional] size: refused: it must be given\n"
           "[convolutional] stride: refused: it must be given\n"
           "[convolutional] pad: refused: it must be given");
    expect(OCSP_JKJUNG, "[shortcut]\nfrom=-2\n",
           "[shortcut] activation: refused: it must be given");
    expect(OCSP_HANK_ONNX,
           "[convolutional]\nactivation=linear\nfilters=8\nsize=3\npad=1\n",
           "[convolutional] stride: misread: absent: it takes 2, Darknet 1");
    expect(OCSP_OPENCV, "[convolutional]\nfilters=8\nsize=1\n",
           "[convolutional] activation: misread: absent: it takes linear, Darknet "
           "logistic");
    expect(OCSP_NCNN, "[convolutional]\nfilters=8\nsize=1\n",
           "[convolutional] activation: refused: it must be given");
    expect(OCSP_OPENCV, "[upsample]\n",
           "[upsample] stride: misread: absent: it takes 1, Darknet 2");
    expect(OCSP_HANK, "[convolutional]\n[upsample]\n", "");
}

static void shortcuts_follow_the_consumers_rules(void **state)
{
#define SEVERAL "[shortcut]\nactivation=linear\nfrom=-2,-2\n"
#define WIDE "[convolutional]\nfilters=10\nsize=1\nstride=1\npad=1\nactivation=linear\n"
#define NARROW "[convolutional]\nfilters=4\nsize=1\nstride=1\npad=1\nactivation=linear\n"
#define ADD(from) "[shortcut]\nactivation=linear\nfrom=" from "\n"
    static const char unequal[] = "[shortcut] from=-2: refused: its summands differ in "
                                  "their number of channels";
    (void)state;
    expect(OCSP_ALEXEYAB, SEVERAL, "");
    expect(OCSP_HANK, SEVERAL, "");
    expect(OCSP_DEBIAN, SEVERAL,
           "[shortcut] from=-2,-2: misread: it adds the first alone");
    expect(OCSP_OPENCV, SEVERAL,
           "[shortcut] from=-2,-2: misread: it adds the first alone");
    expect(OCSP_HANK_ONNX, SEVERAL, "[shortcut] from=-2,-2: refused: it takes one layer");
    expect(OCSP_JKJUNG, SEVERAL,
           "[shortcut] from=-2,-2: refused: it cannot read this value");
    for (int c = 0; c < OCSP_CONSUMERS; c++)
        expect(c, WIDE ADD("-2"),
               c == OCSP_HANK_ONNX || c == OCSP_JKJUNG || c == OCSP_NCNN ? unequal
               : c == OCSP_DEEPSTREAM
                   ? "[shortcut] from=-2: refused: the layer it adds has fewer channels"
                   : "");
    for (int c = 0; c < OCSP_CONSUMERS; c++)
        expect(c, "[maxpool]\nsize=2\nstride=2\n" ADD("-2"),
               c == OCSP_DEBIAN
                   ? ""
                   : "[shortcut] from=-2: refused: its summands differ in width or "
                     "height");
    /* layer 2 has 8 inputs and 4 outputs, the shortcut 8 */
    for (int c = OCSP_ALEXEYAB; c <= OCSP_HANK; c++) {
        expect(
            c, NARROW CONV("") ADD("-2"),
            "[shortcut] from=-2: misread: its CPU code takes the shape of that layer's "
            "input for that of its output");
        expect(c, NARROW CONV("") ADD("-2,-4"), "");
        expect(c, NARROW WIDE ADD("-2"), "");
        expect(c, CONV("") CONV("") ADD("-2"), "");
    }
    expect(OCSP_DEBIAN, NARROW CONV("") ADD("-2"), "");
    expect(OCSP_OPENCV, ADD("-2") "beta=1\n",
           "[shortcut] beta=1: refused: it takes no beta");
    expect(OCSP_OPENCV, ADD("-2") "beta=0\n", "[shortcut] beta=0: misread: ignored");
}

static void indices_follow_the_consumers_rules(void **state)
{
    static const char counts[] =
        "[shortcut] from=1: misread: it adds another layer: it counts from [net]";
    (void)state;
    for (int c = 0; c < OCSP_CONSUMERS; c++) {
        const bool counts_net = c == OCSP_JKJUNG || c == OCSP_NCNN;
        expect(c, CONV("") ADD("1"), counts_net ? counts : "");
        expect(c, CONV("") ADD("0"),
               counts_net ? "[shortcut] from=0: misread: it adds another layer: 0 is "
                            "relative for it"
               : c == OCSP_DEEPSTREAM
                   ? "[shortcut] from=0: refused: 0 is this layer for it"
                   : "");
        expect(c, "[route]\nlayers=-1,0\n",
               counts_net
                   ? "[route] layers=-1,0: misread: 0 is not the first layer for it"
                   : "");
    }
    expect(OCSP_JKJUNG, "[route]\nlayers=-1\n" CONV("") "[route]\nlayers=-1,-2\n",
           "[route]: refused: it reads a [yolo] or a [route] of one layer, for which "
           "there is no node");
    expect(OCSP_DEEPSTREAM, "[dropout]\n" ADD("-2"),
           "[shortcut]: misread: it does not count [dropout] before it\n"
           "[route]: misread: it does not count [dropout] before it");
}

static void routes_follow_the_consumers_rules(void **state)
{
#define PARTS "[route]\nlayers=-1,-2\ngroups=2\ngroup_id=1\n"
#define UNEQUAL "[maxpool]\nsize=2\nstride=2\n[route]\nlayers=-1,-2\n"
#define DIFFER "[route] layers=-1,-2: refused: they differ in width or height"
#define NEEDED DIFFER ", and a layer that needs a map reads them"
    (void)state;
    for (int c = 0; c < OCSP_CONSUMERS; c++)
        expect(c, UNEQUAL CONV(""),
               c <= OCSP_HANK        ? NEEDED
               : c == OCSP_HANK_ONNX ? NEEDED "\n" DIFFER
                                     : DIFFER);
    /* [connected] takes them, a route or another layer between makes no map of them */
    for (int c = 0; c <= OCSP_HANK; c++) {
        expect(c, UNEQUAL "[connected]\noutput=4\n", "");
        expect(c, UNEQUAL "[dropout]\n[route]\nlayers=-1\n[connected]\noutput=4\n", "");
        expect(c, UNEQUAL "[dropout]\n[route]\nlayers=-1\n[avgpool]\n", NEEDED);
        expect(c, UNEQUAL "[avgpool]\n", NEEDED);
        expect(c, UNEQUAL "[upsample]\n" CONV(""),
               NEEDED "\n[upsample]: misread: it makes nothing of a [route] of unequal "
                      "maps");
    }
    expect(OCSP_ALEXEYAB, PARTS, "");
    expect(OCSP_OPENCV, PARTS, "");
    expect(OCSP_HANK_ONNX, PARTS,
           "[route] groups=2: misread: ignored, there are several layers");
    expect(OCSP_DEEPSTREAM, PARTS,
           "[route] groups=2: misread: it takes a part of the whole, Darknet of each "
           "layer");
    expect(OCSP_JKJUNG, PARTS, "[route] groups=2: refused: for one layer alone");
    expect(OCSP_DEEPSTREAM, "[route]\nlayers=-1\ngroups=2\n",
           "[route] group_id: refused: it must be given");
}

static void windows_follow_the_consumers_rules(void **state)
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
    expect(OCSP_JKJUNG, UNPADDED,
           "[convolutional] pad=0: misread: it pads to SAME_LOWER");
    expect(OCSP_OPENCV, UNPADDED, "");
    expect(OCSP_DEEPSTREAM, UNPADDED, "");
    expect(OCSP_DEEPSTREAM, EVEN, padded);
    expect(OCSP_HANK_ONNX, EVEN, padded);
    expect(OCSP_TKDNN, EVEN, "");
    expect(OCSP_JKJUNG, CONV("stride_x=1\n"), "");
    expect(OCSP_DEEPSTREAM, PADDING,
           "[convolutional] pad=0: misread: it pads by another number");
    expect(OCSP_TKDNN, PADDING, ""); /* by its substring */
    expect(OCSP_JKJUNG, PADDING, "");
    expect(
        OCSP_DEBIAN, "[convolutional]\nfilters=8\nstride=2\nactivation=linear\n",
        "[convolutional] stride=2: misread: its CPU code ignores the stride of size=1");
    for (int c = OCSP_DEBIAN; c <= OCSP_ALEXEYAB; c++)
        expect(c, "[convolutional]\nfilters=8\npadding=1\nactivation=linear\n",
               "[convolutional] padding=1: misread: its CPU code ignores the padding of "
               "size=1");
    expect(
        OCSP_ALEXEYAB,
        "[convolutional]\nfilters=8\nstride=2\nantialiasing=1\nactivation=linear\n" CONV(
            "") CONV(""),
        "[convolutional] antialiasing=1: refused: its CPU code writes beyond its "
        "workspace");
    expect(OCSP_ALEXEYAB, CONV("antialiasing=1\n") CONV("") CONV(""), "");
    for (int c = 0; c < OCSP_CONSUMERS; c++)
        expect(c, SPP, c == OCSP_HANK_ONNX || c == OCSP_NCNN ? other : "");
    expect(OCSP_OPENCV, "[maxpool]\nsize=2\n", other); /* its stride is 2 */
    expect(OCSP_ALEXEYAB, "[maxpool]\nsize=2\n", "");
    expect(OCSP_TKDNN, "[maxpool]\nsize=3\nstride=2\n", other);
    expect(OCSP_TKDNN, "[maxpool]\nsize=2\nstride=2\n", "");
    expect(OCSP_NCNN, "[upsample]\nstride=3\n",
           "[upsample] stride=3: misread: it always takes 2");
}

static void other_layers_follow_the_consumers_rules(void **state)
{
#define FLAT "[avgpool]\n[connected]\noutput=8\nactivation=linear\n"
#define NO_BN "[convolutional]\nfilters=8\nsize=1\nstride=1\npad=1\nactivation=leaky\n"
    (void)state;
    /* a [convolutional] stands behind it */
    expect(OCSP_OPENCV, FLAT, "[convolutional]: refused: it reads no vector as a map");
    expect(OCSP_OPENCV, FLAT "batch_normalize=1\n[softmax]\n",
           "[connected] batch_normalize=1: misread: it reads the weights in another "
           "order");
    expect(OCSP_OPENCV, NO_BN "batch_normalize=2\n",
           "[convolutional] batch_normalize=2: misread: anything but 1 is 0 for it");
    expect(OCSP_DEEPSTREAM, NO_BN "batch_normalize=0\n",
           "[convolutional] batch_normalize=0: misread: where the key stands it reads no "
           "biases");
    expect(OCSP_NCNN, NO_BN NO_BN,
           "[convolutional] activation=leaky: misread: its blob has the name of an "
           "earlier one's, without batch_normalize");
    expect(OCSP_OPENCV, "[softmax]\n",
           "[softmax]: misread: it normalizes each place of a map");
    expect(OCSP_OPENCV, FLAT "[softmax]\n", "");
    expect(OCSP_OPENCV, FLAT "[softmax]\ngroups=2\n",
           "[softmax] groups=2: misread: ignored");
}

static void heads_follow_the_consumers_rules(void **state)
{
#define NET "[net]\n" SIZES CONV("")
#define YOLO(keys)                                                                       \
    "[convolutional]\nfilters=18\nsize=1\nstride=1\npad=1\nactivation=linear\n"          \
    "[yolo]\n" keys
#define ANCHORS "anchors=1,2,3,4,5,6\nnum=3\n"
    static const char filters[] =
        "[yolo] classes=2: refused: they do not fit the filters= before";
    (void)state;
    for (int c = 0; c <= OCSP_HANK; c++) {
        expect_text(c, NET YOLO("mask=0,1,2\nclasses=2\n" ANCHORS), filters);
        expect_text(c, NET YOLO("mask=0,1,2\nclasses=1\n" ANCHORS), "");
        expect_text(c, NET YOLO("classes=1\n" ANCHORS), "");
    }
    expect_text(OCSP_OPENCV, NET YOLO("mask=0,1,2\nclasses=1\nnum=3\nanchors=1,2\n"),
                "[yolo] anchors=1,2: refused: they are not two for each of num=");
    expect_text(OCSP_OPENCV, NET YOLO("classes=1\n" ANCHORS),
                "[yolo] mask: refused: it must be given");
    expect_text(OCSP_HANK_ONNX, NET YOLO("classes=1\nscale_x_y=1.05\n" ANCHORS),
                "[yolo] mask: refused: it takes 3 masks");
    expect_text(OCSP_HANK_ONNX, NET YOLO("mask=0,1,2\nclasses=1\n" ANCHORS),
                "[yolo] scale_x_y: misread: it takes 1.05");
    expect_text(OCSP_NCNN, NET YOLO("mask=0,1,2\nclasses=1\nnew_coords=1\n" ANCHORS),
                "[yolo] new_coords=1: misread: ignored");
    expect_text(OCSP_JKJUNG, NET YOLO("mask=0,1,2\nclasses=1\n" ANCHORS),
                "[net]: refused: it needs 2 or 3 [yolo], and an [upsample] less or none");
    expect_text(OCSP_DEEPSTREAM, NET, "[net]: refused: it needs a [yolo] or a [region]");
    expect_text(OCSP_HANK_ONNX, NET, "[net]: refused: it needs a [yolo]");
    expect_text(OCSP_OPENCV, NET, "");
    expect_text(OCSP_TKDNN, NET, "");
    expect_text(OCSP_HANK,
                "[net]\nwidth=40\nheight=64\nchannels=3\n" CONV("")
                    YOLO("mask=0,1,2\nclasses=1\n" ANCHORS),
                "[net] width=40: refused: width and height must be multiples of 32");
    expect_text(OCSP_HANK, "[net]\nwidth=40\nheight=64\nchannels=3\n" CONV(""), "");
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
    expect_text(OCSP_DEBIAN, NET YOLO("mask=0,1,0\nnum=2\n" SIX), many);
    expect_text(OCSP_HANK, NET YOLO("mask=0,1,0\nnum=2\n" SIX), many);
    expect_text(OCSP_ALEXEYAB, NET YOLO("mask=0,1,0\nnum=2\n" SIX), "");
    expect_text(OCSP_DEBIAN, NET YOLO("mask=0,0,0\n" SIX), many); /* num=1 */
    expect_text(OCSP_DEBIAN, NET YOLO("classes=1\nnum=3\nanchors=1,2,3,4,5,6#a,b\n"),
                "[yolo] anchors=1,2,3,4,5,6#a,b" MANY);
    expect_text(OCSP_HANK, NET YOLO("classes=1\nnum=3\nanchors=1,2,3,4,5,6#a,b\n"), "");
    expect_text(OCSP_DEBIAN, NET YOLO("classes=1\nnum=3\nanchors=1,2\n"), "");
    expect_text(OCSP_DEBIAN, NET REGION("classes=1\nnum=3\nanchors=1,2,3,4,5,6,7,8\n"),
                "[region] anchors=1,2,3,4,5,6,7,8" MANY);
    for (int c = OCSP_ALEXEYAB; c <= OCSP_HANK; c++) {
        expect_text(c, NET REGION("classes=1\nnum=3\nanchors=1,2,3,4,5,6,7,8\n"), "");
        expect_text(c, NET GAUSSIAN("num=1\nanchors=1,2\n"), "");
        expect_text(c, NET GAUSSIAN("num=1\nanchors=1,2,3\n"),
                    "[Gaussian_yolo] anchors=1,2,3" MANY);
        expect_text(c, NET GAUSSIAN("num=2\nmask=2\nanchors=1,2,3,4\n"),
                    "[Gaussian_yolo] mask=2" BEYOND);
    }
    for (int c = 0; c <= OCSP_HANK; c++) {
        expect_text(c, NET YOLO("num=3\nmask=0,1,3\n" SIX), "[yolo] mask=0,1,3" BEYOND);
        expect_text(c, NET YOLO("num=3\nmask=2,-1,0\n" SIX), "[yolo] mask=2,-1,0" BEYOND);
        expect_text(c, NET YOLO("num=3\nmask=2,2,0\n" SIX), "");
    }
}

static void nets_without_maps_divide_by_zero(void **state)
{
#define VECTOR "[net]\ninputs=8\n[connected]\noutput=2\nactivation=linear\n"
    (void)state;
    expect_text(OCSP_DEBIAN, VECTOR, "");
    expect_text(OCSP_ALEXEYAB, VECTOR,
                "[net]: refused: it divides by zero: no layer reads a map");
    expect_text(OCSP_OPENCV, VECTOR,
                "[net] width: misread: absent, and it reads no inputs=\n"
                "[net] height: misread: absent, and it reads no inputs=\n"
                "[net] channels: misread: absent, and it reads no inputs=");
}

static void hank_takes_what_it_knows(void **state)
{
    (void)state;
    expect_net(OCSP_HANK, "max_crop=448\n", "",
               "[net] max_crop=448: refused: it does not know this key");
    expect_net(OCSP_DEBIAN, "max_crop=448\n", "", "");
    expect_net(OCSP_HANK, "learning_rate=0.001\n", "", "");
    expect_net(
        OCSP_HANK, "learning_rate=1e-3\n", "",
        "[net] learning_rate=1e-3: refused: it takes digits, '.' and '-' alone for "
        "a number");
    expect_net(OCSP_HANK, "momentum=.9\nmomentum=.9\n", "",
               "[net] momentum=.9: refused: the key stands twice in this section");
    expect_net(OCSP_HANK, "policy=steps\nsteps=1,2\nscales=.1,.1\n", "", "");
    expect_net(OCSP_HANK, "policy=poly\nsteps=1,2\n", "",
               "[net] steps=1,2: refused: unused with this policy= or adam=");
    expect_net(OCSP_HANK, "policy=cosine\n", "",
               "[net] policy=cosine: refused: it does not know this word");
    expect_net(OCSP_HANK, "policy=steps\nsteps=1,2\n", "",
               "[net] policy=steps: refused: it needs steps= and scales=");
    expect_net(OCSP_HANK, "B1=.9\n", "",
               "[net] B1=.9: refused: unused with this policy= or adam=");
    expect(OCSP_HANK, CONV("bias=1\n"),
           "[convolutional] bias=1: refused: it does not know this key");
    expect(OCSP_HANK_ONNX, CONV("bias=1\n"),
           "[convolutional] bias=1: refused: it does not know this key");
    expect(OCSP_HANK, CONV("stopbackward=1\n"), "");
}

static void parsers_have_habits(void **state)
{
    static const char crlf[] = "[net]\r\n" SIZES CONV("");
    (void)state;
    expect_text(OCSP_DEBIAN, crlf, "[net]: refused: lines that end with CR LF");
    expect_text(OCSP_ALEXEYAB, crlf, "");
    expect(OCSP_OPENCV, CONV("filters=9\n"),
           "[convolutional] filters=9: misread: given twice: it takes the last, Darknet "
           "the first");
    expect(OCSP_OPENCV, CONV("filters=8\n"), "");
    expect(OCSP_DEEPSTREAM, CONV("filters=9\n"), "");
    expect(OCSP_DEEPSTREAM, CONV(" # a comment\n groups=1\n"),
           "[convolutional]: misread: it skips lines that begin with a blank");
    expect(OCSP_TKDNN, "[shortcut]\nfrom = -2\nactivation = linear\n",
           "[shortcut]: refused: blanks around the activation's name");
    expect(OCSP_TKDNN, "[shortcut]\nfrom = -2 # two back\nactivation=linear\n", "");
    expect(OCSP_TKDNN, CONV("  \n"), "[convolutional]: refused: a line of blanks");
    expect(OCSP_TKDNN, CONV("\n"), "");
    expect(OCSP_TKDNN, CONV("; words\n"),
           "[convolutional]: refused: a comment behind ';'");
    expect(OCSP_TKDNN, CONV("stride_x=2\nstride_y=2\n"),
           "[convolutional] stride_x=2: misread: it takes it for another key, which it "
           "contains\n"
           "[convolutional] stride_y=2: misread: it takes it for another key, which it "
           "contains");
    expect(OCSP_TKDNN, CONV("stride_x=1\n"), "");
    expect(OCSP_JKJUNG, CONV("; words\n"),
           "[convolutional]: refused: a comment behind ';'");
    expect_net(OCSP_JKJUNG, "policy=steps\nsteps=1,2\nscales=.1,.1\ndecay=1e-4\n", "",
               "");
    expect_net(OCSP_JKJUNG, "seq_scales=1,1\n", "",
               "[net] seq_scales=1,1: refused: it cannot read this value");
}

static void findings_name_layer_and_line(void **state)
{
    struct net net;
    struct ocsp_lint lint;
    char text[256];
    (void)state;

    net_parse(&net, "# one\n[net]\n" SIZES "max_crop=40\n\n" CONV("dilation=2\n"));
    MUST(ocsp_lint_run(net.cfg, net.graph, &lint, &test_error));
    assert_true(lint.n_findings > 1);
    assert_int_equal(lint.findings[0].consumer, OCSP_DEBIAN);
    assert_int_equal(lint.findings[0].layer, 0);
    ocsp_finding_text(&lint.findings[0], text, sizeof text);
    assert_string_equal(text, "layer 0 [convolutional] (line 15), dilation=2: misread: "
                              "ignored");
    assert_int_equal(lint.findings[1].consumer, OCSP_HANK);
    assert_int_equal(lint.findings[1].layer, -1);
    ocsp_finding_text(&lint.findings[1], text, sizeof text);
    assert_string_equal(
        text, "[net] (line 6), max_crop=40: refused: it does not know this key");
    ocsp_lint_clear(&lint);
    net_clear(&net);
}

static const struct ocsp_finding *loss_of(const struct net *a, const struct net *b)
{
    struct ocsp_lint before, after;
    static struct ocsp_finding found;

    MUST(ocsp_lint_run(a->cfg, a->graph, &before, &test_error));
    MUST(ocsp_lint_run(b->cfg, b->graph, &after, &test_error));
    const struct ocsp_finding *loss = ocsp_lint_first_loss(&before, &after);
    if (loss)
        found = *loss;
    ocsp_lint_clear(&before);
    ocsp_lint_clear(&after);
    return loss ? &found : NULL;
}

static void a_loss_is_a_finding_that_was_not_there(void **state)
{
    struct net a, b;
    (void)state;

    parse(&a, OCSP_DEBIAN, "", CONV(""));
    parse(&b, OCSP_DEBIAN, "", CONV("dilation=2\n"));
    assert_null(loss_of(&a, &a));
    assert_null(loss_of(&b, &a));
    const struct ocsp_finding *loss = loss_of(&a, &b);
    assert_non_null(loss);
    assert_int_equal(loss->consumer, OCSP_DEBIAN); /* it accepted all of a */
    assert_string_equal(loss->key, "dilation");
    net_clear(&b);
    /* refused before as well, but for this too */
    parse(&b, OCSP_DEBIAN, "", CONV("dilation=2\ndontload=1\n"));
    net_clear(&a);
    parse(&a, OCSP_DEBIAN, "", CONV("dilation=2\n"));
    loss = loss_of(&a, &b);
    assert_non_null(loss);
    assert_int_equal(loss->consumer, OCSP_HANK_ONNX + 1);
    assert_string_equal(loss->key, "dontload");
    net_clear(&a);
    net_clear(&b);
}

/* Layer 1 has 6 inputs, 8 outputs, the shortcut 4: pruned to 4 inputs, AlexeyAB's CPU
 * code adds 8 channels' numbers to 4. */
static void pruning_can_lose_a_host(void **state)
{
    struct net net, pruned;
    struct ocsp_plan plan;
    (void)state;

    net_parse(&net, "[net]\nwidth=8\nheight=8\nchannels=3\n"
                    "[convolutional]\nfilters=6\nactivation=relu\n"
                    "[convolutional]\nfilters=8\nactivation=relu\n"
                    "[convolutional]\nfilters=4\nactivation=relu\n"
                    "[shortcut]\nfrom=-2\nactivation=relu\n"
                    "[connected]\noutput=2\n");
    struct random r = {1};
    net_random_weights(&net, &r);
    bool *removed = calloc((size_t)net.coupling->n_channels, sizeof *removed);
    assert_non_null(removed);
    for (int row = 0; row < 2; row++)
        removed[net.coupling->tables[0].row[row]] = true;
    MUST(ocsp_plan_from_set(&plan, net.coupling, removed, &test_error));
    net_prune(&net, &plan, &pruned);
    const struct ocsp_finding *loss = loss_of(&net, &pruned);
    assert_non_null(loss);
    assert_int_equal(loss->consumer, OCSP_ALEXEYAB);
    assert_int_equal(loss->layer, 3);
    assert_string_equal(loss->key, "from");
    free(removed);
    ocsp_plan_clear(&plan);
    net_clear(&net);
    net_clear(&pruned);
}

static void every_consumer_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a < OCSP_CONSUMERS; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(ocsp_consumer_name(a), ocsp_consumer_name(b));
    assert_string_equal(ocsp_consumer_name(OCSP_OPENCV), "OpenCV 4 DNN");
}

static void pruned_random_nets_are_as_portable(void **state)
{
    struct random r = {11};
    (void)state;

    for (int n = 0; n < 150; n++) {
        struct net net, pruned;
        struct ocsp_plan plan;
        random_net(&net, &r, RANDOM_ANYTHING);
        net_random_weights(&net, &r);
        random_plan(&net, &r, n % 4 == 0, &plan);
        net_prune(&net, &plan, &pruned);
        const struct ocsp_finding *loss = loss_of(&net, &pruned);
        if (loss) {
            print_error("%s, layer %d: %s\n", ocsp_consumer_name(loss->consumer),
                        loss->layer, loss->text);
            fail();
        }
        ocsp_plan_clear(&plan);
        net_clear(&net);
        net_clear(&pruned);
    }
}

static void damaged_cfgs_are_linted(void **state)
{
    static const char bytes[] = "0123456789-,=#; []\nxpsg\r\xff";
    struct random r = {3};
    int linted = 0;
    (void)state;

    for (int n = 0; n < 3000; n++) {
        char text[] =
            "[net]\n" SIZES "policy=steps\n" CONV("") CONV("groups=2\n") ADD("-2") CONV(
                "padding=1\n") "[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\n"
                               "[route]\nlayers=-1,0\n" HEAD("") "[crop]\n[softmax]\n";
        struct ocsp_cfg *cfg;
        struct ocsp_graph *graph;
        struct ocsp_lint lint;
        for (int k = random_below(&r, 4); k >= 0; k--)
            text[random_below(&r, (int)sizeof text - 1)] =
                bytes[random_below(&r, (int)sizeof bytes - 1)];
        if (ocsp_cfg_parse(&cfg, "test.cfg", text, sizeof text - 1, &test_error))
            continue;
        if (ocsp_graph_new(&graph, cfg, &test_error) == OCSP_OK) {
            MUST(ocsp_lint_run(cfg, graph, &lint, &test_error));
            assert_null(ocsp_lint_first_loss(&lint, &lint));
            for (int f = 0; f < lint.n_findings; f++) {
                char line[256];
                ocsp_finding_text(&lint.findings[f], line, sizeof line);
                assert_non_null(strstr(line, lint.findings[f].text));
            }
            ocsp_lint_clear(&lint);
            ocsp_graph_free(graph);
            linted++;
        }
        ocsp_cfg_free(cfg);
    }
    print_message("# %d of 3000 linted\n", linted);
    assert_true(linted > 500);
}

/* Ours are written for both hosts and OpenCV. */
static void our_cfgs_are_accepted(void **state)
{
    glob_t found;
    (void)state;

    assert_int_equal(glob("cfg/*.cfg", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct net net;
        net_load(&net, found.gl_pathv[i]);
        must_say(&net, OCSP_DEBIAN, "");
        must_say(&net, OCSP_ALEXEYAB, "");
        must_say(&net, OCSP_OPENCV, "");
        net_clear(&net);
    }
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_accept_a_small_yolo),
        cmocka_unit_test(sections_are_known_or_not),
        cmocka_unit_test(activations_are_known_or_not),
        cmocka_unit_test(keys_without_effect_are_found),
        cmocka_unit_test(needed_keys_are_found),
        cmocka_unit_test(shortcuts_follow_the_consumers_rules),
        cmocka_unit_test(indices_follow_the_consumers_rules),
        cmocka_unit_test(routes_follow_the_consumers_rules),
        cmocka_unit_test(windows_follow_the_consumers_rules),
        cmocka_unit_test(other_layers_follow_the_consumers_rules),
        cmocka_unit_test(heads_follow_the_consumers_rules),
        cmocka_unit_test(anchors_fit_their_array),
        cmocka_unit_test(nets_without_maps_divide_by_zero),
        cmocka_unit_test(hank_takes_what_it_knows),
        cmocka_unit_test(parsers_have_habits),
        cmocka_unit_test(findings_name_layer_and_line),
        cmocka_unit_test(a_loss_is_a_finding_that_was_not_there),
        cmocka_unit_test(pruning_can_lose_a_host),
        cmocka_unit_test(every_consumer_has_a_name_of_its_own),
        cmocka_unit_test(pruned_random_nets_are_as_portable),
        cmocka_unit_test(damaged_cfgs_are_linted),
        cmocka_unit_test(our_cfgs_are_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
