/* The repairs of AlexeyAB's GPU builds: which layers get which. repairs_cpu.c is for CPU
 * builds. */
#ifdef GPU

#include <stdlib.h>

#include "hosts/alexeyab/repair_gpu_pass.h"
#include "hosts/alexeyab/rules.h"
#include "hosts/by_value/layer_edges.h"
#include "hosts/by_value/repair.h"
#include "hosts/by_value/repair_table.h"
#include "hosts/rules_common.h"

/* How many dropouts work in place on layer i's output, where the gradient of its
 * activation depends on more than the output's sign. */
static int count_dropouts(const network *net, int i)
{
    const layer *l = &net->layers[i];

    if (!ocsp_host_activates(l))
        return 0;
    switch ((int)l->activation) {
    case LINEAR:
    case RELU:
    case LEAKY:
    case MISH:
    case HARD_MISH:
    case GELU:
        return 0;
    default:
        return ocsp_dropouts_behind(net, i);
    }
}

/* Whether a layer reads, besides the layer before it, one with this delta. */
static bool reads(const network *net, const layer *l, const float *delta)
{
    if (ocsp_host_reads_index(l))
        return net->layers[l->index].delta_gpu == delta;
    if (!ocsp_host_reads_list(l))
        return !ocsp_reads_predecessor_alone(l->type);
    for (int k = 0; k < l->n; k++)
        if (net->layers[l->input_layers[k]].delta_gpu == delta)
            return true;
    return false;
}

/* Whether a layer behind layer i adds to the delta of the layer before it. Those behind
 * it come first in the backward pass, and find it cleared. */
static bool shares_target(const network *net, int i)
{
    const float *delta = i > 0 ? net->layers[i - 1].delta_gpu : NULL;

    for (int k = i + 1; delta && k < net->n; k++)
        if (reads(net, &net->layers[k], delta))
            return true;
    return false;
}

static const struct ocsp_gpu_repaired *kept_of(const struct ocsp_repair_site *site)
{
    return site->kept;
}

static bool normalizes(const struct ocsp_repair_site *site)
{
    return site->l->batch_normalize;
}

/* cuDNN's gradient is right. */
static bool normalizes_by_own_kernels(const struct ocsp_repair_site *site)
{
    return !OCSP_ON_CUDNN && (site->l->type == BATCHNORM || site->l->batch_normalize);
}

static bool is_overwritten_convolution(const struct ocsp_repair_site *site)
{
    return kept_of(site)->shares_target && ocsp_gpu_convolution_overwrites(site->net);
}

static bool scales_loss(const struct ocsp_repair_site *site)
{
    return OCSP_LOSS_SCALE(site->net) != 1;
}

static bool is_dropped(const struct ocsp_repair_site *site)
{
    return kept_of(site)->dropouts > 0;
}

/* The host takes the gradient of the activation at the wrong place. */
static bool is_dropped_or_gelu(const struct ocsp_repair_site *site)
{
    return OCSP_IS_GELU(site->l->activation) || is_dropped(site);
}

static bool is_repaired_connected(const struct ocsp_repair_site *site)
{
    return normalizes(site) || scales_loss(site) || is_dropped_or_gelu(site) ||
           ocsp_host_delays_updates(site->l);
}

static bool has_dropblock(const struct ocsp_repair_site *site)
{
    return site->l->dropblock != 0;
}

static bool has_no_dropblock(const struct ocsp_repair_site *site)
{
    return !has_dropblock(site);
}

static bool scales_places(const struct ocsp_repair_site *site)
{
    return site->l->scale_wh != 0;
}

static bool has_no_target(const struct ocsp_repair_site *site)
{
    return site->index == 0 || !site->net->layers[site->index - 1].delta_gpu;
}

static bool overwrites_shared_target(const struct ocsp_repair_site *site)
{
    return !has_no_target(site) && kept_of(site)->shares_target;
}

static bool is_left_out(const struct ocsp_repair_site *site)
{
    return !site->l->onlyforward && ocsp_host_skips(site->l);
}

static bool delays_updates(const struct ocsp_repair_site *site)
{
    return ocsp_host_delays_updates(site->l);
}

