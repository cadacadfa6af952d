#include "made_up_sections.h"

#include <math.h>

#include "hosts/by_value/own_section.h"
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"
#include "two_tables.h"

/* --- [test_gain] */

static enum ocsp_status read_gain(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    double power;
    enum ocsp_status status = ocsp_key_real(s, "power", 0, &power);

    if (!status)
        status = ocsp_add_table(s, l->in_c, 1, 1);
    if (status)
        return status;
    l->tables[0].col_axis = OCSP_NO_CHANNELS;
    return ocsp_same_output(s);
}

static void emit_gain(const struct ocsp_emission *e, int i)
{
    const double *in = ocsp_emission_input(e, i);
    const double power =
        strtod(ocsp_cfg_string(e->graph->cfg, i + 1, "power", "0"), NULL);

    for (int k = 0; k < ocsp_emission_common(e, i); k++)
        e->value[i][k] =
            (1 + power * fabs(in[k])) * (double)e->params[i].weights[k] * in[k];
}

static const struct ocsp_layer_type gain_type = {
    .names = {"test_gain"},
    .read = read_gain,
    .couple = ocsp_couple_through,
    .emit = emit_gain,
    .is_ours = true,
};
OCSP_REGISTER_LAYER_TYPE(gain_type);

struct gain_data {
    double power;
};

static enum ocsp_status prepare_gain(const layer *l, const struct ocsp_cfg *cfg,
                                     struct ocsp_error *err)
{
    struct gain_data *data = ocsp_own_data(l);

    for (int c = 0; c < l->c; c++)
        ocsp_own_table(l, 0)[c] = 1;
    return ocsp_cfg_real(cfg, 1, "power", 0, &data->power, err);
}

/* What is multiplied by g. */
static size_t gain_scratch_floats(const layer *l)
{
    return (size_t)l->batch * (size_t)l->outputs;
}

static void forward_gain(const layer *l, const struct ocsp_own_pass *pass)
{
    const struct gain_data *data = ocsp_own_data(l);
    const int plane = l->w * l->h;
    float *multiplied = ocsp_own_scratch(l);

    for (int i = 0; i < l->batch * l->outputs; i++) {
        multiplied[i] =
            (float)(1 + data->power * fabs((double)pass->input[i])) * pass->input[i];
        l->output[i] = ocsp_own_table(l, 0)[i / plane % l->c] * multiplied[i];
    }
}

static void backward_gain(const layer *l, const struct ocsp_own_pass *pass)
{
    const struct gain_data *data = ocsp_own_data(l);
    const int plane = l->w * l->h;
    const float *multiplied = ocsp_own_scratch(l);
    float *updates = ocsp_own_table_updates(l, 0);

    for (int i = 0; i < l->batch * l->outputs; i++) {
        const int c = i / plane % l->c;
        if (updates)
            updates[c] += l->delta[i] * multiplied[i];
        if (pass->input_delta)
            pass->input_delta[i] +=
                l->delta[i] * ocsp_own_table(l, 0)[c] *
                (float)(1 + 2 * data->power * fabs((double)pass->input[i]));
    }
}

static const struct ocsp_own_section gain = {
    .name = "test_gain",
    .data_size = sizeof(struct gain_data),
    .scratch_floats = gain_scratch_floats,
    .prepare = prepare_gain,
    .forward = forward_gain,
    .backward = backward_gain,
};
OCSP_REGISTER_OWN_SECTION(gain);

/* --- [test_twin] */

static const struct ocsp_layer_type twin_type = {
    .names = {"test_twin"},
    .read = read_two_tables,
    .couple = ocsp_couple_new,
    .file_order = two_tables_order,
    .n_file_order = 3,
    .is_ours = true,
};
OCSP_REGISTER_LAYER_TYPE(twin_type);

/* Where row f of the output, and column c of the input, of image b begin. */
static size_t at_output(const layer *l, int b, int f)
{
    return (size_t)(b * l->out_c + f) * (size_t)(l->w * l->h);
}

static size_t at_input(const layer *l, int b, int c)
{
    return (size_t)(b * l->c + c) * (size_t)(l->w * l->h);
}

static void forward_twin(const layer *l, const struct ocsp_own_pass *pass)
{
    const float *linear = ocsp_own_table(l, 0), *square = ocsp_own_table(l, 1);

    for (int b = 0; b < l->batch; b++)
        for (int f = 0; f < l->out_c; f++)
            for (int i = 0; i < l->w * l->h; i++) {
                float sum = l->biases[f];
                for (int c = 0; c < l->c; c++) {
                    const float x = pass->input[at_input(l, b, c) + (size_t)i];
                    sum += linear[f * l->c + c] * x + square[f * l->c + c] * x * x;
                }
                l->output[at_output(l, b, f) + (size_t)i] = sum;
            }
}

static void backward_twin_place(const layer *l, const struct ocsp_own_pass *pass, int f,
                                size_t out, size_t in)
{
    const float delta = l->delta[out];
    const size_t plane = (size_t)(l->w * l->h);

    if (l->bias_updates)
        l->bias_updates[f] += delta;
    for (int c = 0; c < l->c; c++) {
        const size_t w = (size_t)(f * l->c + c), at = in + (size_t)c * plane;
        const float x = pass->input[at];
        if (l->weight_updates) {
            ocsp_own_table_updates(l, 0)[w] += delta * x;
            ocsp_own_table_updates(l, 1)[w] += delta * x * x;
        }
        if (pass->input_delta)
            pass->input_delta[at] +=
                delta * (ocsp_own_table(l, 0)[w] + 2 * ocsp_own_table(l, 1)[w] * x);
    }
}

static void backward_twin(const layer *l, const struct ocsp_own_pass *pass)
{
    for (int b = 0; b < l->batch; b++)
        for (int f = 0; f < l->out_c; f++)
            for (int i = 0; i < l->w * l->h; i++)
                backward_twin_place(l, pass, f, at_output(l, b, f) + (size_t)i,
                                    at_input(l, b, 0) + (size_t)i);
}

static const struct ocsp_own_section twin = {.name = "test_twin",
                                             .forward = forward_twin,
                                             .backward = backward_twin,
                                             .decays = true};
OCSP_REGISTER_OWN_SECTION(twin);
