#include "random_cfg.h"

#include <stdio.h>
#include <string.h>

#include "host_calls.h"

static const char *activation(struct random *r)
{
    static const char *const names[] = {"linear", "relu", "leaky", "leaky", "tanh"};

    return names[random_below(r, 5)];
}

static void append(struct random_cfg *d, const char *section, int c, int h, int w)
{
    strcat(d->text, section);
    d->at[d->n].c = c;
    d->at[d->n].h = h;
    d->at[d->n].w = w;
    d->at[d->n++].joinable = true;
}

static void add_convolution(struct random_cfg *d, struct random *r, int c, int h, int w)
{
    const int size = 1 + 2 * random_below(r, 3);
    const int stride = size > 1 && h > 4 ? 1 + random_below(r, 2) : 1;
    const bool depthwise = random_below(r, 6) == 0;
    const int n = depthwise ? c : 1 + random_below(r, 40);
    const int groups = depthwise                  ? c
                       : n % 2 == 0 && c % 2 == 0 ? 1 + random_below(r, 2)
                                                  : 1;
    const int pad = size / 2,
              reach = HOST_IS_ALEXEYAB && size == 3 && stride == 1 && h > 4
                          ? 1 + random_below(r, 2)
                          : 1;
    char text[512];

    snprintf(text, sizeof text,
             "[convolutional]\nfilters=%d\nsize=%d\nstride=%d\npad=1\ngroups=%d\n"
             "batch_normalize=%d\nactivation=%s\n%s",
             n, size, stride, groups, random_below(r, 3) > 0, activation(r),
             reach > 1 ? "dilation=2\n" : "");
    append(d, text, n, (h + 2 * pad - size) / stride + 1,
           (w + 2 * pad - size) / stride + 1);
}

/* A layer before the last with its shape, or −1. */
static int twin(const struct random_cfg *d, struct random *r, bool same_channels)
{
    const int last = d->n - 1, first = random_below(r, d->n);

    for (int k = 0; k < d->n; k++) {
        const int i = (first + k) % d->n;
        if (i < last && d->at[i].joinable && d->at[i].h == d->at[last].h &&
            d->at[i].w == d->at[last].w &&
            (!same_channels || d->at[i].c == d->at[last].c))
            return i;
    }
    return -1;
}

static void add_join(struct random_cfg *d, struct random *r, int c, int h, int w)
{
    const bool sum = random_below(r, 2);
    const int from = twin(d, r, sum);
    char text[256];

    if (from < 0)
        return;
    if (sum) {
        snprintf(text, sizeof text, "[shortcut]\nfrom=%d\nactivation=%s\n", from,
                 activation(r));
        append(d, text, c, h, w);
    } else if (random_below(r, 3) == 0) {
        snprintf(text, sizeof text, "[route]\nlayers=%d\n", from);
        append(d, text, d->at[from].c, h, w);
    } else {
        snprintf(text, sizeof text, "[route]\nlayers=-1,%d\n", from);
        append(d, text, c + d->at[from].c, h, w);
    }
}

static void add_pool(struct random_cfg *d, struct random *r, int c, int h, int w)
{
    const int size = 1 + random_below(r, 3), stride = 1 + random_below(r, 2);
    char text[256];

    if (h < 4)
        return;
    /* padding is size − 1 unless it is named */
    snprintf(text, sizeof text, "[maxpool]\nsize=%d\nstride=%d\n", size, stride);
    append(d, text, c, (h - 1) / stride + 1, (w - 1) / stride + 1);
}

static void add_layer(struct random_cfg *d, struct random *r)
{
    const int c = d->at[d->n - 1].c, h = d->at[d->n - 1].h, w = d->at[d->n - 1].w;

    switch (random_below(r, 12)) {
    case 0:
        add_pool(d, r, c, h, w);
        break;
    case 1:
        if (h <= 8)
            append(d, "[upsample]\nstride=2\nscale=.7\n", c, 2 * h, 2 * w);
        break;
    case 2:
        append(d, "[batchnorm]\n", c, h, w);
        break;
    case 3:
        append(d, "[activation]\nactivation=tanh\n", c, h, w);
        d->at[d->n - 1].joinable = false; /* the host gives it no shape */
        add_convolution(d, r, c, h, w);
        break;
    case 4:
        /* as good as none: which elements it drops depends on their order */
        append(d, "[dropout]\nprobability=1e-30\n", c, h, w);
        break;
    case 5:
    case 6:
    case 7:
        add_join(d, r, c, h, w);
        break;
    default:
        add_convolution(d, r, c, h, w);
    }
}

void random_cfg_make(struct random_cfg *d, struct random *r)
{
    const int side = 6 + 2 * random_below(r, 4), channels = 1 + random_below(r, 4);
    const int layers = 3 + random_below(r, 12);

    memset(d, 0, sizeof *d);
    d->batch = 2 + random_below(r, 4);
    snprintf(d->text, sizeof d->text,
             "[net]\nbatch=%d\nsubdivisions=1\nwidth=%d\nheight=%d\nchannels=%d\n"
             "learning_rate=.01\npolicy=constant\nmax_batches=10\nmomentum=.9\n"
             "decay=.001\n",
             d->batch, side, side, channels);
    add_convolution(d, r, channels, side, side);
    while (d->n < layers)
        add_layer(d, r);
    switch (random_below(r, 3)) {
    case 0: /* the weights of connected see the host's order of channels */
        /* of two values normalization leaves the sign, and a gradient of rounding */
        strcat(d->text, d->batch > 3 ? "[connected]\noutput=7\nbatch_normalize=1\n"
                                     : "[connected]\noutput=7\n");
        strcat(d->text, "activation=relu\n[dropout]\nprobability=.4\n"
                        "[connected]\noutput=5\nactivation=linear\n[softmax]\n");
        break;
    case 1:
        strcat(d->text, "[convolutional]\nfilters=6\nsize=1\nactivation=linear\n"
                        "[avgpool]\n[softmax]\n");
        break;
    default:
        strcat(d->text, "[convolutional]\nfilters=3\nsize=3\npad=1\nactivation=leaky\n"
                        "[cost]\ntype=sse\n");
    }
}
