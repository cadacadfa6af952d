/* The nets of test_gradients_gpu.c, and which of them the stock host computes rightly. */
#ifndef OCSP_TESTS_HOST_GRADIENT_CASES_GPU_H
#define OCSP_TESTS_HOST_GRADIENT_CASES_GPU_H

#include "device_run.h"

enum stock {
    RIGHT,  /* the stock host computes this rightly */
    WRONG,  /* the stock host is wrong, by more than LARGE */
    SLIGHT, /* wrong by an epsilon, or as its blocks happen to run: not asserted */
    CRASH,  /* the stock host crashes */
    REFUSED /* wrong also when hooked: the adapter refuses the net */
};

/* Wrong only in old ages of the host. */
#define STRIDED_1X1 (OCSP_HAS_STRIDED_1X1 ? RIGHT : REFUSED)
#ifdef CUDNN_HALF /* idle in training before there was loss_scale= */
#define ON_TENSOR_CORES (OCSP_HAS_LOSS_SCALE ? WRONG : RIGHT)
#else
#define ON_TENSOR_CORES RIGHT
#endif

struct gradient_case {
    const char *name;
    enum stock plain, cudnn; /* without and with cuDNN */
    double scale;            /* the host's delta is this times the gradient of its loss */
    const char *net;         /* [net] keys, or "" */
    const char *body;
};

#define ACTIVATION(name, stock)                                                          \
    {                                                                                    \
        "activation " name, stock, stock, 0, "",                                         \
            "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=" name                \
            "\n" SOFTMAX_HEAD                                                            \
    }

