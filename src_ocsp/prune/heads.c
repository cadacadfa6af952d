#include "prune/heads.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void ocsp_heads_extra(char text[OCSP_EXTRA_TEXT], int n, bool last)
{
    const int filters = n == 0 ? 256 : 128;

    snprintf(text, OCSP_EXTRA_TEXT,
             "\n[convolutional]\nbatch_normalize=1\nfilters=%d\nsize=1\nstride=1\npad=1\n"
             "activation=leaky\n"
             "\n[convolutional]\nbatch_normalize=1\nfilters=%d\nsize=3\nstride=%d\n"
             "pad=%d\nactivation=leaky\n",
             filters, 2 * filters, last ? 1 : 2, last ? 0 : 1);
}

int ocsp_heads_default_anchors(int n_maps, int input, double anchors[])
{
    static const double ratios[OCSP_ANCHORS_PER_MAP] = {1, 2, 0.5};
    int n = 0;

    for (int k = 0; k < n_maps; k++) {
        const double share = n_maps == 1 ? 0.5
                             : k == 0    ? 0.07
                                         : 0.1 + 0.8 * k / (n_maps - 1);
        for (int r = 0; r < OCSP_ANCHORS_PER_MAP; r++) {
            const double sides[] = {share * input * sqrt(ratios[r]),
                                    share * input / sqrt(ratios[r])};
            for (int s = 0; s < 2; s++)
                anchors[n++] = fmax(1, fmin(input, round(sides[s])));
        }
    }
    return n;
}

/* How many maps are finer. */
static int rank(const struct ocsp_heads *heads, int head)
{
    int finer = 0;
    for (int i = 0; i < heads->n_maps; i++)
        finer += heads->maps[i] > heads->maps[head];
    return finer;
}

static void print_head(FILE *out, const struct ocsp_heads *heads, int head, int layer)
{
    const int tap = heads->taps[head];
    const int first = OCSP_ANCHORS_PER_MAP * rank(heads, head);

    /* OpenCV takes layers=0 for a relative index */
    fprintf(out, "\n[route]\nlayers=%d\n", tap > 0 ? tap : tap - layer);
    fprintf(out,
            "\n[convolutional]\nsize=3\nstride=1\npad=1\nfilters=%d\nactivation=linear\n",
            OCSP_ANCHORS_PER_MAP * (heads->classes + 5));
    fprintf(out, "\n[yolo]\nmask=%d,%d,%d\nanchors=", first, first + 1, first + 2);
    for (int i = 0; i < heads->n_anchors; i++)
        fprintf(out, "%s%g", i == 0 ? "" : i % 2 ? "," : ", ", heads->anchors[i]);
    fprintf(out,
            "\nclasses=%d\nnum=%d\njitter=.3\nignore_thresh=.7\ntruth_thresh=1\n"
            "random=0\n",
            heads->classes, heads->n_anchors / 2);
}

enum ocsp_status ocsp_heads_render(const struct ocsp_heads *heads, int first_layer,
                                   char **text, struct ocsp_error *err)
{
    char *buffer = NULL;
    size_t size;
    FILE *out = open_memstream(&buffer, &size);

    if (!out)
        return ocsp_fail_memory(err);
    for (int i = 0; i < heads->n_maps; i++)
        print_head(out, heads, i, first_layer + OCSP_HEAD_LAYERS * i);
    const int failed = ferror(out);
    if (fclose(out) || failed) {
        free(buffer);
        return ocsp_fail_memory(err);
    }
    *text = buffer;
    return OCSP_OK;
}
