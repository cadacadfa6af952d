/* The adapter to AlexeyAB's Darknet, CPU and GPU builds. */
#include <stdlib.h>

#include "blas.h"
#include "convolutional_layer.h"
#include "hosts/alexeyab/features.h"
#include "hosts/alexeyab/labels.h"
#include "hosts/alexeyab/map.h"
#include "hosts/alexeyab/rules.h"
#include "hosts/alexeyab/validation.h"
#include "hosts/alexeyab/words.h"
#include "hosts/by_value/counters.h"
#include "hosts/by_value/layer_arrays.h"
#include "hosts/by_value/layer_name.h"
#include "hosts/by_value/layer_times.h"
#include "hosts/by_value/own_section.h"
#include "hosts/by_value/repair.h"
#include "hosts/by_value/update_hooks.h"
#include "net/clock.h"
#include "network.h"
#include "parser.h"

/* cuDNN rounds the factors of a convolution to 11 bits where it may (TF32), as it may
 * here: differences in the last bit of a sum become 5e-4 of a number, layer by layer. Of
 * the outputs they were 1e-3 at most in four nets (ResNet-56; tests/cuda_on_cpu, with
 * sums in another order). */
#if defined(GPU) && defined(CUDNN)
#define TOLERANCE 1e-2
#else
#define TOLERANCE 1e-4
#endif

/* Commands of the host's program, of which its headers say nothing. */
void run_classifier(int argc, char **argv);
void run_detector(int argc, char **argv);

static const void *identity(const void *net)
{
    return ((const network *)net)->layers;
}

static int count_layers(const void *net)
{
    return ((const network *)net)->n;
}

/* [net] ema_alpha=, of convolutional layers; the arrays are there also without it. */
static void view_average(const network *net, const layer *l, struct ocsp_params *out)
{
#if OCSP_HAS_EMA
    if (net->ema_alpha == 0 || l->type != CONVOLUTIONAL)
        return;
    out->weights = l->weights_ema;
    out->biases = l->biases_ema;
    out->scales = l->batch_normalize ? l->scales_ema : NULL;
#else
    (void)net;
    (void)l;
    (void)out;
#endif
}

/* As train_network_waitkey does. */
static void averages(const void *net, struct ocsp_host_average *out)
{
#if OCSP_HAS_EMA
    const network *of = net;
    const int last = of->max_batches - 1000;

    out->alpha = of->ema_alpha;
    out->from = of->max_batches > 0 ? (uint64_t)of->max_batches / 2 : 0;
    out->until = last > 0 ? (uint64_t)last : 0;
#else
    (void)net;
    (void)out;
#endif
}

static void view_layer(const void *net, int i, struct ocsp_host_layer *out)
{
    const layer *l = &((const network *)net)->layers[i];

    ocsp_layer_view(l, out);
    view_average(net, l, &out->memory.average);
    /* its CPU code scales the rate of no other kind of layer */
    if (l->type == CONVOLUTIONAL || OCSP_ON_GPU)
        out->rate = l->learning_rate_scale;
}

static void progress(const void *net, struct ocsp_progress *out)
{
    const network *of = net;
    const uint64_t images = (uint64_t)of->batch * (uint64_t)of->subdivisions;

    out->seen = *of->seen;
    out->iteration = (uint64_t)*of->cur_iteration;
    out->max_batches = of->max_batches > 0 ? (uint64_t)of->max_batches : 0;
    out->w = of->w;
    out->h = of->h;
    out->batch = of->batch;
    out->burn_in = of->burn_in > 0 ? (uint64_t)of->burn_in : 0;
    out->momentum = of->momentum;
    out->images_per_iteration = (int)images;
    /* The host counts a step's images before its update. A rate drawn by policy=random
     * cannot be known, and asking would take a random number from the host. */
    *of->seen += images;
    out->learning_rate = of->policy == RANDOM ? of->learning_rate : get_current_rate(*of);
    *of->seen -= images;
}

