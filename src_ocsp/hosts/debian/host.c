/* The adapter to Debian's source package `darknet` (pjreddie's Darknet of 2018), CPU and
 * GPU builds. */
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "hosts/by_value/counters.h"
#include "hosts/by_value/layer_arrays.h"
#include "hosts/by_value/layer_name.h"
#include "hosts/by_value/layer_times.h"
#include "hosts/by_value/own_section.h"
#include "hosts/by_value/repair.h"
#include "hosts/by_value/update_hooks.h"
#include "hosts/debian/labels.h"
#include "hosts/debian/rules.h"
#include "hosts/debian/validation.h"
#include "net/clock.h"
#include "network.h"

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

static void view_layer(const void *net, int i, struct ocsp_host_layer *out)
{
    const layer *l = &((const network *)net)->layers[i];

    ocsp_layer_view(l, out);
    out->rate = l->learning_rate_scale;
}

static void progress(const void *net, struct ocsp_progress *out)
{
    network *of = (network *)(uintptr_t)net;
    const size_t images = (size_t)of->batch * (size_t)of->subdivisions;

    out->seen = *of->seen;
    out->iteration = *of->seen / images;
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
    out->learning_rate = of->policy == RANDOM ? of->learning_rate : get_current_rate(of);
    *of->seen -= images;
}

/* [batchnorm] has no update in this host. Its biases are left alone: the .weights file
 * has no place for them. */
static void update_batchnorm(layer l, update_args a)
{
    const float rate = a.learning_rate * l.learning_rate_scale;

#ifdef GPU
    axpy_gpu(l.c, rate / (float)a.batch, l.scale_updates_gpu, 1, l.scales_gpu, 1);
    scal_gpu(l.c, a.momentum, l.scale_updates_gpu, 1);
    fill_gpu(l.c, 0, l.bias_updates_gpu, 1);
#else
    axpy_cpu(l.c, rate / (float)a.batch, l.scale_updates, 1, l.scales, 1);
    scal_cpu(l.c, a.momentum, l.scale_updates, 1);
    fill_cpu(l.c, 0, l.bias_updates, 1);
#endif
}

static void update(layer l, update_args a)
{
    const struct ocsp_update_hook *layer = ocsp_update_hook_find(&l);
    struct ocsp_update step = {
        .divisor = (float)a.batch, .loss_scale = 1, .learning_rate = a.learning_rate};

    ocsp_update_hook_before(layer, &step);
    const double began = ocsp_seconds_now();
    if (layer->update)
        layer->update(l, a);
    ocsp_layer_times_add_update(layer->layer, ocsp_seconds_now() - began);
    ocsp_update_hook_after(layer, &step);
}

static bool updates(const void *net, int i)
{
    (void)net;
    (void)i;
    return true;
}

static enum ocsp_status install(void *net, const struct ocsp_host_hooks *hooks,
                                struct ocsp_error *err)
{
    return ocsp_update_hooks_install(net, hooks, update, update_batchnorm, err);
}

/* What the host's free_network leaves behind. */
static void free_leftovers(network *net)
{
    for (int i = 0; i < net->n; i++) {
        layer *l = &net->layers[i];
        free(l->loss);
        free(l->bias_m);
        free(l->bias_v);
        free(l->scale_m);
        free(l->scale_v);
        if (l->type == YOLO)
            free(l->mask);
    }
#ifdef GPU
    if (net->workspace)
        cuda_free(net->workspace);
#else
    free(net->workspace);
#endif
    free(net->seen);
    free(net->t);
    free(net->cost);
    free(net->scales);
    free(net->steps);
}

static void free_net(void *net)
{
    if (!net)
        return;
    ocsp_update_hooks_forget(net);
    free_leftovers(net);
    free_network(net);
}

/* A tree that the .data file named is the training loop's; one of the cfg is parsed anew.
 */
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

#ifdef GPU
    cuda_set_device(old->gpu_index);
#endif
    network *net = parse_network_cfg((char *)(uintptr_t)cfg);
    if (!net)
        return ocsp_fail(err, OCSP_E_FORMAT, cfg, 0, "Darknet cannot read this cfg");
    *net->seen = *old->seen;
    *net->t = *old->t;
    net->epoch = old->epoch;
    net->learning_rate = old->learning_rate;
    net->gpu_index = old->gpu_index;
    net->train = old->train;
    carry_hierarchy(net, old);
    const bool resized = net->batch != old->batch || net->w != old->w || net->h != old->h;
    if (net->batch != old->batch)
        set_batch_network(net, old->batch);
    if (resized)
        resize_network(net, old->w, old->h);
    if (ocsp_repair_batchnorm_buffers(net, err)) {
        free_net(net);
        return err->status;
    }
    *out = net;
    return OCSP_OK;
}

static void images(const void *net, void *loaded, struct ocsp_images *out)
{
    const network *of = net;
    const data *d = loaded;

    *out = (struct ocsp_images){d->X.vals, d->X.rows, of->c, of->h, of->w};
    if (d->X.cols != of->c * of->h * of->w)
        out->n = 0; /* no images of this network */
}

