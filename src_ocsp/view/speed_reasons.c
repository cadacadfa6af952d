#include "view/speed_reasons.h"

/* Under this a layer's time is that of its call: starting the threads and waiting for
 * them. */
#define SHORT_S 30e-6
/* Of its MACs' ratio. */
#define FEWER_TIMES 0.95
/* Of a net's time: such a layer needs no reason. */
#define NEGLIGIBLE 0.001
/* Of what the vectors of the first net's layer are filled. */
#define WORSE_FILL 0.95

static const struct {
    const char *name, *text;
} reasons[OCSP_SPEED_REASONS] = {
    [OCSP_SPEED_HOST] = {"host", "Darknet's own code computes them"},
    [OCSP_SPEED_NO_MACS] = {"no MACs",
                            "they have no MACs: their time goes with their maps"},
    [OCSP_SPEED_SHORT] = {"short", "so short that calling them is most of their time"},
    [OCSP_SPEED_VECTORS] = {"vectors", "channels do not fill vectors"},
    [OCSP_SPEED_MEMORY] = {"memory", "few MACs per byte that has to be moved"},
    [OCSP_SPEED_OTHER] = {"other", "slower for no reason that is known here"},
};

const char *ocsp_speed_reason_name(enum ocsp_speed_reason reason)
{
    return reasons[reason].name;
}

const char *ocsp_speed_reason_text(enum ocsp_speed_reason reason)
{
    return reasons[reason].text;
}

static double batch_macs(const struct ocsp_speed_layer *l, int batch)
{
    return (double)l->macs * batch;
}

double ocsp_speed_intensity(const struct ocsp_speed_layer *l, int batch)
{
    return l->bytes > 0 ? batch_macs(l, batch) / l->bytes : 0;
}

struct ocsp_speed_peaks ocsp_speed_peaks_of(const struct ocsp_speed_result *r)
{
    struct ocsp_speed_peaks peaks = {0};

    for (int k = 0; k < r->n; k++)
        for (int i = 0; i < r->nets[k].n_layers; i++) {
            const struct ocsp_speed_layer *l = &r->nets[k].layers[i];
            if (l->seconds < SHORT_S)
                continue;
            const double macs = batch_macs(l, r->batch) / l->seconds;
            const double bytes = l->bytes / l->seconds;
            if (macs > peaks.macs_per_s)
                peaks.macs_per_s = macs;
            if (bytes > peaks.bytes_per_s)
                peaks.bytes_per_s = bytes;
        }
    return peaks;
}

static bool is_memory_bound(const struct ocsp_speed_layer *l, int batch,
                            const struct ocsp_speed_peaks *peaks)
{
    return l->bytes / l->seconds > peaks->bytes_per_s / 2 &&
           batch_macs(l, batch) / l->seconds < peaks->macs_per_s / 2;
}

/* Computing and moving as fast as any layer does, one after the other. */
static double least_seconds(const struct ocsp_speed_layer *l, int batch,
                            const struct ocsp_speed_peaks *peaks)
{
    return batch_macs(l, batch) / peaks->macs_per_s + l->bytes / peaks->bytes_per_s;
}

/* Whether the bytes alone keep the layer from its MACs' ratio: a layer of half of the
 * inputs and outputs has a quarter of the MACs, but half of the bytes. */
static bool has_few_macs_per_byte(const struct ocsp_speed_layer *dense,
                                  const struct ocsp_speed_layer *l, int batch,
                                  const struct ocsp_speed_peaks *peaks)
{
    const double times =
        least_seconds(dense, batch, peaks) / least_seconds(l, batch, peaks);

    return times < FEWER_TIMES * (double)dense->macs / (double)l->macs;
}

static enum ocsp_speed_reason reason_of(const struct ocsp_speed_result *r,
                                        const struct ocsp_speed_peaks *peaks,
                                        const struct ocsp_speed_layer *dense,
                                        const struct ocsp_speed_layer *l)
{
    if (r->has_engine && !l->by_engine)
        return OCSP_SPEED_HOST;
    if (l->seconds < SHORT_S)
        return OCSP_SPEED_SHORT;
    if (l->macs == 0)
        return OCSP_SPEED_NO_MACS;
    if (l->fill * l->input_fill < WORSE_FILL * dense->fill * dense->input_fill)
        return OCSP_SPEED_VECTORS;
    return is_memory_bound(l, r->batch, peaks) ||
                   has_few_macs_per_byte(dense, l, r->batch, peaks)
               ? OCSP_SPEED_MEMORY
               : OCSP_SPEED_OTHER;
}

struct ocsp_speed_layer_gain
ocsp_speed_layer_gain_of(const struct ocsp_speed_result *r,
                         const struct ocsp_speed_peaks *peaks, int net, int layer)
{
    const struct ocsp_speed_layer *dense = &r->nets[0].layers[layer];
    const struct ocsp_speed_layer *l = &r->nets[net].layers[layer];
    struct ocsp_speed_layer_gain gain = {0};

    if (dense->macs > 0 && l->macs > 0)
        gain.theory = (double)dense->macs / (double)l->macs;
    else if (l->bytes > 0)
        gain.theory = dense->bytes / l->bytes;
    if (l->seconds > 0)
        gain.times = dense->seconds / l->seconds;
    if (gain.theory > 0)
        gain.share = gain.times / gain.theory;
    gain.needs_reason = gain.share < OCSP_SPEED_GOOD_SHARE &&
                        l->seconds > NEGLIGIBLE * ocsp_speed_layer_seconds(&r->nets[net]);
    gain.reason = reason_of(r, peaks, dense, l);
    return gain;
}

struct ocsp_speed_loss ocsp_speed_loss_of(const struct ocsp_speed_result *r,
                                          const struct ocsp_speed_peaks *peaks, int net)
{
    const struct ocsp_speed_net *dense = &r->nets[0], *n = &r->nets[net];
    const double ratio = dense->macs > 0 ? (double)n->macs / (double)dense->macs : 1;
    struct ocsp_speed_loss loss = {0};

    for (int i = 0; i < n->n_layers; i++) {
        const struct ocsp_speed_layer *d = &dense->layers[i], *l = &n->layers[i];
        const struct ocsp_speed_layer_gain gain =
            ocsp_speed_layer_gain_of(r, peaks, net, i);
        const double promised = d->macs > 0
                                    ? d->seconds * (double)l->macs / (double)d->macs
                                    : d->seconds * ratio;
        loss.seconds += l->seconds - d->seconds * ratio;
        loss.by_cheap_macs += promised - d->seconds * ratio;
        loss.by_reason[gain.reason] += l->seconds - promised;
    }
    return loss;
}