/* As update_network and update_network_gpu choose; repairs have set `train`. */
static bool updates(const void *net, int i)
{
    const network *of = net;
    const layer *l = &of->layers[i];

    return !OCSP_ON_GPU || ocsp_host_updates_now(of, l);
}

static const struct ocsp_update_hook *begin_update(const layer *l, int batch, float rate,
                                                   float loss_scale,
                                                   struct ocsp_update *step)
{
    const struct ocsp_update_hook *layer = ocsp_update_hook_find(l);

    *step = (struct ocsp_update){
        .divisor = (float)batch, .loss_scale = loss_scale, .learning_rate = rate};
    ocsp_update_hook_before(layer, step);
    return layer;
}

#if defined(GPU) && OCSP_HAS_LOSS_SCALE

static void update(layer l, int batch, float rate, float momentum, float decay,
                   float loss_scale)
{
    struct ocsp_update step;
    const struct ocsp_update_hook *layer =
        begin_update(&l, batch, rate, loss_scale, &step);

    if (layer->update)
        layer->update(l, batch, rate, momentum, decay, loss_scale);
    ocsp_update_hook_after(layer, &step);
}

#else

static void update(layer l, int batch, float rate, float momentum, float decay)
{
    struct ocsp_update step;
    const struct ocsp_update_hook *layer = begin_update(&l, batch, rate, 1, &step);
    const double began = ocsp_seconds_now();

    if (layer->update)
        layer->update(l, batch, rate, momentum, decay);
    ocsp_layer_times_add_update(layer->layer, ocsp_seconds_now() - began);
    ocsp_update_hook_after(layer, &step);
}

#endif

static enum ocsp_status install(void *net, const struct ocsp_host_hooks *hooks,
                                struct ocsp_error *err)
{
    return ocsp_update_hooks_install(net, hooks, update, NULL, err);
}

/* What the host's free_layer leaves behind. */
static void free_leftovers(layer *l)
{
    free(l->bias_m);
    free(l->bias_v);
    free(l->scale_m);
    free(l->scale_v);
#ifdef GPU
    float *const on_device[] = {l->bias_m_gpu, l->bias_v_gpu, l->scale_m_gpu,
                                l->scale_v_gpu};
    for (int k = 0; k < 4; k++)
        if (on_device[k])
            cuda_free(on_device[k]);
#endif
}

/* Frees what `net` points to, but not the struct: the training loop's are variables. */
static void free_contents(network *net)
{
#ifdef GPU
    cuda_set_device(net->gpu_index);
#endif
    ocsp_update_hooks_forget(net);
    for (int i = 0; i < net->n; i++)
        free_leftovers(&net->layers[i]);
    free_network(*net);
}

static void free_net(void *net)
{
    if (!net)
        return;
    free_contents(net);
    free(net);
}

static void carry(network *net, const network *old)
{
    *net->seen = *old->seen;
    *net->cur_iteration = *old->cur_iteration;
    ocsp_host_carry_statistics(net, old);
    net->epoch = old->epoch;
    net->learning_rate = old->learning_rate;
    net->benchmark_layers = old->benchmark_layers;
    net->num_boxes = old->num_boxes;
    net->train_images_num = old->train_images_num;
    net->sequential_subdivisions = old->sequential_subdivisions;
    net->current_subdivision = old->current_subdivision;
    net->gpu_index = old->gpu_index;
}

/* A tree that the training loop set is its own; one of the cfg is parsed anew. */
static void carry_hierarchy(network *net, const network *old)
{
    for (int i = 0; i < old->n; i++)
        if (old->hierarchy == old->layers[i].softmax_tree)
            return;
    net->hierarchy = old->hierarchy;
}

static enum ocsp_status rebuild(void **out, const void *from, const char *cfg,
                                struct ocsp_error *err)
{
    const network *old = from;
    network *net = malloc(sizeof *net);

