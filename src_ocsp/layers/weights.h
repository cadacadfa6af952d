/* Parameters of a network: views on arrays, and the .weights file.
 *
 * File: int32 major, minor, revision; `seen` (64 bits, or 32 where major·10+minor < 2);
 * then per layer float32: convolutional biases[n], (scales, mean, variance)[n], weights;
 * connected biases, weights, (scales, mean, variance); batchnorm (biases,) scales, mean,
 * variance. AlexeyAB's Darknet writes the biases of [batchnorm], Debian's does not: the
 * file's size tells. */
#ifndef OCSP_LAYERS_WEIGHTS_H
#define OCSP_LAYERS_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layers/graph.h"
#include "net/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Arrays of one layer, borrowed or owned by whoever made the view; NULL where the layer
 * has none. The same view serves values, and their momentum (then mean and variance are
 * NULL). */
struct ocsp_params {
    float *biases;   /* [n] */
    float *scales;   /* [n] */
    float *mean;     /* [n] rolling */
    float *variance; /* [n] rolling */
    float *weights;  /* of the first table: [n, c/conv_groups, k, k] or [out, in] */
    float *opaque;   /* layer's n_opaque floats, or NULL */
    float *further[OCSP_MAX_TABLES - 1]; /* weights of the tables behind the first */
};

/* The arrays by their role, so that a layer type can say in which order its file has
 * them. */
enum ocsp_array_role {
    OCSP_ARRAY_BIASES,
    OCSP_ARRAY_SCALES,
    OCSP_ARRAY_MEAN,
    OCSP_ARRAY_VARIANCE,
    OCSP_ARRAY_WEIGHTS, /* of table 0; OCSP_ARRAY_WEIGHTS + k of table k */
    OCSP_ARRAY_OPAQUE = OCSP_ARRAY_WEIGHTS + OCSP_MAX_TABLES,
    OCSP_ARRAY_BIASES_OF_SOME_HOSTS, /* not all hosts keep these in their files */
    OCSP_ARRAY_ROLES
};

/* The array of this role in a view; OCSP_ARRAY_WEIGHTS + k: of table k. */
float **ocsp_params_array(struct ocsp_params *params, enum ocsp_array_role role);
/* The weights of table k, or NULL. */
float *ocsp_params_table(const struct ocsp_params *params, int k);
/* The roles of a type's arrays in the order of the .weights file; returns how many. A
 * layer need not have them all. */
int ocsp_file_order(const struct ocsp_layer_type *type,
                    const enum ocsp_array_role **order);
/* Its length in floats by the layer's shape; 0 where the layer has no such array. */
size_t ocsp_array_length(const struct ocsp_layer *layer, enum ocsp_array_role role);

struct ocsp_weights {
    int32_t major, minor, revision;
    uint64_t seen;         /* images trained on */
    bool batchnorm_biases; /* [batchnorm] layers have biases in the file */
    int n_layers;
    struct ocsp_params *layers; /* into `data` */
    float *data;
};

/* Reads a file that fits `graph` exactly; a shorter or longer one is refused with both
 * sizes, and so are numbers that are not finite and negative variances. Free with
 * ocsp_weights_free. The second takes the file's bytes; `name` is used in messages. */
enum ocsp_status ocsp_weights_load(struct ocsp_weights **out, const char *path,
                                   const struct ocsp_graph *graph,
                                   struct ocsp_error *err);
enum ocsp_status ocsp_weights_parse(struct ocsp_weights **out, const char *name,
                                    const char *data, size_t size,
                                    const struct ocsp_graph *graph,
                                    struct ocsp_error *err);
/* Whether training may start from this file: the whole net, or whole layers from the
 * first on (Darknet's partial pretrained weights); the same numbers are refused. */
enum ocsp_status ocsp_weights_check_start(const char *path,
                                          const struct ocsp_graph *graph,
                                          struct ocsp_error *err);
/* Bytes of the whole net's file; `batchnorm_biases` as below. */
uint64_t ocsp_weights_file_size(const struct ocsp_graph *graph, bool batchnorm_biases);
/* Zeroed arrays for `graph`, header 0.2.0. */
enum ocsp_status ocsp_weights_new(struct ocsp_weights **out,
                                  const struct ocsp_graph *graph, bool batchnorm_biases,
                                  struct ocsp_error *err);
void ocsp_weights_free(struct ocsp_weights *weights);

/* The file's bytes, malloc'ed; the header is written as it stands in `weights`. `graph`
 * is that of `weights`, or only its first layers: then a partial file. */
enum ocsp_status ocsp_weights_render(const struct ocsp_weights *weights,
                                     const struct ocsp_graph *graph, char **data,
                                     size_t *size, struct ocsp_error *err);

#ifdef __cplusplus
}
#endif

#endif
