/* The nets of test_gradients.c, and which of them the stock hosts compute rightly. */
#ifndef OCSP_TESTS_HOST_GRADIENT_CASES_H
#define OCSP_TESTS_HOST_GRADIENT_CASES_H

#include "host_calls.h"

enum stock {
    RIGHT,  /* the stock host computes this rightly */
    WRONG,  /* the stock host is wrong by more than 1e-4 */
    CRASH,  /* the stock host crashes */
    REFUSED /* wrong also when hooked: the adapter refuses the net */
};

/* Wrong only in those ages of AlexeyAB's Darknet that leave layers out. */
#define UNTRAINED (OCSP_HAS_UNTRAINED ? WRONG : RIGHT)
#define STRIDED_1X1 (OCSP_HAS_STRIDED_1X1 ? RIGHT : REFUSED)
#define BUFFERED (OCSP_HAS_BATCHNORM_BUFFERS ? WRONG : CRASH)

struct gradient_case {
    const char *name;
    enum stock debian, alexeyab;
    float loss_scale; /* the host's delta is this times the gradient of its loss */
    const char *net;  /* [net] keys, or "" */
    const char *body;
};

/* the first of two equal keys counts */
#define CONV(keys) "[convolutional]\n" keys "\npad=1\nstride=1\nactivation=tanh\n"
#define HEAD "[convolutional]\nfilters=4\nsize=6\nstride=1\npad=0\nactivation=linear\n"
#define SOFTMAX_HEAD HEAD "[softmax]\n"
#define STEM CONV("filters=4\nsize=3")

#define ACTIVATION(name, alexeyab)                                                       \
    {                                                                                    \
        "activation " name, RIGHT, alexeyab, 0, "",                                      \
            "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=" name                \
            "\n" SOFTMAX_HEAD                                                            \
    }

/* The head is a convolution, whose gradient A clears also when not hooked, so that each
 * case shows its own defect. */