    if (!net)
        return ocsp_fail_memory(err);
#ifdef GPU
    cuda_set_device(old->gpu_index);
#endif
    *net = parse_network_cfg((char *)(uintptr_t)cfg);
    carry(net, old);
    carry_hierarchy(net, old);
    const bool resized = net->batch != old->batch || net->w != old->w || net->h != old->h;
    /* dynamic_minibatch: the loop changes the batch together with the size */
    net->batch = old->batch;
    for (int i = 0; resized && i < net->n; i++)
        net->layers[i].batch = old->batch;
    if (resized)
        resize_network(net, old->w, old->h);
    *out = net;
    return OCSP_OK;
}

/* Also clears the averages of batch_normalize=2 over an iteration's subdivisions: the
 * first of these takes nothing of the iteration before, but by 0 · x, NaN where that was
 * infinite. */
static void clear_deltas(void *net)
{
#ifdef GPU
    const network *of = net;

    cuda_set_device(of->gpu_index);
    for (int i = 0; i < of->n; i++) {
        const layer *l = &of->layers[i];
        if (l->type != CONVOLUTIONAL || !l->m_cbn_avg_gpu || !l->v_cbn_avg_gpu)
            continue;
        fill_ongpu(l->n, 0, l->m_cbn_avg_gpu, 1);
        fill_ongpu(l->n, 0, l->v_cbn_avg_gpu, 1);
    }
#endif
    ocsp_net_clear_deltas(net);
}

static void images(const void *net, void *loaded, struct ocsp_images *out)
{
    const network *of = net;
    const data *d = loaded;

    *out = (struct ocsp_images){d->X.vals, d->X.rows, of->c, of->h, of->w};
    if (d->X.cols != of->c * of->h * of->w)
        out->n = 0; /* no images of this network */
}

/* As the host's own commands make them: with the normalization in the weights. */
static enum ocsp_status open_net(void **out, const char *cfg, int batch,
                                 struct ocsp_images *size, struct ocsp_error *err)
{
    network *net = malloc(sizeof *net);

    if (!net)
        return ocsp_fail_memory(err);
    *net = parse_network_cfg_custom((char *)(uintptr_t)cfg, batch, 1);
    ocsp_net_set_variances(net);
    fuse_conv_batchnorm(*net);
    *size = (struct ocsp_images){NULL, net->batch, net->c, net->h, net->w};
    *out = net;
    return OCSP_OK;
}

static bool tensor_cores(const void *net)
{
#if defined(GPU) && defined(CUDNN_HALF)
    return ((const network *)net)->cudnn_half;
#else
    (void)net;
    return false;
#endif
}

/* With tensor cores predictions take the 16-bit weights of the last training step. */
static void infer(void *net, bool exact, float *images, float **output, size_t *length)
{
    network of = *(const network *)net;

#if defined(GPU) && defined(CUDNN_HALF)
    if (exact)
        of.cudnn_half = 0;
#else
    (void)exact;
#endif
    *output = network_predict(of, images);
    *length = (size_t)of.batch * (size_t)get_network_output_size(of);
}

/* One network the loop trains by its local copy; nets[0] lacks what it has set in that.
 * Several it trains as nets[k], and saves the copy. */
static void *current(void *nets, void *local, int k)
{
    return k == 0 ? local : (network *)nets + k;
}

static void replace(void *nets, void *local, int k, void *net)
{
    network *old = current(nets, local, k);
    network copy = *old;

    *old = ((network *)nets)[k] = *(network *)net;
    free_contents(&copy);
    free(net);
}

/* A loop that resizes has made the one a copy of the other. */
static void resize(void *nets, void *local, int w, int h)
{
    resize_network(local, w, h);
    *(network *)nets = *(network *)local;
}

#ifdef GPU

static void *stream(const void *net)
{
    cuda_set_device(((const network *)net)->gpu_index);
    return get_cuda_stream();
}

static void average(void *nets, int n)
{
    sync_nets(nets, n, 0);
}

