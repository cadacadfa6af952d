#include "layers/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers/layer_type.h"
#include "net/file.h"

#define HEADER_LONG (3 * sizeof(int32_t) + sizeof(uint64_t))
#define HEADER_SHORT (3 * sizeof(int32_t) + sizeof(uint32_t))

/* One array of a layer, in file order. */
struct slot {
    float **array; /* in struct ocsp_params */
    size_t length;
    bool is_variance;
};

_Static_assert(OCSP_MAX_TABLES == 4,
               "the lists of roles here and in arrays.c name each table");

static const enum ocsp_array_role usual_order[] = {
    OCSP_ARRAY_BIASES,      OCSP_ARRAY_SCALES,      OCSP_ARRAY_MEAN,
    OCSP_ARRAY_VARIANCE,    OCSP_ARRAY_WEIGHTS,     OCSP_ARRAY_WEIGHTS + 1,
    OCSP_ARRAY_WEIGHTS + 2, OCSP_ARRAY_WEIGHTS + 3, OCSP_ARRAY_OPAQUE,
};

float *ocsp_params_table(const struct ocsp_params *params, int k)
{
    return k == 0 ? params->weights : params->further[k - 1];
}

float **ocsp_params_array(struct ocsp_params *params, enum ocsp_array_role role)
{
    float **const arrays[OCSP_ARRAY_ROLES] = {
        [OCSP_ARRAY_BIASES] = &params->biases,
        [OCSP_ARRAY_SCALES] = &params->scales,
        [OCSP_ARRAY_MEAN] = &params->mean,
        [OCSP_ARRAY_VARIANCE] = &params->variance,
        [OCSP_ARRAY_WEIGHTS] = &params->weights,
        [OCSP_ARRAY_WEIGHTS + 1] = &params->further[0],
        [OCSP_ARRAY_WEIGHTS + 2] = &params->further[1],
        [OCSP_ARRAY_WEIGHTS + 3] = &params->further[2],
        [OCSP_ARRAY_OPAQUE] = &params->opaque,
        [OCSP_ARRAY_BIASES_OF_SOME_HOSTS] = &params->biases,
    };

    return arrays[role];
}

size_t ocsp_array_length(const struct ocsp_layer *layer, enum ocsp_array_role role)
{
    const int table = (int)role - OCSP_ARRAY_WEIGHTS;

    switch (role) {
    case OCSP_ARRAY_BIASES:
    case OCSP_ARRAY_BIASES_OF_SOME_HOSTS:
        return (size_t)layer->n_biases;
    case OCSP_ARRAY_SCALES:
    case OCSP_ARRAY_MEAN:
    case OCSP_ARRAY_VARIANCE:
        return (size_t)layer->n_scales;
    case OCSP_ARRAY_OPAQUE:
        return layer->n_opaque;
    default:
        return table < layer->n_tables ? layer->tables[table].length : 0;
    }
}

int ocsp_file_order(const struct ocsp_layer_type *type,
                    const enum ocsp_array_role **order)
{
    const bool own = type->n_file_order > 0;

    *order = own ? type->file_order : usual_order;
    return own ? type->n_file_order : (int)(sizeof usual_order / sizeof *usual_order);
}

/* Arrays of a layer in file order; returns how many. */
static int slots_of(const struct ocsp_layer *l, struct ocsp_params *p, bool bn_biases,
                    struct slot slots[OCSP_ARRAY_ROLES])
{
    const enum ocsp_array_role *order;
    const int n = ocsp_file_order(l->type, &order);

    for (int k = 0; k < n; k++) {
        const bool in_file = bn_biases || order[k] != OCSP_ARRAY_BIASES_OF_SOME_HOSTS;
        slots[k] = (struct slot){ocsp_params_array(p, order[k]),
                                 in_file ? ocsp_array_length(l, order[k]) : 0,
                                 order[k] == OCSP_ARRAY_VARIANCE};
    }
    return n;
}

static size_t floats_of_layer(const struct ocsp_layer *l, bool bn_biases)
{
    struct ocsp_params unused;
    struct slot slots[OCSP_ARRAY_ROLES];
    const int n = slots_of(l, &unused, bn_biases, slots);
    size_t sum = 0;

    for (int k = 0; k < n; k++)
        sum += slots[k].length;
    return sum;
}

static size_t floats_in_file(const struct ocsp_graph *graph, bool bn_biases)
{
    size_t sum = 0;
    for (int i = 0; i < graph->n_layers; i++)
        sum += floats_of_layer(&graph->layers[i], bn_biases);
    return sum;
}

