/* The hosts' tables of refusals, row by row, in every kind of build. */
#include "hosts/rules.h"

#include <stdio.h>
#include <string.h>

#include "helpers.h"
#include "hosts/alexeyab/features.h"

#define DEBIAN 1
#define ALEXEYAB 2
#define BOTH (DEBIAN | ALEXEYAB)
#define CPU OCSP_CPU
#define CUDA OCSP_OWN_CUDA
#define CUDNN OCSP_CUDNN
#define GPU OCSP_ANY_GPU
#define ANY OCSP_ANY_BUILD

/* [net] is lines 1 to 5; then FIRST 6 to 10, SECOND 11 to 15. */
#define NET "[net]\nbatch=6\nwidth=8\nheight=8\nchannels=3\n"
#define SECTION "[convolutional]\nfilters=3\nsize=3\npad=1\nactivation=leaky\n"
#define CONV NET SECTION
#define END "[cost]\n"
/* Two maps that fit one another at 64 pixels, but not at 96. */
#define ODD_SIZES                                                                        \
    "[maxpool]\nsize=32\nstride=32\n[maxpool]\nsize=2\nstride=2\n"                       \
    "[upsample]\nstride=2\n[route]\nlayers=-1,-3\n" SECTION "[yolo]\nrandom=1\n"
#define YOLO(keys) CONV "[yolo]\nclasses=20\nnum=1\njitter=.3\n" keys
#define POINT "[convolutional]\nfilters=4\nsize=1\nactivation=leaky\n"

