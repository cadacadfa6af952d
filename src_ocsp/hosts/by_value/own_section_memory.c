#include "hosts/by_value/own_section_memory.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers/graph.h"
#include "layers/layer_type.h"

/* What l->map points at. */
struct own_block {
    const struct ocsp_own_section *own;
    const struct ocsp_layer_type *type;
    int index; /* of the layer */
    size_t length[OCSP_ARRAY_ROLES];
    char *text; /* the section's, in this block, too */
    /* for any numbers: [own->data_size] bytes, then the text */
    _Alignas(max_align_t) char data[];
};

static struct own_block *block_of(const layer *l)
{
    return (void *)l->map;
}

const struct ocsp_own_section *ocsp_own_section_of(const layer *l)
{
    return block_of(l)->own;
}

void *ocsp_own_data(const layer *l)
{
    return block_of(l)->data;
}

float *ocsp_own_scratch(const layer *l)
{
    return l->x;
}

size_t ocsp_own_section_length(const layer *l, enum ocsp_array_role role)
{
    return block_of(l)->length[role];
}

int ocsp_own_section_order(const layer *l, const enum ocsp_array_role **order)
{
    return ocsp_file_order(block_of(l)->type, order);
}

static enum ocsp_array_role role_of_table(int k)
{
    return (enum ocsp_array_role)(OCSP_ARRAY_WEIGHTS + k);
}

/* Table k in an array that holds all of them. */
static float *table_in(const layer *l, float *weights, int k)
{
    const size_t *length = block_of(l)->length;

    if (!weights || length[role_of_table(k)] == 0)
        return NULL;
    for (int before = 0; before < k; before++)
        weights += length[role_of_table(before)];
    return weights;
}

float *ocsp_own_table(const layer *l, int k)
{
    return table_in(l, l->weights, k);
}

float *ocsp_own_table_updates(const layer *l, int k)
{
    return table_in(l, l->weight_updates, k);
}

static void view_tables(const layer *l, float *weights, struct ocsp_params *out)
{
    for (int k = 0; k < OCSP_MAX_TABLES; k++)
        *ocsp_params_array(out, role_of_table(k)) = table_in(l, weights, k);
}

void ocsp_own_section_view(const layer *l, struct ocsp_host_layer *out)
{
    struct ocsp_params *value = &out->memory.value, *momentum = &out->memory.momentum;
    const size_t *length = block_of(l)->length;

    memset(out, 0, sizeof *out);
    out->outputs = l->outputs;
    out->rate = 1;
    out->n_biases = (int)length[OCSP_ARRAY_BIASES];
    for (int k = 0; k < OCSP_MAX_TABLES; k++)
        out->n_weights += length[role_of_table(k)];
    *value = (struct ocsp_params){.biases = l->biases,
                                  .scales = l->scales,
                                  .mean = l->rolling_mean,
                                  .variance = l->rolling_variance};
    *momentum =
        (struct ocsp_params){.biases = l->bias_updates, .scales = l->scale_updates};
    view_tables(l, l->weights, value);
    view_tables(l, l->weight_updates, momentum);
}

/* The graph of the section alone, behind an image of the layer's input size. Free both.
 */
static enum ocsp_status read_section(const layer *l, const char *text, int index,
                                     struct ocsp_cfg **cfg, struct ocsp_graph **graph,
                                     struct ocsp_error *err)
{
    static const char head[] = "[net]\nwidth=%d\nheight=%d\nchannels=%d\n%s";
    const size_t size = sizeof head + strlen(text) + 40;
    char *whole = malloc(size), name[32];
    enum ocsp_status status;

    if (!whole)
        return ocsp_fail_memory(err);
    snprintf(name, sizeof name, "layer %d", index);
    const int n = snprintf(whole, size, head, l->w, l->h, l->c, text);
    status = ocsp_cfg_parse(cfg, name, whole, (size_t)n, err);
    free(whole);
    if (status)
        return status;
    status = ocsp_graph_new(graph, *cfg, err);
    if (!status &&
        ((*graph)->layers[0].n_opaque > 0 || !(*graph)->layers[0].reads_before)) {
        ocsp_graph_free(*graph);
        status = ocsp_fail(err, OCSP_E_UNSUPPORTED, name, 0,
                           "a section of ocsp's own has no opaque parameters, and reads "
                           "the layer before it");
    }
    if (status)
        ocsp_cfg_free(*cfg);
    return status;
}

static bool allocate_array(float **array, size_t n, float first)
{
    if (n == 0)
        return true;
    *array = malloc(n * sizeof **array);
    for (size_t i = 0; i < n && *array; i++)
        (*array)[i] = first;
    return *array != NULL;
}

