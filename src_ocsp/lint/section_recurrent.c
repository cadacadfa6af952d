/* [rnn], [gru], [lstm], [crnn] and [conv_lstm]. */
#include "lint/lint_section.h"
#include "lint/program_words.h"

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
};
OCSP_REGISTER_LINT_SECTION(crnn);

static const struct ocsp_lint_section conv_lstm = {
    .name = "conv_lstm",
    .support = {[OCSP_ALEXEYAB] =
                    {"size stride dilation pad padding output groups activation "
                     "batch_normalize xnor peephole bottleneck state_constrain shortcut "
                     "lstm_activation time_normalizer"}},
};
OCSP_REGISTER_LINT_SECTION(conv_lstm);