static const struct gradient_case both[] = {
    {"convolutional", RIGHT, RIGHT, 0, "", STEM CONV("filters=3\nsize=3") SOFTMAX_HEAD},
    {"convolutional, batch_normalize", WRONG, WRONG, 0, "",
     CONV("filters=4\nsize=3\nbatch_normalize=1")
         CONV("filters=3\nsize=3\nbatch_normalize=1\nstride=1") SOFTMAX_HEAD},
    {"convolutional, stride 2, padding 2", RIGHT, RIGHT, 0, "",
     STEM "[convolutional]\nfilters=4\nsize=3\nstride=2\npadding=2\nactivation=leaky\n"
          "[convolutional]\nfilters=3\nsize=4\nstride=1\nactivation=linear\n[softmax]\n"},
    {"convolutional, 1x1", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=5\nsize=1") SOFTMAX_HEAD},
    {"convolutional, groups", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=6\nsize=3\ngroups=2") SOFTMAX_HEAD},
    {"convolutional, 1x1, groups, normalized", WRONG, WRONG, 0, "",
     STEM CONV("filters=6\nsize=1\ngroups=2\nbatch_normalize=1") SOFTMAX_HEAD},
    {"convolutional, depthwise, normalized", WRONG, WRONG, 0, "",
     STEM CONV("filters=4\nsize=3\ngroups=4\nbatch_normalize=1") SOFTMAX_HEAD},
    ACTIVATION("linear", RIGHT),
    ACTIVATION("logistic", RIGHT),
    ACTIVATION("loggy", RIGHT),
    ACTIVATION("relu", RIGHT),
    ACTIVATION("elu", RIGHT),
    ACTIVATION("selu", RIGHT),
    ACTIVATION("relie", RIGHT),
    ACTIVATION("ramp", RIGHT),
    ACTIVATION("leaky", RIGHT),
    ACTIVATION("tanh", RIGHT),
    ACTIVATION("plse", RIGHT),
    ACTIVATION("stair", RIGHT),
    ACTIVATION("hardtan", RIGHT),
    ACTIVATION("lhtan", RIGHT),
    {"connected after a map", RIGHT, UNTRAINED, 0, "",
     STEM "[connected]\noutput=7\nactivation=logistic\n"
          "[connected]\noutput=4\nactivation=linear\n[softmax]\n"},
    {"connected, batch_normalize", WRONG, WRONG, 0, "",
     STEM "[connected]\noutput=7\nbatch_normalize=1\nactivation=tanh\n"
          "[connected]\noutput=4\nbatch_normalize=1\nactivation=linear\n[softmax]\n"},
    {"maxpool", RIGHT, RIGHT, 0, "",
     STEM "[maxpool]\nsize=2\nstride=2\n"
          "[convolutional]\nfilters=4\nsize=3\nactivation=linear\n[softmax]\n"},
    {"maxpool, overlapping", RIGHT, RIGHT, 0, "",
     STEM "[maxpool]\nsize=3\nstride=1\n" SOFTMAX_HEAD},
    {"avgpool", RIGHT, UNTRAINED, 0, "",
     STEM CONV("filters=4\nsize=1") "[avgpool]\n[softmax]\n"},
    {"upsample", RIGHT, RIGHT, 0, "",
     STEM "[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\n" SOFTMAX_HEAD},
    {"upsample, scale", RIGHT, RIGHT, 0, "",
     STEM "[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\nscale=.7\n" SOFTMAX_HEAD},
    {"upsample before maxpool", RIGHT, UNTRAINED, 0, "",
     STEM "[upsample]\nstride=2\n[maxpool]\nsize=2\nstride=2\n" SOFTMAX_HEAD},
    {"downsample beside a skip connection", WRONG, WRONG, 0, "",
     STEM "[upsample]\nstride=-2\n[upsample]\nstride=2\n"
          "[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"shortcut over 3x3", RIGHT, WRONG, 0, "",
     STEM CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-2\nactivation=tanh\n" SOFTMAX_HEAD},
    {"shortcut over 1x1", WRONG, WRONG, 0, "",
     STEM CONV(
         "filters=4\nsize=1") "[shortcut]\nfrom=-2\nactivation=leaky\n" SOFTMAX_HEAD},
    {"route of two", RIGHT, WRONG, 0, "",
     STEM CONV("filters=3\nsize=3") "[route]\nlayers=-1,-2\n" SOFTMAX_HEAD},
    {"route of two over 1x1", WRONG, WRONG, 0, "",
     STEM CONV("filters=3\nsize=1") "[route]\nlayers=-1,-2\n" SOFTMAX_HEAD},
    {"route back to one", RIGHT, WRONG, 0, "",
     STEM CONV("filters=3\nsize=3") "[route]\nlayers=-2\n" CONV(
         "filters=3\nsize=3") "[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"reorg beside a skip connection", WRONG, WRONG, 0, "",
     STEM
     "[reorg]\nstride=2\n[upsample]\nstride=2\n[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"dropout after leaky", RIGHT, RIGHT, 0, "",
     "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
     "[dropout]\nprobability=.4\n" SOFTMAX_HEAD},
    {"dropout after tanh", WRONG, WRONG, 0, "",
     STEM "[dropout]\nprobability=.4\n" SOFTMAX_HEAD},
    {"two dropouts after logistic", WRONG, WRONG, 0, "",
     "[convolutional]\nfilters=4\nsize=3\npad=1\nbatch_normalize=1\nactivation=logistic\n"
     "[dropout]\nprobability=.4\n[dropout]\nprobability=.3\n" SOFTMAX_HEAD},
    {"dropout after connected, logistic", WRONG, WRONG, 0, "",
     STEM "[connected]\noutput=9\nactivation=logistic\n[dropout]\nprobability=.3\n"
          "[connected]\noutput=4\nactivation=linear\n[softmax]\n"},
    {"dropout after shortcut, logistic", WRONG, WRONG, 0, "",
     STEM CONV("filters=4\nsize=3") "[shortcut]\nfrom=-2\nactivation=logistic\n"
                                    "[dropout]\nprobability=.4\n" SOFTMAX_HEAD},
    {"skip connection read after dropout", RIGHT, WRONG, 0, "",
     "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
     "[dropout]\nprobability=.4\n" CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-3\nactivation=linear\n" SOFTMAX_HEAD},
    {"activation", RIGHT, RIGHT, 0, "",
     STEM "[activation]\nactivation=logistic\n" SOFTMAX_HEAD},
    {"activation beside a skip connection", WRONG, WRONG, 0, "",
     STEM "[activation]\nactivation=logistic\n[route]\nlayers=-1,-2\n" SOFTMAX_HEAD},
    {"activation, dropout", WRONG, WRONG, 0, "",
     STEM "[activation]\nactivation=logistic\n[dropout]\nprobability=.4\n" SOFTMAX_HEAD},
    {"batchnorm", BUFFERED, BUFFERED, 0, "",
     STEM "[batchnorm]\n[activation]\nactivation=tanh\n" SOFTMAX_HEAD},
    {"batchnorm beside a skip connection", BUFFERED, BUFFERED, 0, "",
     STEM "[batchnorm]\n[activation]\nactivation=tanh\n" CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-4\nactivation=linear\n" SOFTMAX_HEAD},
    {"batchnorm first", CRASH, CRASH, 0, "", "[batchnorm]\n" STEM SOFTMAX_HEAD},
    {"activation first", CRASH, CRASH, 0, "",
     "[activation]\nactivation=tanh\n" STEM SOFTMAX_HEAD},
    {"maxpool first", CRASH, CRASH, 0, "",
     "[maxpool]\nsize=3\nstride=1\n" STEM SOFTMAX_HEAD},
    {"crop first", RIGHT, RIGHT, 0, "width=8\nheight=8",
     "[crop]\ncrop_width=6\ncrop_height=6\nflip=1\nangle=0\n" STEM SOFTMAX_HEAD},
    {"crop first, then maxpool", CRASH, CRASH, 0, "width=8\nheight=8",
     "[crop]\ncrop_width=6\ncrop_height=6\nflip=0\nangle=0\n"
     "[maxpool]\nsize=3\nstride=1\n" STEM SOFTMAX_HEAD},
    /* delta is truth − prediction: half the gradient of its square */
    {"cost, sse", RIGHT, RIGHT, .5, "", STEM HEAD "[cost]\ntype=sse\n"},
    {"cost, smooth", WRONG, RIGHT, .5, "", STEM HEAD "[cost]\ntype=smooth\n"},
    {"residual, projection, concatenation", WRONG, WRONG, 0, "",
     CONV(
         "filters=4\nsize=3\nbatch_normalize=1") "[convolutional]\nfilters=6\nsize="
                                                 "1\nstride=1\nbatch_normalize="
                                                 "1\nactivation=linear\n"
                                                 "[route]\nlayers=-2\n" CONV(
                                                     "filters=6\nsize=3\nbatch_normalize="
                                                     "1") "[dropout]\nprobability=.3\n"
                                                          "[convolutional]\nfilters="
                                                          "6\nsize=3\npad=1\nbatch_"
                                                          "normalize=1\nactivation="
                                                          "linear\n"
                                                          "[shortcut]\nfrom=-"
                                                          "5\nactivation=leaky\n"
                                                          "[maxpool]\nsize=2\nstride=2\n["
                                                          "upsample]\nstride=2\n"
                                                          "[route]\nlayers=-1,-3,"
                                                          "0\n" CONV("filters=5\nsize="
                                                                     "1\nbatch_normalize="
                                                                     "1") "[avgpool]\n["
                                                                          "connected]"
                                                                          "\noutput="
                                                                          "4\nactivation="
                                                                          "linear\n["
                                                                          "softmax]\n"},
};

#ifdef OCSP_HOST_ALEXEYAB
static const struct gradient_case own[] = {
    ACTIVATION("swish", RIGHT),
    ACTIVATION("mish", RIGHT),
    ACTIVATION("hard_mish", RIGHT),
    ACTIVATION("gelu", WRONG),
    {"gelu, normalized, dropout", RIGHT, WRONG, 0, "",
     CONV("filters=4\nsize=3\nbatch_normalize=1\nactivation=gelu") "[convolutional]"
                                                                   "\nfilters=4\nsize="
                                                                   "3\npad=1\nactivation="
                                                                   "gelu\n"
                                                                   "[dropout]"
                                                                   "\nprobability=."
                                                                   "4\n" SOFTMAX_HEAD},
    {"dropout after swish", RIGHT, WRONG, 0, "",
     "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=swish\n"
     "[dropout]\nprobability=.4\n" SOFTMAX_HEAD},
    {"dropout after mish", RIGHT, RIGHT, 0, "",
     "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=mish\n"
     "[dropout]\nprobability=.4\n" SOFTMAX_HEAD},
    {"convolutional, dilation", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=3\nsize=3\ndilation=2") SOFTMAX_HEAD},
    {"convolutional, stride_x", RIGHT, UNTRAINED, 0, "",
     STEM "[convolutional]\nfilters=4\nsize=3\npad=1\nstride_x=2\nstride_y=1\n"
          "activation=tanh\n"
          "[connected]\noutput=4\nactivation=linear\n[softmax]\n"},
    {"convolutional, 1x1, stride 2", RIGHT, STRIDED_1X1, 0, "",
     STEM "[convolutional]\nfilters=4\nsize=1\nstride=2\nactivation=tanh\n"
          "[convolutional]\nfilters=4\nsize=3\nactivation=linear\n[softmax]\n"},
    {"maxpool_depth", RIGHT, RIGHT, 0, "",
     STEM "[maxpool]\nmaxpool_depth=1\nout_channels=2\n" SOFTMAX_HEAD},
    {"local_avgpool, padded", RIGHT, WRONG, 0, "",
     STEM "[local_avgpool]\nsize=3\nstride=1\n" SOFTMAX_HEAD},
    {"local_avgpool", RIGHT, RIGHT, 0, "",
     STEM "[local_avgpool]\nsize=2\nstride=2\n"
          "[convolutional]\nfilters=4\nsize=3\nactivation=linear\n[softmax]\n"},
    {"shortcut of three", RIGHT, WRONG, 0, "",
     STEM CONV("filters=4\nsize=3") CONV(
         "filters=4\nsize=1") "[shortcut]\nfrom=-2,-3\nactivation=mish\n" SOFTMAX_HEAD},
    {"shortcut, fewer channels", RIGHT, WRONG, 0, "",
     CONV("filters=3\nsize=3") CONV(
         "filters=5\nsize=3") "[shortcut]\nfrom=-2\nactivation=leaky\n" SOFTMAX_HEAD},
    {"shortcut, gelu", RIGHT, WRONG, 0, "",
     STEM CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-2\nactivation=gelu\n" SOFTMAX_HEAD},
    {"route, groups", RIGHT, WRONG, 0, "",
     STEM CONV("filters=4\nsize=3") "[route]\nlayers=-1,-2\ngroups=2\ngroup_id=1\n" CONV(
         "filters=2\nsize=3") "[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
};
#else
static const struct gradient_case own[] = {
    {"shortcut, fewer channels and smaller", RIGHT, RIGHT, 0, "",
     CONV("filters=3\nsize=3") "[convolutional]\nfilters=5\nsize=3\nstride=2\npad="
                               "1\nactivation=tanh\n"
                               "[shortcut]\nfrom=-2\nactivation=leaky\n"
                               "[convolutional]\nfilters=4\nsize=3\nactivation=linear\n["
                               "softmax]\n"},
    {"shortcut, alpha, beta", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3") "[shortcut]\nfrom=-2\nalpha=.5\nbeta=1.5\nactivation="
                                    "tanh\n" SOFTMAX_HEAD},
};
#endif

#endif