/* Arrays that follow the batch and the input size. */
static bool allocate_activations(layer *l, bool train)
{
    const struct ocsp_own_section *own = ocsp_own_section_of(l);
    const size_t n = (size_t)l->batch * (size_t)l->outputs;

    free(l->output);
    free(l->delta);
    free(l->x);
    l->output = l->delta = l->x = NULL;
    return allocate_array(&l->output, n, 0) &&
           (!train || allocate_array(&l->delta, n, 0)) &&
           (!own->scratch_floats || allocate_array(&l->x, own->scratch_floats(l), 0));
}

static bool allocate_parameters(layer *l, bool train)
{
    const size_t *length = block_of(l)->length;
    const size_t n_scales = length[OCSP_ARRAY_SCALES];
    size_t n_weights = 0;

    for (int k = 0; k < OCSP_MAX_TABLES; k++)
        n_weights += length[role_of_table(k)];
    l->nweights = (int)n_weights;
    return allocate_array(&l->weights, n_weights, 0) &&
           allocate_array(&l->biases, length[OCSP_ARRAY_BIASES], 0) &&
           allocate_array(&l->scales, n_scales, 1) &&
           allocate_array(&l->rolling_mean, length[OCSP_ARRAY_MEAN], 0) &&
           allocate_array(&l->rolling_variance, length[OCSP_ARRAY_VARIANCE], 1) &&
           (!train || (allocate_array(&l->weight_updates, n_weights, 0) &&
                       allocate_array(&l->bias_updates, length[OCSP_ARRAY_BIASES], 0) &&
                       allocate_array(&l->scale_updates, n_scales, 0) &&
                       allocate_array(&l->mean, length[OCSP_ARRAY_MEAN], 0) &&
                       allocate_array(&l->variance, length[OCSP_ARRAY_VARIANCE], 0)));
}

static void set_output(layer *l, const struct ocsp_layer *of)
{
    l->out_w = of->out_w;
    l->out_h = of->out_h;
    l->out_c = l->n = of->out_c;
    l->outputs = of->outputs;
}

static size_t length_in_file(const struct ocsp_layer *of, int role)
{
    return role == OCSP_ARRAY_BIASES_OF_SOME_HOSTS
               ? 0
               : ocsp_array_length(of, (enum ocsp_array_role)role);
}

static struct own_block *new_block(const struct ocsp_own_section *own, const char *text,
                                   int index, const struct ocsp_layer *of)
{
    const size_t size = strlen(text) + 1;
    struct own_block *block = calloc(1, sizeof *block + own->data_size + size);

    if (!block)
        return NULL;
    block->own = own;
    block->type = of->type;
    block->index = index;
    block->text = block->data + own->data_size;
    memcpy(block->text, text, size);
    for (int role = 0; role < OCSP_ARRAY_ROLES; role++)
        block->length[role] = length_in_file(of, role);
    return block;
}

static enum ocsp_status fill_layer(layer *l, const struct ocsp_own_section *own,
                                   const char *text, int index, bool train,
                                   const struct ocsp_graph *graph, struct ocsp_error *err)
{
    struct own_block *block = new_block(own, text, index, &graph->layers[0]);

    l->map = (void *)block;
    set_output(l, &graph->layers[0]);
    if (!block || !allocate_parameters(l, train) || !allocate_activations(l, train))
        return ocsp_fail_memory(err);
    return own->prepare ? own->prepare(l, graph->cfg, err) : OCSP_OK;
}

enum ocsp_status ocsp_own_section_make(layer *l, const struct ocsp_own_section *own,
                                       const char *text, int index, bool train,
                                       struct ocsp_error *err)
{
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    enum ocsp_status status = read_section(l, text, index, &cfg, &graph, err);

    if (status)
        return status;
    status = fill_layer(l, own, text, index, train, graph, err);
    if (status)
        free_layer(*l);
    ocsp_graph_free(graph);
    ocsp_cfg_free(cfg);
    return status;
}

static bool has_same_parameters(const layer *l, const struct ocsp_layer *of)
{
    for (int role = 0; role < OCSP_ARRAY_ROLES; role++)
        if (block_of(l)->length[role] != length_in_file(of, role))
            return false;
    return true;
}

enum ocsp_status ocsp_own_section_resize(layer *l, int w, int h, struct ocsp_error *err)
{
    const struct own_block *block = block_of(l);
    layer resized = *l;
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;

    resized.w = w;
    resized.h = h;
    resized.inputs = w * h * l->c;
    if (read_section(&resized, block->text, block->index, &cfg, &graph, err))
        return err->status;
    if (!has_same_parameters(l, &graph->layers[0])) {
        ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                  "layer %d [%.40s]: its parameters belong to places of a map, whose "
                  "size must stay: remove random=",
                  block->index, block->own->name);
    } else {
        err->status = OCSP_OK;
        set_output(&resized, &graph->layers[0]);
        if (!allocate_activations(&resized, l->delta != NULL))
            ocsp_fail_memory(err);
        *l = resized;
    }
    ocsp_graph_free(graph);
    ocsp_cfg_free(cfg);
    return err->status;
}