static const struct gradient_case cases[] = {
    {"convolutional", RIGHT, RIGHT, 0, "", STEM CONV("filters=3\nsize=3") SOFTMAX_HEAD},
    {"convolutional, loss_scale", RIGHT, RIGHT, 8, "loss_scale=8",
     STEM CONV("filters=3\nsize=3") SOFTMAX_HEAD},
    {"convolutional, batch_normalize", SLIGHT, RIGHT, 0, "",
     CONV("filters=4\nsize=3\n" BN) CONV("filters=3\nsize=3\n" BN) SOFTMAX_HEAD},
    {"convolutional, normalized, weak", WRONG, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3\n" BN) CONV("filters=3\nsize=3\n" BN) SOFTMAX_HEAD},
    {"convolutional, stride 2, padding 2", RIGHT, RIGHT, 0, "",
     STEM "[convolutional]\nfilters=4\nsize=3\nstride=2\npadding=2\nactivation=leaky\n"
          "[convolutional]\nfilters=3\nsize=4\nstride=1\nactivation=linear\n[softmax]\n"},
    {"convolutional, 1x1", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=5\nsize=1") SOFTMAX_HEAD},
    {"convolutional, 1x1, padding, not run", REFUSED, RIGHT, 0, "",
     STEM "[convolutional]\nfilters=4\nsize=1\nstride=1\npadding=1\nactivation=tanh\n"
          "[convolutional]\nfilters=4\nsize=8\nactivation=linear\n[softmax]\n"},
    {"convolutional, 1x1, stride 2", STRIDED_1X1, RIGHT, 0, "",
     STEM "[convolutional]\nfilters=4\nsize=1\nstride=2\nactivation=tanh\n" POOLED_HEAD},
    {"convolutional, groups", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=6\nsize=3\ngroups=2") SOFTMAX_HEAD},
    {"convolutional, depthwise, normalized", SLIGHT, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3\ngroups=4\n" BN) SOFTMAX_HEAD},
    {"convolutional, dilation", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=3\nsize=3\ndilation=2") SOFTMAX_HEAD},
    {"convolutional, stride_x", RIGHT, RIGHT, 0, "",
     STEM "[convolutional]\nfilters=4\nsize=3\npad=1\nstride_x=2\nstride_y=1\n"
          "activation=tanh\n" CONNECTED_HEAD},
    ACTIVATION("linear", RIGHT),
    ACTIVATION("logistic", RIGHT),
    ACTIVATION("loggy", RIGHT),
    ACTIVATION("relu", RIGHT),
    ACTIVATION("relu6", RIGHT),
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
    ACTIVATION("swish", RIGHT),
    ACTIVATION("mish", RIGHT),
    ACTIVATION("hard_mish", RIGHT),
    ACTIVATION("gelu", WRONG),
    ACTIVATION("revleaky", REFUSED),
    ACTIVATION("normalize_channels", REFUSED),
    ACTIVATION("normalize_channels_softmax", REFUSED),
    {"swish in [connected], not run", REFUSED, REFUSED, 0, "",
     STEM "[connected]\noutput=7\nactivation=swish\n" CONNECTED_HEAD},
    {"mish in [activation], not run", REFUSED, REFUSED, 0, "",
     STEM "[activation]\nactivation=mish\n" SOFTMAX_HEAD},
    {"gelu, normalized, dropout", WRONG, WRONG, 0, "",
     CONV("filters=4\nsize=3\n" BN "\nactivation=gelu")
         CONV("filters=4\nsize=3\nactivation=gelu") "[dropout]\nprobability=."
                                                    "4\n" SOFTMAX_HEAD},
    {"gelu, [connected], [activation]", WRONG, WRONG, 0, "",
     STEM "[activation]\nactivation=gelu\n[connected]\noutput=7\nactivation="
          "gelu\n" CONNECTED_HEAD},
    {"connected after a map", RIGHT, RIGHT, 0, "",
     STEM "[connected]\noutput=7\nactivation=logistic\n" CONNECTED_HEAD},
    {"connected, loss_scale", WRONG, WRONG, 8, "loss_scale=8",
     STEM "[connected]\noutput=7\nactivation=logistic\n" CONNECTED_HEAD},
    {"connected, batch_normalize", WRONG, WRONG, 0, "",
     STEM "[connected]\noutput=7\n" BN "\nactivation=tanh\n"
          "[connected]\noutput=4\n" BN "\nactivation=linear\n[softmax]\n"},
    {"maxpool", RIGHT, RIGHT, 0, "", STEM "[maxpool]\nsize=2\nstride=2\n" POOLED_HEAD},
    {"maxpool, overlapping", RIGHT, RIGHT, 0, "",
     STEM "[maxpool]\nsize=3\nstride=1\n" SOFTMAX_HEAD},
    {"maxpool_depth", RIGHT, RIGHT, 0, "",
     STEM "[maxpool]\nmaxpool_depth=1\nout_channels=2\n" SOFTMAX_HEAD},
    {"maxpool, antialiasing, not run", REFUSED, REFUSED, 0, "",
     STEM "[maxpool]\nsize=2\nstride=2\nantialiasing=1\n" POOLED_HEAD},
    {"local_avgpool, padded", WRONG, WRONG, 0, "",
     STEM "[local_avgpool]\nsize=3\nstride=1\n" SOFTMAX_HEAD},
    {"local_avgpool", WRONG, WRONG, 0, "",
     STEM "[local_avgpool]\nsize=2\nstride=2\n" POOLED_HEAD},
    {"local_avgpool, size 3, stride 2", WRONG, WRONG, 0, "",
     STEM "[local_avgpool]\nsize=3\nstride=2\n" POOLED_HEAD},
    {"avgpool", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=1") "[avgpool]\n[softmax]\n"},
    {"upsample", RIGHT, RIGHT, 0, "",
     STEM "[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\nscale=.7\n" SOFTMAX_HEAD},
    {"downsample beside a skip connection", RIGHT, RIGHT, 0, "",
     STEM "[upsample]\nstride=-2\n[upsample]\nstride=2\n"
          "[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"shortcut over 3x3", WRONG, RIGHT, 0, "",
     STEM CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-2\nactivation=tanh\n" SOFTMAX_HEAD},
    {"shortcut over 1x1", WRONG, RIGHT, 0, "",
     STEM CONV(
         "filters=4\nsize=1") "[shortcut]\nfrom=-2\nactivation=leaky\n" SOFTMAX_HEAD},
    {"tensor cores beside a skip connection", WRONG, ON_TENSOR_CORES,
     OCSP_HAS_LOSS_SCALE ? 64 : 1, "loss_scale=64",
     CONV("filters=8\nsize=3\n" BN) CONV("filters=8\nsize=3\n" BN)
         CONV("filters=8\nsize=3") "[shortcut]\nfrom=-3\nactivation=tanh\n" SOFTMAX_HEAD},
    {"shortcut of three, mish", WRONG, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3") CONV(
         "filters=4\nsize=1") "[shortcut]\nfrom=-2,-3\nactivation=mish\n" SOFTMAX_HEAD},
    {"shortcut, fewer channels, swish", WRONG, RIGHT, 0, "",
     CONV("filters=3\nsize=3") CONV(
         "filters=5\nsize=3") "[shortcut]\nfrom=-2\nactivation=swish\n" SOFTMAX_HEAD},
    {"shortcut, gelu", WRONG, WRONG, 0, "",
     STEM CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-2\nactivation=gelu\n" SOFTMAX_HEAD},
    {"shortcut, weights, not run", REFUSED, REFUSED, 0, "",
     STEM CONV("filters=4\nsize=3") "[shortcut]\nfrom=-2\nweights_type=per_channel\n"
                                    "weights_normalization=softmax\n"
                                    "activation=linear\n" SOFTMAX_HEAD},
    {"route of two", WRONG, RIGHT, 0, "",
     STEM CONV("filters=3\nsize=3") "[route]\nlayers=-1,-2\n" SOFTMAX_HEAD},
    {"route back to one", WRONG, RIGHT, 0, "",
     STEM CONV("filters=3\nsize=3") "[route]\nlayers=-2\n" CONV(
         "filters=3\nsize=3") "[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"route, groups", WRONG, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3") "[route]\nlayers=-1,-2\ngroups=2\ngroup_id=1\n" CONV(
         "filters=2\nsize=3") "[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"reorg3d beside a skip connection", WRONG, WRONG, 0, "",
     STEM
     "[reorg3d]\nstride=2\n[upsample]\nstride=2\n[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"reorg beside a skip connection", WRONG, WRONG, 0, "",
     STEM
     "[reorg]\nstride=2\n[upsample]\nstride=2\n[route]\nlayers=-1,-3\n" SOFTMAX_HEAD},
    {"scale_channels", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3") "[avgpool]\n[convolutional]\nfilters=4\nsize=1\n"
                                    "stride=1\nactivation=logistic\n"
                                    "[scale_channels]\nfrom=-3\n" SOFTMAX_HEAD},
    {"scale_channels, activation", RIGHT, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=3") "[avgpool]\n[convolutional]\nfilters=4\nsize=1\n"
                                    "stride=1\nactivation=logistic\n"
                                    "[scale_channels]\nfrom=-3\nactivation="
                                    "tanh\n" SOFTMAX_HEAD},
    {"scale_channels, scale_wh", WRONG, WRONG, 0, "",
     STEM CONV(
         "filters=1\nsize=3\nactivation=logistic") "[scale_channels]\nfrom=-2\nscale_wh="
                                                   "1\nactivation=tanh\n" SOFTMAX_HEAD},
    {"sam", WRONG, RIGHT, 0, "",
     STEM CONV("filters=4\nsize=1\nactivation=logistic") "[sam]\nfrom=-2\nactivation="
                                                         "linear\n" SOFTMAX_HEAD},
    {"dropout after leaky", RIGHT, RIGHT, 0, "",
     CONV("filters=4\nsize=3\nactivation=leaky") "[dropout]\nprobability=."
                                                 "4\n" SOFTMAX_HEAD},
    {"dropout after tanh", WRONG, WRONG, 0, "",
     STEM "[dropout]\nprobability=.4\n" SOFTMAX_HEAD},
    {"dropout after swish", WRONG, WRONG, 0, "",
     CONV("filters=4\nsize=3\nactivation=swish") "[dropout]\nprobability=."
                                                 "4\n" SOFTMAX_HEAD},
    {"dropout after mish", RIGHT, RIGHT, 0, "",
     CONV("filters=4\nsize=3\nactivation=mish") "[dropout]\nprobability=."
                                                "4\n" SOFTMAX_HEAD},
    {"two dropouts after logistic, normalized", WRONG, WRONG, 0, "",
     CONV("filters=4\nsize=3\n" BN
          "\nactivation=logistic") "[dropout]\nprobability=.4\n[dropout]\nprobability=."
                                   "3\n" SOFTMAX_HEAD},
    {"dropout after connected, logistic", WRONG, WRONG, 0, "",
     STEM "[connected]\noutput=9\nactivation=logistic\n[dropout]\nprobability=."
          "3\n" CONNECTED_HEAD},
    {"dropout after shortcut, logistic", WRONG, WRONG, 0, "",
     STEM CONV("filters=4\nsize=3") "[shortcut]\nfrom=-2\nactivation=logistic\n"
                                    "[dropout]\nprobability=.4\n" SOFTMAX_HEAD},
    {"dropblock after leaky", SLIGHT, SLIGHT, 0, "",
     CONV("filters=4\nsize=3\nactivation=leaky") "[dropout]\ndropblock=1\ndropblock_size_"
                                                 "abs=2\nprobability=.6\n" SOFTMAX_HEAD},
    {"dropblock and dropout after tanh", WRONG, WRONG, 0, "",
     STEM "[dropout]\ndropblock=1\ndropblock_size_abs=2\nprobability=.6\n"
          "[dropout]\nprobability=.3\n" SOFTMAX_HEAD},
    {"skip connection read after dropout", WRONG, RIGHT, 0, "",
     CONV("filters=4\nsize=3\nactivation=leaky") "[dropout]\nprobability=.4\n" CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-3\nactivation=linear\n" SOFTMAX_HEAD},
    {"activation", RIGHT, RIGHT, 0, "",
     STEM "[activation]\nactivation=logistic\n" SOFTMAX_HEAD},
    {"activation beside a skip connection", WRONG, WRONG, 0, "",
     STEM "[activation]\nactivation=logistic\n[route]\nlayers=-1,-2\n" SOFTMAX_HEAD},
    {"batchnorm", SLIGHT, RIGHT, 0, "",
     STEM "[batchnorm]\n[activation]\nactivation=tanh\n" SOFTMAX_HEAD},
    {"batchnorm beside a skip connection", WRONG, WRONG, 0, "",
     STEM "[batchnorm]\n[activation]\nactivation=tanh\n" CONV(
         "filters=4\nsize=3") "[shortcut]\nfrom=-4\nactivation=linear\n" SOFTMAX_HEAD},
    {"batchnorm first", CRASH, CRASH, 0, "", "[batchnorm]\n" STEM SOFTMAX_HEAD},
    {"activation first", CRASH, CRASH, 0, "",
     "[activation]\nactivation=tanh\n" STEM SOFTMAX_HEAD},
    {"maxpool first", CRASH, CRASH, 0, "",
     "[maxpool]\nsize=3\nstride=1\n" STEM SOFTMAX_HEAD},
    {"crop first, then maxpool", CRASH, CRASH, 0, "width=8\nheight=8\nchannels=3",
     "[crop]\ncrop_width=6\ncrop_height=6\nflip=0\nangle=0\n"
     "[maxpool]\nsize=3\nstride=1\n" STEM SOFTMAX_HEAD},
    {"crop of two channels, not run", REFUSED, REFUSED, 0, "",
     "[crop]\ncrop_width=6\ncrop_height=6\nflip=0\nangle=0\n" STEM SOFTMAX_HEAD},
    {"softmax, groups", RIGHT, RIGHT, 0, "", STEM HEAD "[softmax]\ngroups=2\n"},
    {"softmax, tree", RIGHT, RIGHT, 0, "", STEM HEAD "[softmax]\ntree="},
    {"local", RIGHT, RIGHT, 0, "",
     STEM "[local]\nfilters=3\nsize=3\nstride=1\npad=1\nactivation=tanh\n" POOLED_HEAD},
    {"local, loss_scale, not run", REFUSED, REFUSED, 8, "loss_scale=8",
     STEM "[local]\nfilters=3\nsize=3\nstride=1\npad=1\nactivation=tanh\n" POOLED_HEAD},
    {"implicit", RIGHT, RIGHT, 0, "",
     STEM "[implicit]\nfilters=4\natoms=1\n[scale_channels]\nfrom=-2\n" SOFTMAX_HEAD},
    {"softmax, spatial, not run", REFUSED, REFUSED, 0, "",
     STEM HEAD "[softmax]\nspatial=1\n"},
    {"cost, sse", RIGHT, RIGHT, .5, "", STEM HEAD "[cost]\ntype=sse\n"},
    {"cost, smooth", RIGHT, RIGHT, .5, "", STEM HEAD "[cost]\ntype=smooth\n"},
    {"cost, loss_scale", WRONG, WRONG, 4, "loss_scale=8", STEM HEAD "[cost]\ntype=sse\n"},
    {"optimized_memory, not run", REFUSED, REFUSED, 0, "optimized_memory=1",
     STEM SOFTMAX_HEAD},
    {"coordconv, not run", REFUSED, REFUSED, 0, "",
     CONV("filters=4\nsize=3\ncoordconv=1") SOFTMAX_HEAD},
    {"sway, not run", REFUSED, REFUSED, 0, "",
     CONV("filters=4\nsize=3\nsway=1") SOFTMAX_HEAD},
    {"rnn, not run", REFUSED, REFUSED, 0, "",
     STEM "[rnn]\noutput=4\nhidden=4\nactivation=tanh\n[softmax]\n"},
    {"residual, projection, concatenation", WRONG, WRONG, 0, "",
     CONV(
         "filters=4\nsize=3\n" BN) "[convolutional]\nfilters=6\nsize=1\nstride=1\n" BN
                                   "\nactivation=linear\n"
                                   "[route]\nlayers=-2\n" CONV("filters=6\nsize=3\n" BN) "[dropout]\nprobability=.3\n" CONV(
                                       "filters=6\nsize=3\n" BN
                                       "\nactivation=linear") "[shortcut]\nfrom=-"
                                                              "5\nactivation=leaky\n"
                                                              "[maxpool]\nsize=2\nstride="
                                                              "2\n[upsample]\nstride=2\n"
                                                              "[route]\nlayers=-1,-3,"
                                                              "0\n" CONV(
                                                                  "filters=5\nsize="
                                                                  "1\n" BN) "[avgpool]"
                                                                            "\n" CONNECTED_HEAD},
};

#endif
