/* Recurrent layers: connected ([rnn], [gru], [lstm]) or convolutional ([crnn],
 * [conv_lstm]) layers inside, whose channels are not followed. */
#include "layers/layer_type.h"
#include "layers/section.h"

/* Adds the arrays of `times` inner layers with `rows` outputs of `fan_in` weights each,
 * which compute at `places`. */
static enum ocsp_status add_inner(const struct ocsp_section *s, int times, int64_t rows,
                                  int64_t fan_in, int64_t places)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    const bool normalizes = ocsp_key_is_set(s, "batch_normalize");
    size_t weights = 0, all = 0;
    enum ocsp_status status = ocsp_count_floats(s, rows, fan_in, &weights);

    if (!status) /* biases, and scales, means and variances */
        status = ocsp_count_floats(s, rows, fan_in + (normalizes ? 4 : 1), &all);
    if (status)
        return status;
    l->n_opaque += all * (size_t)times;
    l->opaque_parameters +=
        (weights + (size_t)rows * (normalizes ? 2 : 1)) * (size_t)times;
    l->opaque_macs += (uint64_t)weights * (uint64_t)times * (uint64_t)places;
    return OCSP_OK;
}

/* size², so small that a product with channels fits. */
static enum ocsp_status count_kernel(const struct ocsp_section *s, int64_t *k2)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    size_t count = 0;
    const enum ocsp_status status = ocsp_count_floats(s, l->size, l->size, &count);

    *k2 = (int64_t)count;
    return status;
}

static const char fed_back[] = "its state is fed back to it";

/* Debian's [rnn] has no `hidden`. */
static enum ocsp_status read_rnn(const struct ocsp_section *s)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    int out, hidden;
    enum ocsp_status status = ocsp_section_freeze_like_input(s, fed_back);

    if (!status)
        status = ocsp_key_positive(s, "output", 1, &out);
    if (!status)
        status = ocsp_key_positive(s, "hidden", out, &hidden);
    if (!status)
        status = add_inner(s, 1, hidden, l->inputs, 1);
    if (!status)
        status = add_inner(s, 1, hidden, hidden, 1);
    if (!status)
        status = add_inner(s, 1, out, hidden, 1);
    return status ? status : ocsp_set_output(s, 1, 1, out);
}

static enum ocsp_status read_gates(const struct ocsp_section *s, int gates)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    int out, hidden;
    enum ocsp_status status = ocsp_section_freeze_like_input(s, fed_back);

    if (!status)
        status = ocsp_key_positive(s, "output", 1, &out);
    if (!status)
        status = ocsp_key_positive(s, "hidden", out, &hidden);
    if (!status)
        status = add_inner(s, gates, out, l->inputs, 1);
    if (!status)
        status = add_inner(s, gates, out, out, 1);
    return status ? status : ocsp_set_output(s, 1, 1, out);
}

static enum ocsp_status read_gru(const struct ocsp_section *s)
{
    return read_gates(s, 3);
}

static enum ocsp_status read_lstm(const struct ocsp_section *s)
{
    return read_gates(s, 4);
}

static enum ocsp_status read_crnn(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    const bool debian =
        ocsp_cfg_string(s->cfg, l->section, "output_filters", NULL) != NULL;
    int out, hidden;
    enum ocsp_status status = ocsp_section_freeze_like_input(s, fed_back);

    if (!status)
        status = ocsp_key_positive(s, debian ? "output_filters" : "output", 1, &out);
    if (!status)
        status = ocsp_key_positive(s, debian ? "hidden_filters" : "hidden", 1, &hidden);
    if (!status)
        status = ocsp_key_positive(s, "size", 3, &l->size);
    if (!status)
        status = ocsp_key_positive(s, "groups", 1, &l->conv_groups);
    if (status)
        return status;
    const int64_t places = (int64_t)l->in_w * l->in_h;
    int64_t k2;
    status = count_kernel(s, &k2);
    if (!status)
        status = add_inner(s, 1, hidden, k2 * (l->in_c / l->conv_groups), places);
    if (!status)
        status = add_inner(s, 1, hidden, k2 * (hidden / l->conv_groups), places);
    if (!status)
        status = add_inner(s, 1, out, k2 * (hidden / l->conv_groups), places);
    return status ? status : ocsp_set_output(s, l->in_w, l->in_h, out);
}

/* AlexeyAB's: convolutions on the input (u) and on the state (w), for peephole=1 three
 * more (v); with bottleneck=1 one w of twice the inputs. */
static enum ocsp_status read_conv_lstm(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    const bool bottleneck = ocsp_key_is_set(s, "bottleneck");
    int out;
    enum ocsp_status status = ocsp_section_freeze_like_input(s, fed_back);

    if (!status)
        status = ocsp_key_positive(s, "output", 1, &out);
    if (!status)
        status = ocsp_key_positive(s, "size", 3, &l->size);
    if (!status)
        status = ocsp_key_positive(s, "groups", 1, &l->conv_groups);
    if (!status)
        status = ocsp_key_positive(s, "stride", 1, &l->stride_x);
    if (!status)
        status = ocsp_read_padding(s);
    if (status)
        return status;
    status = ocsp_set_output(s, (l->in_w + 2 * l->pad - l->size) / l->stride_x + 1,
                             (l->in_h + 2 * l->pad - l->size) / l->stride_x + 1, out);
    if (status)
        return status;
    const int64_t places = (int64_t)l->out_w * l->out_h;
    int64_t k2;
    status = count_kernel(s, &k2);
    if (!status)
        status = add_inner(s, 4, out, k2 * (l->in_c / l->conv_groups), places);
    if (!status)
        status = add_inner(s, bottleneck ? 1 : 4, out,
                           k2 * (out * (bottleneck ? 2 : 1) / l->conv_groups), places);
    if (!status && ocsp_key_is_set(s, "peephole"))
        status = add_inner(s, 3, out, k2 * (out / l->conv_groups), places);
    return status;
}

static const struct ocsp_layer_type rnn = {
    .names = {"rnn"},
    .has_memory = true,
    .read = read_rnn,
};
OCSP_REGISTER_LAYER_TYPE(rnn);

static const struct ocsp_layer_type gru = {
    .names = {"gru"},
    .has_memory = true,
    .read = read_gru,
};
OCSP_REGISTER_LAYER_TYPE(gru);

static const struct ocsp_layer_type lstm = {
    .names = {"lstm"},
    .has_memory = true,
    .read = read_lstm,
};
OCSP_REGISTER_LAYER_TYPE(lstm);

static const struct ocsp_layer_type crnn = {
    .names = {"crnn"},
    .has_memory = true,
    .read = read_crnn,
};
OCSP_REGISTER_LAYER_TYPE(crnn);

static const struct ocsp_layer_type conv_lstm = {
    .names = {"conv_lstm"},
    .has_memory = true,
    .read = read_conv_lstm,
};
OCSP_REGISTER_LAYER_TYPE(conv_lstm);