static bool activates_by_gelu(const struct ocsp_repair_site *site)
{
    return OCSP_IS_GELU(site->l->activation) && ocsp_host_activates(site->l);
}

static void mark_as_trained(const struct ocsp_repair_site *site)
{
    site->l->train = 1;
}

#if OCSP_HAS_LOSS_SCALE
static void install_update_connected(const struct ocsp_repair_site *site)
{
    site->l->update_gpu = ocsp_gpu_update_connected;
}
#endif

/* INSTALLS(name, forward_gpu, pass): install_name puts ocsp_gpu_pass there. */
#define INSTALLS(name, callback, pass)                                                   \
    static void install_##name(const struct ocsp_repair_site *site)                      \
    {                                                                                    \
        site->l->callback = ocsp_gpu_##pass;                                             \
    }

INSTALLS(convolutional, backward_gpu, backward_convolutional)
INSTALLS(connected, backward_gpu, backward_connected)
INSTALLS(batchnorm, backward_gpu, backward_batchnorm)
INSTALLS(activation, backward_gpu, backward_activation)
INSTALLS(shortcut, backward_gpu, backward_shortcut)
INSTALLS(forward_dropout, forward_gpu, forward_dropout)
INSTALLS(backward_dropout, backward_gpu, backward_dropout)
INSTALLS(forward_dropblock, forward_gpu, forward_dropblock)
INSTALLS(backward_dropblock, backward_gpu, backward_dropblock)
INSTALLS(local_avgpool, backward_gpu, backward_local_avgpool)
INSTALLS(place_scaling, backward_gpu, backward_place_scaling)
INSTALLS(softmax, forward_gpu, forward_softmax)
INSTALLS(added, backward_gpu, backward_added)
INSTALLS(loss, backward_gpu, backward_loss)
INSTALLS(boxes, forward_gpu, forward_boxes)
INSTALLS(gelu, forward_gpu, forward_gelu)

/* Layers that write to their input's delta without a look whether there is one. */
#define WITHOUT_A_LOOK(type)                                                             \
    {                                                                                    \
        type, has_no_target, ocsp_repaired_first_layer, install_added                    \
    }
/* Also over what is there. */
#define OVERWRITES(type)                                                                 \
    WITHOUT_A_LOOK(type),                                                                \
    {                                                                                    \
        type, overwrites_shared_target, ocsp_repaired_overwriting, install_added         \
    }
#define UNSCALED_LOSS(type)                                                              \
    {                                                                                    \
        type, scales_loss, ocsp_alexeyab_repaired_loss_scale, install_loss               \
    }