static const struct refused {
    int hosts;
    unsigned builds;
    const char *text;
    int line;
    const char *says; /* the message holds these words */
} refused[] = {
    {DEBIAN, ANY, CONV "\r\n" END, 0, "x.cfg: Debian's Darknet cannot read Windows"},
    {DEBIAN, ANY, CONV "[local_avgpool]\nsize=2\nstride=2\n" END, 11,
     "layer 1 [local_avgpool]: Debian's Darknet does not know this section"},
    {ALEXEYAB, ANY, CONV "[l2norm]\n" END, 11,
     "layer 1 [l2norm]: AlexeyAB's Darknet does not know this section"},
    {DEBIAN, ANY, CONV "[activation]\nactivation=mish\n" END, 12,
     "Debian's Darknet does not know this activation"},
    {DEBIAN, ANY, CONV SECTION "dilation=2\n" END, 16,
     "Debian's Darknet ignores dilation="},
    {DEBIAN, ANY, CONV SECTION "[shortcut]\nfrom=0,-1\n" END, 17,
     "reads the first layer of from= alone"},
    {DEBIAN, ANY, CONV SECTION "cbn=1\n" END, 16, "does not read this key"},
    {DEBIAN, ANY, CONV SECTION "stride_x=2\n" END, 16, "does not read this key"},
    {DEBIAN, ANY, CONV "[max]\nsize=2\nstride=2\nstride_y=1\n" END, 14,
     "does not read this key"},
    {DEBIAN, ANY, CONV SECTION "antialiasing=1\n" END, 16, "does not read this key"},
    {DEBIAN, ANY, CONV SECTION SECTION "share_index=-1\n" END, 21,
     "does not read this key"},
    {DEBIAN, ANY, CONV "[maxpool]\nmaxpool_depth=1\nout_channels=2\n" END, 12,
     "does not read this key"},
    {DEBIAN, ANY, CONV "[route]\nlayers=-1\ngroups=3\n" END, 13,
     "does not read this key"},
    {DEBIAN, GPU, CONV POINT "[shortcut]\nfrom=0\n" END, 11,
     "loses the gradient of a skip connection"},
    {DEBIAN, ANY, CONV POINT "stride=2\n" END, 15,
     "computes a 1x1 convolution with stride > 1 wrongly"},
    {DEBIAN, ANY, CONV SECTION "stride=2\n[shortcut]\nfrom=0\nalpha=.5\n" END, 19,
     "shortcut of unequal sizes with alpha= wrongly"},
    {DEBIAN, ANY, CONV "[cost]\nsmooth=.1\n", 12, "ignores smooth= and noobj="},
    {DEBIAN, ANY, CONV "[cost]\nnoobj=.5\n", 12, "ignores smooth= and noobj="},
    {DEBIAN, ANY, CONV "[cost]\ntype=wgan\n", 12, "computes type=wgan as sse"},

    {BOTH, ANY,
     "[net]\nbatch=4\nsubdivisions=4\nwidth=8\nheight=8\nchannels=3\n"
     "[connected]\nbatch_normalize=1\noutput=4\nactivation=leaky\n" END,
     7, "batch normalization over a single value"},
    {BOTH, ANY, "[net]\nwidth=1\nheight=1\nchannels=3\n[batchnorm]\n" END, 5,
     "batch normalization over a single value"},
    {BOTH, ANY, CONV SECTION "binary=1\n" END, 16, "binary= and xnor= cannot be pruned"},
    {BOTH, ANY, CONV SECTION "xnor=1\n" END, 16, "binary= and xnor= cannot be pruned"},
    {BOTH, ANY, CONV "[crop]\ncrop_width=4\ncrop_height=4\n" END, 11,
     "layer 1 [crop]: [crop] passes no gradient back: it may only be the first"},
    {BOTH, ANY,
     NET "[crop]\ncrop_width=8\ncrop_height=8\n" SECTION "[route]\nlayers=0\n" END, 15,
     "layer 2 [route]: [crop] passes no gradient back: only the layer behind"},
    {BOTH, ANY,
     NET "[crop]\ncrop_width=8\ncrop_height=8\n" SECTION "[shortcut]\nfrom=0\n" END, 15,
     "layer 2 [shortcut]: [crop] passes no gradient back"},
    {ALEXEYAB, ANY,
     NET "[crop]\ncrop_width=8\ncrop_height=8\n" SECTION "[sam]\nfrom=0\n" END, 15,
     "layer 2 [sam]: [crop] passes no gradient back"},
    {BOTH, ANY, CONV "[maxpool]\nsize=2\nstride=1\npadding=6\n" END, 14,
     "a window of the pool holds no input"},
    {ALEXEYAB, ANY, CONV "[local_avg]\nsize=2\nstride=1\npadding=3\n" END, 14,
     "a window of the pool holds no input"},

    {BOTH, CPU, "[net]\nadam=1\nwidth=8\nheight=8\nchannels=3\n" SECTION END, 2,
     "x.cfg:2: [net] adam=1: Darknet on CPU would silently train with SGD"},
    {DEBIAN, ANY, CONV SECTION "stopbackward=9\n" END, 16,
     "layer 1 [convolutional]: this Darknet takes any stopbackward= for 1"},
    {ALEXEYAB, CPU, CONV SECTION "stopbackward=9\n" END, 16,
     "layer 1 [convolutional]: this Darknet takes any stopbackward= for 1"},
    {DEBIAN, ANY, CONV POINT "padding=1\n" END, 15,
     "Darknet on CPU computes a 1x1 convolution with padding wrongly"},
    {ALEXEYAB, CPU, CONV POINT "padding=1\n" END, 15,
     "Darknet on CPU computes a 1x1 convolution with padding wrongly"},
    {DEBIAN, ANY, CONV "[softmax]\ntree=a.tree\n", 12, "softmax with tree= wrongly"},
    {ALEXEYAB, CPU, CONV "[softmax]\ntree=a.tree\n", 12, "softmax with tree= wrongly"},
    {DEBIAN, ANY, CONV "[soft]\nspatial=1\n", 12, "ignores spatial=1"},
    {ALEXEYAB, CPU, CONV "[soft]\nspatial=1\n", 12, "ignores spatial=1"},

    {ALEXEYAB, ANY, CONV "[shortcut]\nfrom=0\nalpha=.5\n" END, 13,
     "layer 1 [shortcut]: AlexeyAB's Darknet ignores alpha= and beta="},
    {ALEXEYAB, ANY, CONV "[shortcut]\nfrom=0\nbeta=.5\n" END, 13,
     "layer 1 [shortcut]: AlexeyAB's Darknet ignores alpha= and beta="},
    {ALEXEYAB, ANY,
     "[net]\nadversarial_lr=.1\nwidth=8\nheight=8\nchannels=3\n" SECTION END, 2,
     "x.cfg:2: [net] adversarial_lr=.1: it is not supported"},
    {ALEXEYAB, ANY,
     "[net]\nweights_reject_freq=9\nwidth=8\nheight=8\nchannels=3\n" SECTION
     "groups=3\n" END,
     11, "writes behind the weights of a convolution with groups="},
    {ALEXEYAB, ANY, CONV SECTION SECTION "share_index=-1\n" END, 21, "share_index= is"},
    {ALEXEYAB, ANY, CONV SECTION "assisted_excitation=1\n" END, 16,
     "assisted_excitation= is not supported"},

    {ALEXEYAB, CPU, CONV "[connected]\noutput=4\nactivation=mish\n" END, 13,
     "on CPU has no right gradient of this activation"},
    {ALEXEYAB, CPU, CONV SECTION "dont_update=3\n" END, 16, "ignores dont_update="},
    {ALEXEYAB, CPU, CONV SECTION "burnin_update=1\n" END, 16, "ignores dont_update="},
    {ALEXEYAB, CPU, CONV SECTION "train_only_bn=1\n" END, 16, "ignores dont_update="},
    {ALEXEYAB, CPU, CONV SECTION "antialiasing=1\n" END, 16,
     "on CPU trains a layer with antialiasing= wrongly"},
    {ALEXEYAB, CPU, CONV SECTION "clip=.5\n" END, 16, "ignores clip="},
    {ALEXEYAB, CPU, CONV SECTION "grad_centr=1\n" END, 16, "ignores clip="},
    {ALEXEYAB, CPU, CONV SECTION "reverse=1\n" END, 16, "ignores clip="},
    {ALEXEYAB, CPU, CONV SECTION "sway=1\n" END, 16, "ignores sway="},
    {ALEXEYAB, CPU, CONV SECTION "rotate=1\n" END, 16, "ignores sway="},
    {ALEXEYAB, CPU, CONV SECTION "stretch=1\n" END, 16, "ignores sway="},
    {ALEXEYAB, CPU, CONV SECTION "stretch_sway=1\n" END, 16, "ignores sway="},
    {ALEXEYAB, CPU, CONV SECTION "coordconv=1\n" END, 16, "ignores sway="},
    {ALEXEYAB, CPU, CONV POINT "stride_y=2\n" END, 11,
     "this Darknet on CPU computes a 1x1 convolution with these strides wrongly"},
    {ALEXEYAB, CPU,
     CONV
     "[shortcut]\nfrom=0\nweights_type=per_channel\nweights_normalization=relu\n" END,
     13, "on CPU has no right gradient of weights_type="},
    {ALEXEYAB, CPU,
     CONV "[convolutional]\nfilters=5\nsize=1\nactivation=leaky\n" SECTION
          "[shortcut]\nfrom=1\n" END,
     21, "adds these layers of unequal sizes wrongly"},
    {ALEXEYAB, CPU, CONV "[dropout]\ndropblock=1\n" END, 12, "ignores dropblock="},

    {ALEXEYAB, GPU,
     "[net]\noptimized_memory=1\nwidth=8\nheight=8\nchannels=3\n" SECTION END, 2,
     "x.cfg:2: [net] optimized_memory=1: it lets layers share one buffer"},
    {ALEXEYAB, GPU,
     "[net]\nuse_cuda_graph=1\nwidth=8\nheight=8\nchannels=3\n" SECTION END, 2,
     "x.cfg:2: [net] use_cuda_graph=1: it is not supported in training"},
    {ALEXEYAB, GPU,
     "[net]\nloss_scale=9\nadam=1\nwidth=8\nheight=8\nchannels=3\n" SECTION END, 2,
     "x.cfg:2: [net] loss_scale=9: with adam=1 it divides the learning rate"},
    {ALEXEYAB, GPU, CONV "[sam]\nfrom=0\nactivation=mish\n" END, 13,
     "on GPU has no right gradient of this activation"},
    {ALEXEYAB, GPU, CONV "[maxpool]\nsize=2\nstride=2\nantialiasing=1\n" END, 14,
     "on GPU trains a layer with antialiasing= wrongly"},
    {ALEXEYAB, GPU, CONV SECTION "stream=0\n" END, 16, "stream= and wait_stream="},
    {ALEXEYAB, GPU, CONV "[route]\nlayers=0\nwait_stream=1\n" END, 13,
     "stream= and wait_stream="},
    {ALEXEYAB, GPU,
     "[net]\nwidth=8\nheight=8\nchannels=1\n[crop]\ncrop_width=4\ncrop_height=4\n" END, 5,
     "[crop] on GPU is for images of 3 channels"},
    {ALEXEYAB, GPU, CONV SECTION "sway=1\n" END, 16, "they tie filters"},
    {ALEXEYAB, GPU, CONV SECTION "rotate=1\n" END, 16, "they tie filters"},
    {ALEXEYAB, GPU, CONV SECTION "stretch=1\n" END, 16, "they tie filters"},
    {ALEXEYAB, GPU, CONV SECTION "stretch_sway=1\n" END, 16, "they tie filters"},
    {ALEXEYAB, GPU, CONV SECTION "coordconv=1\n" END, 16, "writes over the first"},
    {ALEXEYAB, GPU, CONV SECTION "reverse=1\n" END, 16, "is no gradient descent"},
    {ALEXEYAB, CUDA, CONV POINT "padding=1\n" END, 15,
     "without cuDNN computes a 1x1 convolution with padding wrongly"},
    {ALEXEYAB, CUDA, CONV POINT "stride_y=2\n" END, 11,
     "without cuDNN computes a 1x1 convolution with these strides wrongly"},
    {ALEXEYAB, GPU, CONV "[max]\nsize=2\nstride=2\nmaxpool_zero_nonmax=1\n" END, 14,
     "maxpool_zero_nonmax= wrongly"},
    {ALEXEYAB, GPU, CONV "[conn]\noutput=4\nbatch_normalize=2\n" END, 13,
     "batch_normalize=2 on GPU writes through a null pointer"},
    {ALEXEYAB, GPU,
     CONV
     "[shortcut]\nfrom=0\nweights_type=per_channel\nweights_normalization=relu\n" END,
     13, "Darknet has no right gradient of weights_type="},
    {ALEXEYAB, GPU, CONV "[softmax]\nspatial=1\n", 12, "softmax with spatial=1 wrongly"},
    {ALEXEYAB, GPU,
     "[net]\nloss_scale=9\nwidth=8\nheight=8\nchannels=3\n[local]\nfilters=2\nsize="
     "3\n" END,
     6, "[local] has no eye on [net] loss_scale="},
    {ALEXEYAB, GPU, CONV "[gru]\noutput=4\n" END, 11,
     "recurrent layers are not supported"},

    {DEBIAN, ANY, "[net]\nwidth=8\nheight=4\nchannels=3\n" SECTION END, 3,
     "x.cfg:3: [net] height=4: Debian's Darknet loads squares of width="},
    {BOTH, ANY, CONV, 1, "nothing in this net is compared with labels"},
    {BOTH, ANY, CONV "[softmax]\nnoloss=1\n", 1, "nothing in this net is compared"},
    {DEBIAN, ANY, CONV "[iseg]\n", 11, "layer 1 [iseg]: it is trained with masks"},
    {BOTH, ANY, CONV "[detection]\n", 11, "loads no labels for [detection]"},
    {BOTH, ANY, CONV "[softmax]\n" SECTION "stride=2\n" END, 11,
     "layer 1 [softmax]: its inputs are not as many as the outputs of the net"},
    {BOTH, ANY, CONV END "[yolo]\n", 11, "layer 1 [cost]: it would take the boxes"},
    {BOTH, ANY, CONV "[cost]\ntype=huber\n", 12, "does not know this type and takes sse"},
    {BOTH, ANY, CONV "[region]\n" SECTION "[yolo]\n", 11,
     "layer 1 [region]: all heads of a detector must be of one kind"},
    {BOTH, ANY, CONV "[yolo]\nclasses=2\n" SECTION "[yolo]\nclasses=3\n", 12,
     "layer 1 [yolo]: the labels are those of the last head"},
    {DEBIAN, ANY, YOLO("") SECTION, 15,
     "layer 2 [convolutional]: Debian's Darknet asks the last layer of a detector"},
    {DEBIAN, ANY, YOLO("max=200\n"), 15, "has room for 90 boxes per image"},
    {DEBIAN, ANY, YOLO("max=50\n"), 15, "has room for 90 boxes per image"},
    {DEBIAN, ANY, CONV "[region]\nmax=31\n", 12, "has room for 30 boxes per image"},
    {DEBIAN, ANY, CONV "[region]\ncoords=6\n", 12, "loads 4 coordinates per box"},
    {DEBIAN, ANY, CONV "[region]\ntree=a.tree\n", 12, "a [region] with tree= wrongly"},
    {DEBIAN, ANY, CONV SECTION "truth=1\n" END, 16, "take its output for the labels"},
    {ALEXEYAB, ANY, "[net]\nbatch=1\nwidth=8\nheight=8\nchannels=3\n" SECTION "[yolo]\n",
     2,
     "x.cfg:2: [net] batch=1: AlexeyAB's Darknet trains no detector on a single image"},
    {ALEXEYAB, ANY, CONV "[yolo]\nmax=90\n" SECTION "[yolo]\n", 12,
     "layer 1 [yolo]: the boxes are laid out for the last head"},
    {ALEXEYAB, ANY, CONV "[yolo]\nresize=1.5\njitter=.4\n", 13,
     "may leave nothing of an image"},
    {ALEXEYAB, ANY, "[net]\ncontrastive=1\nwidth=8\nheight=8\nchannels=3\n" SECTION END,
     2, "batch / subdivisions must be 2 or more with contrastive="},
    {ALEXEYAB, ANY,
     "[net]\nbatch=8\nmosaic=1\nletter_box=1\nwidth=8\nheight=8\nchannels=3\n" SECTION
     "[yolo]\n",
     4, "cannot do both letter_box=1 and mosaic=1"},
    {ALEXEYAB, ANY,
     "[net]\nbatch=8\ncutmix=1\nwidth=8\nheight=8\nchannels=3\n" SECTION "[yolo]\n", 3,
     "has no cutmix=1 for detectors"},
    {BOTH, ANY, "[net]\nbatch=8\ninputs=3\n[connected]\noutput=2\n" END, 1,
     "it needs width= and height="},
    {DEBIAN, ANY, "[net]\nmin_ratio=.1\nwidth=8\nheight=8\nchannels=3\n" SECTION END, 2,
     "[net] min_ratio=.1: nothing is left of an image"},
    {DEBIAN, ANY, "[net]\nmax_ratio=0\nwidth=8\nheight=8\nchannels=3\n" SECTION END, 2,
     "[net] max_ratio=0: nothing is left of an image"},
    {DEBIAN, ANY,
     "[net]\nrandom=1\nwidth=8\nheight=8\nchannels=3\n" SECTION "[connected]\noutput=2\n"
     "[softmax]\n",
     11, "layer 1 [connected]: Debian's Darknet cannot resize such a layer"},
    {DEBIAN, ANY, CONV "[local]\nsize=3\n[yolo]\nrandom=1\n", 11,
     "layer 1 [local]: Debian's Darknet cannot resize such a layer"},
    {ALEXEYAB, ANY, CONV "[local]\nsize=3\n[yolo]\nrandom=1\n", 11,
     "layer 1 [local]: AlexeyAB's Darknet cannot resize such a layer"},
    {DEBIAN, ANY, "[net]\nwidth=64\nheight=64\nchannels=3\n" ODD_SIZES, 1,
     "does not fit together at one of the sizes that random="},
    {ALEXEYAB, ANY, "[net]\nbatch=2\nwidth=64\nheight=64\nchannels=3\n" ODD_SIZES, 1,
     "does not fit together at one of the sizes that random="},
    {ALEXEYAB, ANY,
     "[net]\ntrack=1\nseq_scales=1,2\nwidth=8\nheight=8\nchannels=3\n" SECTION END, 3,
     "with track=1 no number may be above 1"},
    {ALEXEYAB, ANY, CONV "[yolo]\ncounters_per_class=1,2\n", 12,
     "a number for each of classes="},
    {ALEXEYAB, ANY, CONV "[yolo]\niou_loss=ciuo\n", 12, "does not know it and takes iou"},
    {ALEXEYAB, ANY, "[net]\nbatch=2\nwidth=8\nheight=8\nchannels=16\n" SECTION "[yolo]\n",
     5, "loads images of 1 or 3 channels"},
    {BOTH, ANY, CONV "[yolo]\n[route]\nlayers=-1\n" SECTION "[yolo]\nrandom=1\n", 12,
     "layer 2 [route]: "},
    {ALEXEYAB, ANY, CONV "[maxpool]\nmaxpool_depth=1\nout_channels=1\n[yolo]\nrandom=1\n",
     11, "layer 1 [maxpool]: AlexeyAB's Darknet cannot resize"},
    {ALEXEYAB, ANY, CONV "[silence]\n" END, 11,
     "layer 1 [silence]: AlexeyAB's Darknet aborts when it frees a network"},
    {BOTH, ANY, CONV SECTION "dontload=1\n" END, 11, "change what a .weights file holds"},
    {ALEXEYAB, ANY, CONV "[implicit]\nfilters=3\n" END, 11,
     "cannot train nets with weights in this section"},
    {DEBIAN, ANY, CONV "[rnn]\noutput=3\n" END, 11,
     "cannot train nets with weights in this section"},
};