/* The first network counts the iterations of all. A sync of the host puts `seen` ahead of
 * them, by which the classifier's loop ends and the learning rate goes. */
static void count(void *nets, void *local, int n)
{
    const network *first = local;
    const int iteration = *first->cur_iteration;

    for (int k = 0; k < n; k++) {
        const network *net = (network *)nets + k;
        *net->cur_iteration = iteration;
        *net->seen =
            (uint64_t)iteration * (uint64_t)net->batch * (uint64_t)net->subdivisions;
    }
}

/* Weights in 16 bits, which predictions read; a training step makes them anew. */
static void pushed(const void *net)
{
#ifdef CUDNN_HALF
    const network *of = net;

    for (int i = 0; i < of->n && of->cudnn_half; i++) {
        const layer *l = &of->layers[i];
        if (l->type == CONVOLUTIONAL && l->weights_gpu && l->weights_gpu16)
            cuda_convert_f32_to_f16(l->weights_gpu, (size_t)l->nweights,
                                    l->weights_gpu16);
    }
#else
    (void)net;
#endif
}

#endif

/* As train_detector makes and frees it. */
static enum ocsp_status renew_map(void *map, const char *cfg, struct ocsp_error *err)
{
    network *old = map;
    const int benchmarks = old->benchmark_layers;

#ifdef GPU
    cuda_set_device(old->gpu_index);
#endif
    old->n = 0;
    free_network(*old);
    *old = parse_network_cfg_custom((char *)(uintptr_t)cfg, 1, 1);
    if (old->n < 1)
        return ocsp_fail(err, OCSP_E_FORMAT, cfg, 0, "Darknet cannot read this cfg");
    old->benchmark_layers = benchmarks;
    for (int k = 0; k + 1 < old->n; k++)
        free_layer_custom(old->layers[k], 1);
    return OCSP_OK;
}

const struct ocsp_host ocsp_host = {
    .name = "AlexeyAB",
    .tolerance = TOLERANCE,
    .weights_revision = 5,
    .batchnorm_biases = true,
    .flags = ocsp_alexeyab_flags,
    .measuring_flags = ocsp_alexeyab_measuring_flags,
    .commands = ocsp_alexeyab_commands,
    .results = ocsp_alexeyab_results,
    .data_file = {.keys =
                      "train valid test labels names leaves classes top backup results "
                      "eval map difficult saveweights savelast",
                  .detector_saves = true,
                  .unsupervised_key = "unsupervised"},
    .windows_lines = true,
    .rules = &ocsp_host_rules_alexeyab,
    .build = {.kind = OCSP_BUILD_KIND, .features = OCSP_ALEXEYAB_FEATURES},
#ifdef GPU
    .stream = stream,
    .average = average,
    .count = count,
    .pushed = pushed,
    .free_activations = ocsp_net_free_activations,
#endif
    .identity = identity,
    .layers = count_layers,
    .layer = view_layer,
    .progress = progress,
    .updates = updates,
    .read_output = ocsp_net_read_output,
    .computes = ocsp_own_section_exists,
    .install = install,
    .repairs = ocsp_repairs,
    .layer_kind = ocsp_layer_kind,
    .time_layers = ocsp_layer_times_install,
    .untime_layers = ocsp_layer_times_remove,
    .read_times = ocsp_layer_times_read,
    .print_times = ocsp_layer_times_print,
    .counters = ocsp_counters,
    .set_counters = ocsp_counters_set,
    .averages = averages,
    .images = images,
    .resized = clear_deltas,
    .rebuild = rebuild,
    .open = open_net,
    .infer = infer,
    .labels = &ocsp_host_labels_alexeyab,
    .validation = &ocsp_host_validation_alexeyab,
    .resize = resize,
    .tensor_cores = tensor_cores,
    .replace = replace,
    .current = current,
    .renew_map = renew_map,
    .measure_map = ocsp_alexeyab_measure_map,
    .free_net = free_net,
    .run_classifier = run_classifier,
    .run_detector = run_detector,
};
