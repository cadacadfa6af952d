#include "layers/sections_opaque.h"

#include <string.h>

#include "layers/section_keys.h"

typedef const struct ocsp_section_reader *reader;

/* Sections of known shape whose channels are not followed. */
enum ocsp_status ocsp_read_frozen(reader r, const char *reason)
{
    ocsp_layer_of(r)->opaque_reason = reason;
    return ocsp_same_output(r);
}

/* filters=, size= and stride= of sections with one kernel and one stride. */
static enum ocsp_status read_kernel(reader r, const char *reason, int *filters)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    enum ocsp_status status = ocsp_read_frozen(r, reason);

    if (!status)
        status = ocsp_key_positive(r, "filters", 1, filters);
    if (!status)
        status = ocsp_key_positive(r, "size", 1, &l->size);
    return status ? status : ocsp_key_positive(r, "stride", 1, &l->stride_x);
}

enum ocsp_status ocsp_read_local(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    size_t per_location = 0;
    int n;
    enum ocsp_status status =
        read_kernel(r, "its filters differ from place to place", &n);

    if (status)
        return status;
    const int lost = ocsp_key_is_set(r, "pad") ? 1 : l->size;
    if (l->in_w < lost || l->in_h < lost)
        return ocsp_section_fail(r, "size", OCSP_E_FORMAT,
                                 "its kernel is larger than its input");
    status = ocsp_set_output(r, (l->in_w - lost) / l->stride_x + 1,
                             (l->in_h - lost) / l->stride_x + 1, n);
    if (!status)
        status = ocsp_count_floats(r, (int64_t)l->size * l->size, (int64_t)l->in_c * n,
                                   &per_location);
    if (!status)
        status = ocsp_count_floats(r, (int64_t)per_location, (int64_t)l->out_w * l->out_h,
                                   &l->n_opaque);
    l->opaque_macs = l->n_opaque;
    l->n_opaque += (size_t)l->outputs;
    l->opaque_parameters = l->n_opaque;
    return status;
}

enum ocsp_status ocsp_read_deconvolutional(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    int n;
    enum ocsp_status status = read_kernel(
        r, "Debian's Darknet crashes on loading its weights, AlexeyAB's does not know it",
        &n);

    if (!status)
        status = ocsp_read_padding(r);
    if (!status)
        status = ocsp_count_floats(r, (int64_t)l->in_c * n, (int64_t)l->size * l->size,
                                   &l->n_opaque);
    if (status)
        return status;
    const bool normalizes = ocsp_key_is_set(r, "batch_normalize");
    l->opaque_macs = (uint64_t)l->n_opaque * (uint64_t)l->in_w * (uint64_t)l->in_h;
    l->opaque_parameters = l->n_opaque + (size_t)n * (normalizes ? 2 : 1);
    l->n_opaque += (size_t)n * (normalizes ? 4 : 1);
    return ocsp_set_output(r, (int64_t)(l->in_w - 1) * l->stride_x + l->size - 2 * l->pad,
                           (int64_t)(l->in_h - 1) * l->stride_x + l->size - 2 * l->pad,
                           n);
}

/* Adds the arrays of `times` inner layers with `rows` outputs of `fan_in` weights each,
 * which compute at `places`. */
static enum ocsp_status add_inner(reader r, int times, int64_t rows, int64_t fan_in,
                                  int64_t places)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    const bool normalizes = ocsp_key_is_set(r, "batch_normalize");
    size_t weights = 0, all = 0;
    enum ocsp_status status = ocsp_count_floats(r, rows, fan_in, &weights);

    if (!status) /* biases, and scales, means and variances */
        status = ocsp_count_floats(r, rows, fan_in + (normalizes ? 4 : 1), &all);
    if (status)
        return status;
    l->n_opaque += all * (size_t)times;
    l->opaque_parameters +=
        (weights + (size_t)rows * (normalizes ? 2 : 1)) * (size_t)times;
    l->opaque_macs += (uint64_t)weights * (uint64_t)times * (uint64_t)places;
    return OCSP_OK;
}

/* size², so small that a product with channels fits. */
static enum ocsp_status count_kernel(reader r, int64_t *k2)
{
    const struct ocsp_layer *l = ocsp_layer_of(r);
    size_t count = 0;
    const enum ocsp_status status = ocsp_count_floats(r, l->size, l->size, &count);