/* Near misses: no build of these hosts refuses them. */
static const struct accepted {
    int hosts;
    const char *text;
} accepted[] = {
    {BOTH, CONV SECTION "stopbackward=1\n" END},
    {BOTH, CONV "[maxpool]\nsize=2\nstride=2\npadding=1\n" END},
    {BOTH, CONV SECTION "[shortcut]\nfrom=0\nalpha=1\n" END},
    {DEBIAN, CONV SECTION "[shortcut]\nfrom=0\nalpha=.5\n" END},
    {DEBIAN, CONV SECTION "batch_normalize=1\ncbn=1\nstride_x=1\nstride_y=1\n" END},
    {BOTH, "[net]\nbatch=8\nsubdivisions=4\nwidth=8\nheight=8\nchannels=3\n"
           "[connected]\nbatch_normalize=1\noutput=4\n" END},
    {BOTH, NET "[crop]\ncrop_width=4\ncrop_height=4\n" SECTION END},
    {BOTH, CONV SECTION "adam=1\nadversarial_lr=1\n" END}, /* keys of [net] alone */
    {BOTH, CONV "[connected]\noutput=4\npadding=1\nbinary=1\nsway=1\n" END},
    {ALEXEYAB,
     "[net]\nweights_reject_freq=9\nwidth=8\nheight=8\nchannels=3\n" SECTION END},
    {ALEXEYAB, "[net]\nloss_scale=1\nwidth=8\nheight=8\nchannels=3\n" SECTION END},
    {ALEXEYAB, CONV POINT "stride=2\n" END},
    {ALEXEYAB, CONV SECTION "stream=-1\nassisted_excitation=.5\nactivation=mish\n" END},
    {ALEXEYAB, CONV "[local_avgpool]\nsize=2\nstride=2\nantialiasing=0\n" END},
    {ALEXEYAB, CONV "[shortcut]\nfrom=0\nactivation=mish\n" END},
    /* the host notes the channels of a route's output as those of its input */
    {ALEXEYAB,
     CONV SECTION "[route]\nlayers=-1,-2\n" SECTION "[shortcut]\nfrom=-2\n" END},
    {BOTH, CONV "[lrn]\n" END}, /* an alias that both hosts know */
    {ALEXEYAB, "[net]\nwidth=8\nheight=4\nchannels=3\n" SECTION END},
    {BOTH, "[net]\nbatch=2\nwidth=8\nheight=4\nchannels=3\n" SECTION "[yolo]\n"},
    {BOTH, CONV "[softmax]\n" END},
    {BOTH, CONV "[softmax]\nnoloss=1\n" SECTION "stride=2\n" END},
    {ALEXEYAB, "[net]\nbatch=2\nwidth=8\nheight=8\nchannels=1\n" SECTION "[yolo]\n"},
    {BOTH, YOLO("resize=1.5\niou_loss=ciou\n")},
    {BOTH, CONV "[yolo]\nclasses=2\ncounters_per_class=10,20\n"},
    {BOTH, "[net]\nseq_scales=1,2\nwidth=8\nheight=8\nchannels=3\n" SECTION END},
    {BOTH,
     "[net]\ntrack=1\nseq_scales=1,.5\nwidth=8\nheight=8\nchannels=3\n" SECTION END},
    {BOTH, "[net]\nbatch=2\nsubdivisions=2\nwidth=8\nheight=8\nchannels=3\n" SECTION
           "[yolo]\nmax=50\n"},
    {ALEXEYAB, YOLO("max=50\n") SECTION "[yolo]\nmax=50\n"},
    {ALEXEYAB, YOLO("") SECTION},
    {BOTH, CONV "[region]\nmax=30\n"},
    {ALEXEYAB,
     "[net]\nbatch=8\nmosaic=1\nwidth=8\nheight=8\nchannels=3\n" SECTION "[yolo]\n"},
    {BOTH, "[net]\nbatch=8\ncutmix=1\nwidth=8\nheight=8\nchannels=3\n" SECTION END},
    {BOTH, "[net]\nrandom=1\nwidth=8\nheight=8\nchannels=3\n" SECTION
           "[avgpool]\n[connected]\noutput=2\n[softmax]\n"},
    {BOTH, "[net]\nmin_ratio=1\nwidth=8\nheight=8\nchannels=3\n" SECTION END},
};

