/* [rnn], [gru], [lstm], [crnn] and [conv_lstm]. */
#include "layers/layer_type.h"
#include "lint/lint_section.h"
#include "lint/program_words.h"
#include "lint/workspace.h"

static const struct ocsp_lint_section rnn = {
    .name = "rnn",
    .support =
        {[OCSP_DEBIAN] = {"output activation batch_normalize shortcut"},
         [OCSP_ALEXEYAB] = {"output hidden activation batch_normalize logistic shortcut",
                            SCALAR},
         [OCSP_HANK] = {"output hidden activation batch_normalize logistic shortcut",
                        SCALAR " relu6"}},
    .meanings = {{"hidden", "=output"}, {"logistic", "0"}},
};
OCSP_REGISTER_LINT_SECTION(rnn);

static const struct ocsp_lint_section gru = {
    .name = "gru",
    .support = {[OCSP_DEBIAN] = {"output batch_normalize tanh"},
                [OCSP_ALEXEYAB] = {"output batch_normalize"}},
    .meanings = {{"tanh", "0"}},
};
OCSP_REGISTER_LINT_SECTION(gru);

static const struct ocsp_lint_section lstm = {
    .name = "lstm",
    .support = {[OCSP_DEBIAN] = {"output batch_normalize"},
                [OCSP_ALEXEYAB] = {"output batch_normalize"},
                [OCSP_HANK] = {"output batch_normalize"}},
};
OCSP_REGISTER_LINT_SECTION(lstm);

/* Debian's parse_crnn hands the width over as the height. */
static bool is_not_square(const struct ocsp_lint_site *site)
{
    return site->layer->in_w != site->layer->in_h;
}

/* AlexeyAB's make_crnn_layer asserts that its convolutions change no size. */
static bool changes_its_size(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;
    const int size = ocsp_lint_number(site, "size", 3);
    const int stride = ocsp_lint_number(site, "stride", 1);
    const int pad = ocsp_lint_number(site, "pad", 0) != 0
                        ? size / 2
                        : ocsp_lint_number(site, "padding", 0);

    return stride < 1 || size < 1 || (l->in_w + 2 * pad - size) / stride + 1 != l->in_w ||
           (l->in_h + 2 * pad - size) / stride + 1 != l->in_h;
}

static bool has_odd_groups(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;
    const int groups = ocsp_lint_number(site, "groups", 1);
    const bool has_hidden = ocsp_layer_is(l, "crnn");

    return groups < 1 || l->in_c % groups != 0 || l->out_c % groups != 0 ||
           (has_hidden && ocsp_lint_number(site, "hidden", 1) % groups != 0);
}

static bool is_a_bottleneck(const struct ocsp_lint_site *site)
{
    return ocsp_lint_number(site, "bottleneck", 0) != 0;
}

#define MUST_KEEP_SIZE                                                                   \
    {                                                                                    \
        FOR_ALEXEYAB, changes_its_size, "size", true,                                    \
            "its convolutions must keep width and height"                                \
    }
#define MUST_DIVIDE                                                                      \
    {                                                                                    \
        FOR_ALEXEYAB, has_odd_groups, "groups", true,                                    \
            "it does not divide the channels of all its convolutions evenly"             \
    }
#define CRNN_KEYS                                                                        \
    "size stride dilation pad padding output hidden groups activation batch_normalize "  \
    "xnor shortcut"

static const struct ocsp_lint_section crnn = {
    .name = "crnn",
    .support = {[OCSP_DEBIAN] = {"output_filters hidden_filters activation "
                                 "batch_normalize shortcut"},
                [OCSP_ALEXEYAB] = {CRNN_KEYS},
                [OCSP_HANK] = {CRNN_KEYS}},
    .meanings = {{"output", NULL},
                 {"hidden", NULL},
                 {"output_filters", NULL},
                 {"hidden_filters", NULL},
                 {"groups", "1"}},
    .rules = {{FOR_DEBIAN, is_not_square, "", false, "it takes its width for its height"},
              {FOR_DEBIAN, ocsp_lint_overflows_workspace, "", true,
               "it writes behind its workspace"},
              MUST_KEEP_SIZE,
              MUST_DIVIDE},
};
OCSP_REGISTER_LINT_SECTION(crnn);

static const struct ocsp_lint_section conv_lstm = {
    .name = "conv_lstm",
    .support = {[OCSP_ALEXEYAB] =
                    {"size stride dilation pad padding output groups activation "
                     "batch_normalize xnor peephole bottleneck state_constrain shortcut "
                     "lstm_activation time_normalizer"}},
    .rules = {MUST_KEEP_SIZE,
              MUST_DIVIDE,
              {FOR_ALEXEYAB, is_a_bottleneck, "bottleneck", true,
               "its CPU code knows none"}},
};
OCSP_REGISTER_LINT_SECTION(conv_lstm);
