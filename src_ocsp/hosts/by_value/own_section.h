/* Sections that no Darknet knows and that ocsp computes itself, in every host, on CPU.
 *
 * Such a section has a layer type in layers/, as all sections have: it says which keys,
 * shapes, parameters and file order there are. A file hosts/by_value/NAME.c adds how the
 * layer computes, and registers that:
 *
 *     static const struct ocsp_own_section gain = {
 *         .name = "gain", .forward = forward_gain, .backward = backward_gain};
 *     OCSP_REGISTER_OWN_SECTION(gain);
 *
 * All else follows from the layer type: memory, files, SGD, views, other input sizes.
 * The host's l.type is OCSP_OWN_TYPE or more. An own layer reads the layer before it
 * alone. For hosts and engine alone. */
#ifndef OCSP_HOSTS_BY_VALUE_OWN_SECTION_H
#define OCSP_HOSTS_BY_VALUE_OWN_SECTION_H

#include "hosts/by_value/darknet_compat.h"
#include "hosts/host.h"
#include "net/cfg.h"

/* Larger than all of a host's types. */
#define OCSP_OWN_TYPE 1000

/* One pass of a minibatch. Arrays are [l->batch, l->inputs], maps [c, h, w]. */
struct ocsp_own_pass {
    const float *input;
    float *input_delta; /* backward alone; NULL: nobody wants it */
    bool train;
};

struct ocsp_own_section {
    const char *name; /* of the section: the first of its layer type's */
    /* The layer's own numbers, filled by `prepare`: see ocsp_own_data. */
    size_t data_size;
    /* Of an array for what `backward` needs of `forward`: see ocsp_own_scratch. NULL:
     * there is none. */
    size_t (*scratch_floats)(const layer *l);
    /* Reads keys of section 1 of `cfg`, and gives the parameters their first values:
     * until then scales and variances are 1, all else 0. NULL: there is nothing to do. */
    enum ocsp_status (*prepare)(const layer *l, const struct ocsp_cfg *cfg,
                                struct ocsp_error *err);
    /* Fills l->output. */
    void (*forward)(const layer *l, const struct ocsp_own_pass *pass);
    /* l->delta is −dL/d output, as the hosts have it. Adds −dL/d parameter to the
     * *_updates arrays, where they are there (a cfg may freeze the layer), and −dL/d
     * input to input_delta. A [dropout] behind the layer works in l->output: what is
     * needed of it belongs into the scratch array. */
    void (*backward)(const layer *l, const struct ocsp_own_pass *pass);
    bool decays; /* [net] decay= acts on the tables of weights */
};

/* What `prepare` filled, [data_size] bytes. */
void *ocsp_own_data(const layer *l);
/* [scratch_floats(l)], for the present batch and input size. */
float *ocsp_own_scratch(const layer *l);
/* Weights of table k of the layer's type, and −dL/dw; NULL where there are none. Biases
 * and scales are l->biases and l->scales, rolling statistics l->rolling_mean and
 * l->rolling_variance. */
float *ocsp_own_table(const layer *l, int k);
float *ocsp_own_table_updates(const layer *l, int k);

static inline bool ocsp_type_is_own(LAYER_TYPE type)
{
    return (int)type >= OCSP_OWN_TYPE;
}

/* Section name of such a layer. */
const char *ocsp_own_section_name(const layer *l);
/* ocsp_layer_view of such a layer. */
void ocsp_own_section_view(const layer *l, struct ocsp_host_layer *out);
/* ocsp_host.computes */
bool ocsp_own_section_exists(const char *name);

/* What the patched parser and network.c call; weak there: the hosts' libraries may lack
 * our objects. `made` is cleared, `name` has its brackets, `options` is the host's list
 * of keys (NULL: none), `index` the layer's, and `shape` batch, w, h, c, inputs and
 * whether to train. Returns 0 where the section is none of ours. */
int ocsp_hook_section(void *made, const char *name, void *options, int index,
                      const int shape[6]);
/* Write and read the parameters of one layer, where it is one of ours. */
void ocsp_hook_save_section(const void *saved, void *file);
void ocsp_hook_load_section(const void *loaded, void *file);
/* Gives the layer another input size; 0: it is none of ours. */
int ocsp_hook_resize_section(void *resized, int w, int h);

/* The entry of one own layer in the table that the linker makes of all files. */
#define OCSP_REGISTER_OWN_SECTION(own)                                                   \
    extern const struct ocsp_own_section *const ocsp_own_section_entry_##own;            \
    __attribute__((used, section("ocsp_own_section_entries")))                           \
    const struct ocsp_own_section *const ocsp_own_section_entry_##own = &own

#endif