static const struct ocsp_host_rules *rules_of(int host)
{
    for (const struct ocsp_host_rules *const *r = ocsp_all_host_rules; *r; r++)
        if (strcmp((*r)->name, host == DEBIAN ? "Debian" : "AlexeyAB") == 0)
            return *r;
    fail_msg("a host is missing");
    return NULL;
}

static struct ocsp_host_build build_of(int host, unsigned kind)
{
    return (struct ocsp_host_build){(enum ocsp_build_kind)kind,
                                    host == DEBIAN ? 0 : OCSP_ALEXEYAB_NEWEST};
}

static enum ocsp_status check(int host, unsigned kind, const char *text)
{
    const struct ocsp_host_build build = build_of(host, kind);
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;

    MUST(ocsp_cfg_parse(&cfg, "x.cfg", text, strlen(text), &test_error));
    MUST(ocsp_graph_new(&graph, cfg, &test_error));
    const enum ocsp_status status =
        ocsp_refusals_check(rules_of(host), &build, graph, true, &test_error);
    ocsp_graph_free(graph);
    ocsp_cfg_free(cfg);
    return status;
}

static void check_case(const struct refused *r, int host, unsigned kind)
{
    char place[32];

    if (check(host, kind, r->text) != OCSP_E_UNSUPPORTED)
        fail_msg("host %d, build %u accepts: %s", host, kind, r->says);
    if (!strstr(test_error.text, r->says))
        fail_msg("host %d, build %u: not '%s': %s", host, kind, r->says, test_error.text);
    snprintf(place, sizeof place, r->line ? "x.cfg:%d: " : "x.cfg: ", r->line);
    if (strstr(test_error.text, place) != test_error.text)
        fail_msg("host %d, build %u: not at %s: %s", host, kind, place, test_error.text);
}