    *k2 = (int64_t)count;
    return status;
}

/* rnn, gru, lstm: connected layers inside. Debian's [rnn] has no `hidden`. */
enum ocsp_status ocsp_read_recurrent(reader r)
{
    const struct ocsp_layer *l = ocsp_layer_of(r);
    int out, hidden;
    enum ocsp_status status = ocsp_read_frozen(r, "its state is fed back to it");

    if (!status)
        status = ocsp_key_positive(r, "output", 1, &out);
    if (!status)
        status = ocsp_key_positive(r, "hidden", out, &hidden);
    if (status)
        return status;
    if (strcmp(l->name, "rnn") == 0) {
        status = add_inner(r, 1, hidden, l->inputs, 1);
        if (!status)
            status = add_inner(r, 1, hidden, hidden, 1);
        if (!status)
            status = add_inner(r, 1, out, hidden, 1);
    } else {
        const int gates = strcmp(l->name, "gru") == 0 ? 3 : 4;
        status = add_inner(r, gates, out, l->inputs, 1);
        if (!status)
            status = add_inner(r, gates, out, out, 1);
    }
    return status ? status : ocsp_set_output(r, 1, 1, out);
}

enum ocsp_status ocsp_read_crnn(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    const bool debian =
        ocsp_cfg_string(r->cfg, l->section, "output_filters", NULL) != NULL;
    int out, hidden;
    enum ocsp_status status = ocsp_read_frozen(r, "its state is fed back to it");

    if (!status)
        status = ocsp_key_positive(r, debian ? "output_filters" : "output", 1, &out);
    if (!status)
        status = ocsp_key_positive(r, debian ? "hidden_filters" : "hidden", 1, &hidden);
    if (!status)
        status = ocsp_key_positive(r, "size", 3, &l->size);
    if (!status)
        status = ocsp_key_positive(r, "groups", 1, &l->conv_groups);
    if (status)
        return status;
    const int64_t places = (int64_t)l->in_w * l->in_h;
    int64_t k2;
    status = count_kernel(r, &k2);
    if (!status)
        status = add_inner(r, 1, hidden, k2 * (l->in_c / l->conv_groups), places);
    if (!status)
        status = add_inner(r, 1, hidden, k2 * (hidden / l->conv_groups), places);
    if (!status)
        status = add_inner(r, 1, out, k2 * (hidden / l->conv_groups), places);
    return status ? status : ocsp_set_output(r, l->in_w, l->in_h, out);
}

/* AlexeyAB's: convolutions on the input (u) and on the state (w), for peephole=1 three
 * more (v); with bottleneck=1 one w of twice the inputs. */
enum ocsp_status ocsp_read_conv_lstm(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    const bool bottleneck = ocsp_key_is_set(r, "bottleneck");
    int out;
    enum ocsp_status status = ocsp_read_frozen(r, "its state is fed back to it");

    if (!status)
        status = ocsp_key_positive(r, "output", 1, &out);
    if (!status)
        status = ocsp_key_positive(r, "size", 3, &l->size);
    if (!status)
        status = ocsp_key_positive(r, "groups", 1, &l->conv_groups);
    if (!status)
        status = ocsp_key_positive(r, "stride", 1, &l->stride_x);
    if (!status)
        status = ocsp_read_padding(r);
    if (status)
        return status;
    status = ocsp_set_output(r, (l->in_w + 2 * l->pad - l->size) / l->stride_x + 1,
                             (l->in_h + 2 * l->pad - l->size) / l->stride_x + 1, out);
    if (status)
        return status;
    const int64_t places = (int64_t)l->out_w * l->out_h;
    int64_t k2;
    status = count_kernel(r, &k2);
    if (!status)
        status = add_inner(r, 4, out, k2 * (l->in_c / l->conv_groups), places);
    if (!status)
        status = add_inner(r, bottleneck ? 1 : 4, out,
                           k2 * (out * (bottleneck ? 2 : 1) / l->conv_groups), places);
    if (!status && ocsp_key_is_set(r, "peephole"))
        status = add_inner(r, 3, out, k2 * (out / l->conv_groups), places);
    return status;
}