uint64_t ocsp_weights_file_size(const struct ocsp_graph *graph, bool batchnorm_biases)
{
    return HEADER_LONG + sizeof(float) * floats_in_file(graph, batchnorm_biases);
}

/* Files of such layers hold less than their cfg says, or are read differently. */
static enum ocsp_status check_file_keys(const struct ocsp_graph *graph,
                                        struct ocsp_error *err)
{
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        if (l->odd_file)
            return ocsp_fail(
                err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(graph->cfg), l->line,
                "layer %d [%.40s]: dontload=, dontsave=, dontloadscales= and "
                "numload= change what a .weights file holds; remove them",
                i, l->name);
    }
    return OCSP_OK;
}

enum ocsp_status ocsp_weights_new(struct ocsp_weights **out,
                                  const struct ocsp_graph *graph, bool batchnorm_biases,
                                  struct ocsp_error *err)
{
    struct ocsp_weights *w;
    float *next;

    if (check_file_keys(graph, err))
        return err->status;
    w = calloc(1, sizeof *w);
    if (!w)
        return ocsp_fail_memory(err);
    w->minor = 2;
    w->batchnorm_biases = batchnorm_biases;
    w->n_layers = graph->n_layers;
    w->layers = calloc((size_t)graph->n_layers, sizeof *w->layers);
    w->data = calloc(floats_in_file(graph, batchnorm_biases) + 1, sizeof *w->data);
    if (!w->layers || !w->data) {
        ocsp_weights_free(w);
        return ocsp_fail_memory(err);
    }
    next = w->data;
    for (int i = 0; i < graph->n_layers; i++) {
        struct slot slots[OCSP_ARRAY_ROLES];
        const int n = slots_of(&graph->layers[i], &w->layers[i], batchnorm_biases, slots);
        for (int k = 0; k < n; k++) {
            if (slots[k].length > 0)
                *slots[k].array = next;
            next += slots[k].length;
        }
    }
    *out = w;
    return OCSP_OK;
}

void ocsp_weights_free(struct ocsp_weights *weights)
{
    if (!weights)
        return;
    free(weights->layers);
    free(weights->data);
    free(weights);
}

/* The first `body` bytes of the arrays, as in the file: no inference, and no saliency,
 * survives what is refused here. */
static enum ocsp_status check_values(const char *path, const struct ocsp_graph *graph,
                                     bool bn_biases, const char *data, size_t body,
                                     struct ocsp_error *err)
{
    const char *end = data + body;

    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        struct ocsp_params p;
        struct slot slots[OCSP_ARRAY_ROLES];
        const int n = slots_of(l, &p, bn_biases, slots);
        for (int k = 0; k < n; k++)
            for (size_t j = 0; j < slots[k].length && data < end; j++, data += 4) {
                float value;
                memcpy(&value, data, sizeof value);
                if (isfinite(value) && (value >= 0 || !slots[k].is_variance))
                    continue;
                return ocsp_fail(err, OCSP_E_RANGE, path, 0,
                                 "layer %d [%.40s] has %s: the training that made it has "
                                 "diverged, or the file is damaged",
                                 i, l->name,
                                 isfinite(value) ? "a negative variance"
                                                 : "weights that are not finite numbers");
            }
    }
    return OCSP_OK;
}

static enum ocsp_status read_header(struct ocsp_weights *w, const char *path,
                                    const char *data, size_t size, size_t *header,
                                    struct ocsp_error *err)
{
    if (size < HEADER_SHORT)
        return ocsp_fail(err, OCSP_E_FORMAT, path, 0,
                         "%zu bytes are too few for a .weights header: empty, or cut off",
                         size);
    memcpy(&w->major, data, 4);
    memcpy(&w->minor, data + 4, 4);
    memcpy(&w->revision, data + 8, 4);
    if (w->major < 0 || w->minor < 0 || w->major > 1000 || w->minor > 1000)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, path, 0,
                         "version %d.%d of the .weights header (transposed, or not a "
                         ".weights file)",
                         w->major, w->minor);
    *header = w->major * 10 + w->minor >= 2 ? HEADER_LONG : HEADER_SHORT;
    if (size < *header)
        return ocsp_fail(err, OCSP_E_FORMAT, path, 0,
                         "%zu bytes are too few for a .weights header: empty, or cut off",
                         size);
    if (*header == HEADER_LONG) {
        memcpy(&w->seen, data + 12, 8);
    } else {
        uint32_t seen;
        memcpy(&seen, data + 12, 4);
        w->seen = seen;
    }
    return OCSP_OK;
}