/* This host allots memory for the batch of the cfg. */
static enum ocsp_status open_net(void **out, const char *cfg, int batch,
                                 struct ocsp_images *size, struct ocsp_error *err)
{
    network *net = parse_network_cfg((char *)(uintptr_t)cfg);
    const int most = net->batch;

    if (batch > most || ocsp_repair_batchnorm_buffers(net, err)) {
        free_net(net);
        return batch > most
                   ? ocsp_fail(err, OCSP_E_UNSUPPORTED, cfg, 0,
                               "-batch %d: Debian's Darknet makes batches of up to "
                               "batch= / subdivisions=, %d here",
                               batch, most)
                   : err->status;
    }
    set_batch_network(net, batch);
    ocsp_net_set_variances(net);
    *size = (struct ocsp_images){NULL, batch, net->c, net->h, net->w};
    *out = net;
    return OCSP_OK;
}

static bool tensor_cores(const void *net)
{
    (void)net;
    return false;
}

static void infer(void *net, bool exact, float *images, float **output, size_t *length)
{
    network *of = net;

    (void)exact; /* it has no other precision */
    *output = network_predict(of, images);
    *length = (size_t)of->batch * (size_t)of->outputs;
}

static void *current(void *nets, void *local, int k)
{
    return k == 0 ? *(network **)local : ((network **)nets)[k];
}

static void replace(void *nets, void *local, int k, void *net)
{
    network *old = current(nets, local, k);

    ((network **)nets)[k] = net;
    if (k == 0)
        *(network **)local = net;
    free_net(old);
}

static void resize(void *nets, void *local, int w, int h)
{
    resize_network(current(nets, local, 0), w, h);
}

#ifdef GPU

/* This host works on the default stream. */
static void *stream(const void *net)
{
    cuda_set_device(((const network *)net)->gpu_index);
    return NULL;
}

static void average(void *nets, int n)
{
    sync_nets(nets, n, 0);
}

/* A sync adds the others' iterations to `seen`, which is all that this host counts by. */
static void count(void *nets, void *local, int n)
{
    (void)nets;
    (void)local;
    (void)n;
}

static void pushed(const void *net)
{
    (void)net; /* it has no other copy of the weights */
}

#endif

/* It would take AlexeyAB's flags for the name of the weights. */
static const struct ocsp_host_flag flags[] = {
    {"-gpus", true, true, true},    {"-clear", false, true, true},
    {"-c", true, true, true},       {"-t", true, true, false},
    {"-thresh", true, false, true}, {"-hier", true, false, true},
    {"-s", true, false, true},      {"-out", true, false, true},
    {"-prefix", true, false, true}, {NULL, false, false, false}};

/* The last three are another Darknet's, which may have trained in the folder before. */
static const char *const results[] = {
    "_#.weights",    "_final.weights", ".weights",     ".backup",
    "_last.weights", "_best.weights",  "_ema.weights", NULL};

static const char *const commands[] = {"detector valid2",
                                       "detector recall",
                                       "detector demo",
                                       "detector extract",
                                       "detector censor",
                                       "classifier fout",
                                       "classifier try",
                                       "classifier demo",
                                       "classifier gun",
                                       "classifier threat",
                                       "classifier test",
                                       "classifier csv",
                                       "classifier label",
                                       "classifier validmulti",
                                       "classifier valid10",
                                       "classifier validcrop",
                                       "classifier validfull",
                                       "average",
                                       "yolo",
                                       "super",
                                       "lsd",
                                       "detect",
                                       "cifar",
                                       "go",
                                       "rnn",
                                       "coco",
                                       "classify",
                                       "regressor",
                                       "isegmenter",
                                       "segmenter",
                                       "art",
                                       "tag",
                                       "3d",
                                       "test",
                                       "nightmare",
                                       "rgbgr",
                                       "reset",
                                       "denormalize",
                                       "statistics",
                                       "normalize",
                                       "rescale",
                                       "ops",

                                       "oneoff",
                                       "oneoff2",
                                       "print",
                                       "partial",
                                       "visualize",
                                       "mkimg",
                                       "imtest",
                                       NULL};

const struct ocsp_host ocsp_host = {
    .name = "Debian",
    .tolerance = 1e-4,
    .weights_revision = 0,
    .batchnorm_biases = false,
    .flags = flags,
    .commands = commands,
    .results = results,
    .data_file = {.keys =
                      "train valid test labels names leaves tree tag classes top backup "
                      "results eval map",
                  .classifier_tree = true,
                  .classifier_tag = true,
                  .lone_class_may_be_absent = true},
    .rules = &ocsp_host_rules_debian,
    .build = {.kind = OCSP_BUILD_KIND},
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
    .images = images,
    .resized = ocsp_net_clear_deltas,
    .rebuild = rebuild,
    .open = open_net,
    .infer = infer,
    .labels = &ocsp_host_labels_debian,
    .validation = &ocsp_host_validation_debian,
    .resize = resize,
    .tensor_cores = tensor_cores,
    .replace = replace,
    .current = current,
    .free_net = free_net,
    .run_classifier = run_classifier,
    .run_detector = run_detector,
};