static void refuses_each_case_with_its_line(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++)
        for (int host = DEBIAN; host <= ALEXEYAB; host++)
            for (unsigned kind = CPU; kind <= CUDNN; kind *= 2)
                if ((refused[k].hosts & host) != 0 && (refused[k].builds & kind) != 0)
                    check_case(&refused[k], host, kind);
}

static void accepts_near_misses(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof accepted / sizeof *accepted; k++)
        for (int host = DEBIAN; host <= ALEXEYAB; host++)
            for (unsigned kind = CPU; kind <= CUDNN; kind *= 2)
                if ((accepted[k].hosts & host) != 0 &&
                    check(host, kind, accepted[k].text) != OCSP_OK)
                    fail_msg("case %zu, build %u: %s", k, kind, test_error.text);
}

struct wanted {
    const struct ocsp_rule *row;
    bool found;
};

static bool look_for(void *context, const struct ocsp_rule *row,
                     const struct ocsp_rule_site *site)
{
    struct wanted *wanted = context;

    (void)site;
    wanted->found |= wanted->row == row;
    return true;
}

/* Whether one of the cases above meets the row in a tree with these features. */
static bool is_met(const struct ocsp_host_rules *rules,
                   const struct ocsp_host_build *build, const struct ocsp_rule *row)
{
    struct wanted wanted = {row, false};

    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
        const char *text = refused[k].text;
        struct ocsp_cfg *cfg;
        struct ocsp_graph *graph;
        MUST(ocsp_cfg_parse(&cfg, "x.cfg", text, strlen(text), &test_error));
        MUST(ocsp_graph_new(&graph, cfg, &test_error));
        ocsp_rules_find(rules->refusals, build, graph, look_for, &wanted);
        ocsp_graph_free(graph);
        ocsp_cfg_free(cfg);
    }
    return wanted.found;
}