#define HAVE_BOTH "; give a cfg and the weights that were saved for it"

enum ocsp_status ocsp_weights_parse(struct ocsp_weights **out, const char *name,
                                    const char *data, size_t size,
                                    const struct ocsp_graph *graph,
                                    struct ocsp_error *err)
{
    struct ocsp_weights head = {0}, *w = NULL;
    const size_t with = floats_in_file(graph, true);
    const size_t without = floats_in_file(graph, false);
    size_t header, body;
    enum ocsp_status status = read_header(&head, name, data, size, &header, err);

    if (status)
        return status;
    body = size - header;
    if (body != with * sizeof(float) && body != without * sizeof(float))
        return ocsp_fail(err, OCSP_E_FORMAT, name, 0, "%zu bytes, but %s needs %zu: %s",
                         size, ocsp_cfg_name(graph->cfg), header + with * sizeof(float),
                         size < header + without * sizeof(float)
                             ? "cut off, or of another net" HAVE_BOTH
                             : "of another net" HAVE_BOTH);
    status =
        check_values(name, graph, body == with * sizeof(float), data + header, body, err);
    if (status)
        return status;
    status = ocsp_weights_new(&w, graph, body == with * sizeof(float), err);
    if (status)
        return status;
    w->major = head.major;
    w->minor = head.minor;
    w->revision = head.revision;
    w->seen = head.seen;
    memcpy(w->data, data + header, body);
    *out = w;
    return OCSP_OK;
}

enum ocsp_status ocsp_weights_load(struct ocsp_weights **out, const char *path,
                                   const struct ocsp_graph *graph, struct ocsp_error *err)
{
    char *data;
    size_t size;
    enum ocsp_status status = ocsp_file_read(path, &data, &size, err);

    if (status)
        return status;
    status = ocsp_weights_parse(out, path, data, size, graph, err);
    free(data);
    return status;
}

static bool ends_at_layer(const struct ocsp_graph *graph, bool bn_biases, size_t body)
{
    size_t sum = 0;
    for (int i = 0; i < graph->n_layers && sum < body; i++)
        sum += floats_of_layer(&graph->layers[i], bn_biases) * sizeof(float);
    return body > 0 && sum == body;
}

enum ocsp_status ocsp_weights_check_start(const char *path,
                                          const struct ocsp_graph *graph,
                                          struct ocsp_error *err)
{
    struct ocsp_weights head = {0};
    char *data;
    size_t size, header;
    enum ocsp_status status = ocsp_file_read(path, &data, &size, err);

    if (status)
        return status;
    status = read_header(&head, path, data, size, &header, err);
    if (!status && ends_at_layer(graph, true, size - header))
        status = check_values(path, graph, true, data + header, size - header, err);
    else if (!status && ends_at_layer(graph, false, size - header))
        status = check_values(path, graph, false, data + header, size - header, err);
    else if (!status)
        status =
            ocsp_fail(err, OCSP_E_FORMAT, path, 0,
                      "%zu bytes are neither all layers of %s (%zu bytes) nor the "
                      "first ones: cut off, or of another net; a pruned net's weights go "
                      "with its _pruned.cfg, and `darknet partial` writes first "
                      "layers that two nets share",
                      size, ocsp_cfg_name(graph->cfg),
                      header + floats_in_file(graph, true) * sizeof(float));
    free(data);
    return status;
}

enum ocsp_status ocsp_weights_render(const struct ocsp_weights *weights,
                                     const struct ocsp_graph *graph, char **data,
                                     size_t *size, struct ocsp_error *err)
{
    const bool is_long = weights->major * 10 + weights->minor >= 2;
    const size_t header = is_long ? HEADER_LONG : HEADER_SHORT;
    const size_t body = floats_in_file(graph, weights->batchnorm_biases) * sizeof(float);
    char *buffer = malloc(header + body);

    if (!buffer)
        return ocsp_fail_memory(err);
    memcpy(buffer, &weights->major, 4);
    memcpy(buffer + 4, &weights->minor, 4);
    memcpy(buffer + 8, &weights->revision, 4);
    if (is_long) {
        memcpy(buffer + 12, &weights->seen, 8);
    } else {
        const uint32_t seen = (uint32_t)weights->seen;
        memcpy(buffer + 12, &seen, 4);
    }
    memcpy(buffer + header, weights->data, body);
    *data = buffer;
    *size = header + body;
    return OCSP_OK;
}