static const struct ocsp_repair repairs[] = {
    {OCSP_ANY_TYPE, is_left_out, ocsp_alexeyab_repaired_untrained_on_gpu,
     mark_as_trained},
    {CONVOLUTIONAL, delays_updates, ocsp_alexeyab_repaired_delayed_updates, NULL},
    {CONNECTED, delays_updates, ocsp_alexeyab_repaired_delayed_updates, NULL},
    {BATCHNORM, delays_updates, ocsp_alexeyab_repaired_delayed_updates, NULL},
    {OCSP_ANY_TYPE, is_dropped, ocsp_repaired_dropped_activation, NULL},
    {YOLO, NULL, ocsp_alexeyab_repaired_bad_gradients, install_boxes},
    {GAUSSIAN_YOLO, NULL, ocsp_alexeyab_repaired_bad_gradients, install_boxes},
    {OCSP_ANY_TYPE, activates_by_gelu, ocsp_alexeyab_repaired_gelu, install_gelu},

    {CONVOLUTIONAL, NULL, NULL, install_convolutional},
    {CONVOLUTIONAL, normalizes_by_own_kernels, ocsp_alexeyab_repaired_epsilon, NULL},
    {CONVOLUTIONAL, is_overwritten_convolution, ocsp_repaired_overwriting, NULL},
    {CONNECTED, is_repaired_connected, NULL, install_connected},
    {CONNECTED, normalizes, ocsp_alexeyab_repaired_connected_bias, NULL},
    {CONNECTED, normalizes_by_own_kernels, ocsp_alexeyab_repaired_epsilon, NULL},
#if OCSP_HAS_LOSS_SCALE
    {CONNECTED, scales_loss, ocsp_alexeyab_repaired_loss_scale, install_update_connected},
#endif
    {BATCHNORM, NULL, ocsp_repaired_overwriting, install_batchnorm},
    {BATCHNORM, normalizes_by_own_kernels, ocsp_alexeyab_repaired_epsilon, NULL},
    {ACTIVE, NULL, ocsp_repaired_overwriting, install_activation},
    {SHORTCUT, is_dropped_or_gelu, NULL, install_shortcut},
    {DROPOUT, has_no_dropblock, ocsp_alexeyab_repaired_random_numbers,
     install_forward_dropout},
    {DROPOUT, has_no_dropblock, NULL, install_backward_dropout},
    {DROPOUT, has_dropblock, ocsp_alexeyab_repaired_dropblock, install_forward_dropblock},
    {DROPOUT, has_dropblock, NULL, install_backward_dropblock},
    {LOCAL_AVGPOOL, NULL, ocsp_alexeyab_repaired_average_window, install_local_avgpool},
    {SCALE_CHANNELS, scales_places, ocsp_alexeyab_repaired_place_scaling,
     install_place_scaling},
    {SOFTMAX, NULL, ocsp_repaired_infinite_loss, install_softmax},
    WITHOUT_A_LOOK(SOFTMAX),
    WITHOUT_A_LOOK(MAXPOOL),
    WITHOUT_A_LOOK(AVGPOOL),
    WITHOUT_A_LOOK(UPSAMPLE),
    WITHOUT_A_LOOK(COST),
    WITHOUT_A_LOOK(DETECTION),
    WITHOUT_A_LOOK(GAUSSIAN_YOLO),
    OVERWRITES(REORG),
    OVERWRITES(REORG_OLD),
    OVERWRITES(NORMALIZATION),
    OVERWRITES(REGION),
    UNSCALED_LOSS(COST),
    UNSCALED_LOSS(REGION),
    UNSCALED_LOSS(DETECTION),
    UNSCALED_LOSS(GAUSSIAN_YOLO),
    {OCSP_ANY_TYPE, NULL, NULL, NULL},
};

void ocsp_repair_forget(const void *net)
{
    struct ocsp_gpu_replica *r = ocsp_gpu_replica_find(((const network *)net)->layers);

    if (r)
        ocsp_gpu_replica_free(r);
}

void ocsp_repair_remove(void *net)
{
    const network *of = net;
    const struct ocsp_gpu_replica *r = ocsp_gpu_replica_find(of->layers);

    for (int i = 0; r && i < of->n; i++) {
        of->layers[i].forward_gpu = r->layers[i].forward;
        of->layers[i].backward_gpu = r->layers[i].backward;
        of->layers[i].update_gpu = r->layers[i].update;
    }
    ocsp_repair_forget(net);
}

/* The host's GPU code has all that it needs, also after it has resized. */
enum ocsp_status ocsp_repair_batchnorm_buffers(void *net, struct ocsp_error *err)
{
    (void)net;
    (void)err;
    return OCSP_OK;
}

static void repair_layer(const network *net, int i, struct ocsp_gpu_repaired *kept)
{
    const struct ocsp_repair_site site = {net, i, &net->layers[i], kept};

    kept->forward = site.l->forward_gpu;
    kept->backward = site.l->backward_gpu;
    kept->update = site.l->update_gpu;
    kept->dropouts = count_dropouts(net, i);
    kept->shares_target = shares_target(net, i);
    ocsp_repairs_apply(repairs, &site);
}

enum ocsp_status ocsp_repair_install(void *net, const struct ocsp_engine *engine,
                                     struct ocsp_error *err)
{
    const network *of = net;

    (void)engine; /* no engine computes on a GPU */
    ocsp_repair_remove(net);
    struct ocsp_gpu_replica *r = ocsp_gpu_replica_new(of);
    if (!r)
        return ocsp_fail_memory(err);
    ocsp_repairs_clear_log();
    for (int i = 0; i < of->n; i++)
        repair_layer(of, i, &r->layers[i]);
    ocsp_repairs_sort_log(&ocsp_host_rules_alexeyab);
    return OCSP_OK;
}

#endif