/* A row that none of the cases meets has never been seen to hold. */
static void every_row_has_a_case(void **state)
{
    (void)state;
    for (int host = DEBIAN; host <= ALEXEYAB; host++) {
        const struct ocsp_host_rules *rules = rules_of(host);
        for (const struct ocsp_rule_list *list = rules->refusals; list->rows; list++)
            for (const struct ocsp_rule *row = list->rows; row->sentence; row++)
                for (unsigned kind = CPU; kind <= CUDNN; kind *= 2) {
                    struct ocsp_host_build build = build_of(host, kind);
                    if ((row->builds & list->builds & kind) == 0)
                        continue;
                    /* the one fault that a feature has mended */
                    if (strstr(row->sentence, "loses the momentum"))
                        build.features &= ~(unsigned)OCSP_ALEXEYAB_SCALED_RATE;
                    build.features |= row->features & OCSP_ALEXEYAB_NO_OPENCV;
                    if (!is_met(rules, &build, row))
                        fail_msg("%s, build %u: %s", rules->name, kind, row->sentence);
                }
    }
}

/* Older trees of AlexeyAB's ignore keys that they do not know. */
static void keys_unknown_to_a_tree_are_not_refused(void **state)
{
    const struct ocsp_host_rules *rules = rules_of(ALEXEYAB);
    int n = 0;

    (void)state;
    for (const struct ocsp_rule_list *list = rules->refusals; list->rows; list++)
        for (const struct ocsp_rule *row = list->rows; row->sentence; row++)
            for (unsigned kind = CPU; kind <= CUDNN && row->features; kind *= 2) {
                struct ocsp_host_build build = build_of(ALEXEYAB, kind);
                build.features &= ~row->features;
                assert_false(is_met(rules, &build, row));
                n++;
            }
    assert_true(n > 20);
}

/* Where a host only predicts, what it trains wrongly is no matter. */
static void predictions_are_stopped_by_misreading_alone(void **state)
{
    static const char *const texts[] = {CONV "[cost]\ntype=wgan\n",
                                        CONV SECTION "dilation=2\n" END};
    const struct ocsp_host_build build = build_of(DEBIAN, CPU);

    (void)state;
    for (int k = 0; k < 2; k++) {
        struct net net;
        net_parse(&net, texts[k]);
        const enum ocsp_status status =
            ocsp_refusals_check(rules_of(DEBIAN), &build, net.graph, false, &test_error);
        assert_int_equal(status, k == 0 ? OCSP_OK : OCSP_E_UNSUPPORTED);
        net_clear(&net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_each_case_with_its_line),
        cmocka_unit_test(accepts_near_misses),
        cmocka_unit_test(every_row_has_a_case),
        cmocka_unit_test(keys_unknown_to_a_tree_are_not_refused),
        cmocka_unit_test(predictions_are_stopped_by_misreading_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
