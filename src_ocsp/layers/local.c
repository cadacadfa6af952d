/* Layers with a kernel whose channels are not followed: [local] and [deconvolutional]. */
#include "layers/layer_type.h"
#include "layers/section.h"

/* filters=, size= and stride= of sections with one kernel and one stride. */
static enum ocsp_status read_kernel(const struct ocsp_section *s, const char *reason,
                                    int *filters)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    enum ocsp_status status = ocsp_section_freeze_like_input(s, reason);

    if (!status)
        status = ocsp_key_positive(s, "filters", 1, filters);
    if (!status)
        status = ocsp_key_positive(s, "size", 1, &l->size);
    return status ? status : ocsp_key_positive(s, "stride", 1, &l->stride_x);
}

static enum ocsp_status read_local(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    size_t per_location = 0;
    int n;
    enum ocsp_status status =
        read_kernel(s, "its filters differ from place to place", &n);

    if (status)
        return status;
    const int lost = ocsp_key_is_set(s, "pad") ? 1 : l->size;
    if (l->in_w < lost || l->in_h < lost)
        return ocsp_section_fail(s, "size", OCSP_E_FORMAT,
                                 "its kernel is larger than its input");
    status = ocsp_set_output(s, (l->in_w - lost) / l->stride_x + 1,
                             (l->in_h - lost) / l->stride_x + 1, n);
    if (!status)
        status = ocsp_count_floats(s, (int64_t)l->size * l->size, (int64_t)l->in_c * n,
                                   &per_location);
    if (!status)
        status = ocsp_count_floats(s, (int64_t)per_location, (int64_t)l->out_w * l->out_h,
                                   &l->n_opaque);
    l->opaque_macs = l->n_opaque;
    l->n_opaque += (size_t)l->outputs;
    l->opaque_parameters = l->n_opaque;
    return status;
}

static enum ocsp_status read_deconvolutional(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int n;
    enum ocsp_status status = read_kernel(
        s, "Debian's Darknet crashes on loading its weights, AlexeyAB's does not know it",
        &n);

    if (!status)
        status = ocsp_read_padding(s);
    if (!status)
        status = ocsp_count_floats(s, (int64_t)l->in_c * n, (int64_t)l->size * l->size,
                                   &l->n_opaque);
    if (status)
        return status;
    const bool normalizes = ocsp_key_is_set(s, "batch_normalize");
    l->opaque_macs = (uint64_t)l->n_opaque * (uint64_t)l->in_w * (uint64_t)l->in_h;
    l->opaque_parameters = l->n_opaque + (size_t)n * (normalizes ? 2 : 1);
    l->n_opaque += (size_t)n * (normalizes ? 4 : 1);
    return ocsp_set_output(s, (int64_t)(l->in_w - 1) * l->stride_x + l->size - 2 * l->pad,
                           (int64_t)(l->in_h - 1) * l->stride_x + l->size - 2 * l->pad,
                           n);
}

static const struct ocsp_layer_type local = {
    .names = {"local"},
    .read = read_local,
    .needs_map = true,
};
OCSP_REGISTER_LAYER_TYPE(local);

static const struct ocsp_layer_type deconvolutional = {
    .names = {"deconvolutional", "deconv"},
    .read = read_deconvolutional,
    .needs_map = true,
};
OCSP_REGISTER_LAYER_TYPE(deconvolutional);
