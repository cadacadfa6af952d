/* Rules about layers of any type: what the Darknets' forward passes need of the net
 * around a layer. */
#include "layers/layer_type.h"
#include "lint/known_maps.h"
#include "lint/lint_section.h"
#include "lint/program_words.h"

/* These read rows of numbers. */
static bool reads_rows(const struct ocsp_layer *l)
{
    static const char *const types[] = {
        "connected", "rnn",        "gru",      "lstm",       "softmax",
        "cost",      "detection",  "dropout",  "logistic",   "route",
        "empty",     "activation", "implicit", "contrastive"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ocsp_layer_is(l, types[i]))
            return true;
    return false;
}

static bool reads_no_map(const struct ocsp_lint_site *site)
{
    return !reads_rows(site->layer) && !ocsp_lint_knows_input_map(site);
}

/* [shortcut] and the like: they divide by the width of what they add */
static bool joins_no_map(const struct ocsp_lint_site *site)
{
    for (int k = 0; k < site->layer->n_from && !reads_rows(site->layer); k++)
        if (!ocsp_lint_knows_map(site, ocsp_lint_from(site, k)))
            return true;
    return false;
}

/* Their output is that of the layer before. */
static bool has_no_layer_before(const struct ocsp_lint_site *site)
{
    return !ocsp_lint_before(site) &&
           (ocsp_layer_is(site->layer, "dropout") || ocsp_layer_is(site->layer, "empty"));
}

/* The layers inside keep the batch of training, where one image comes. */
static bool keeps_its_batch(const struct ocsp_lint_site *site)
{
    static const char *const types[] = {"rnn", "gru", "lstm", "crnn", "conv_lstm"};
    const struct ocsp_lint_site net = {.cfg = site->cfg, .section = 0};
    const int subdivisions = ocsp_lint_number(&net, "subdivisions", 1);
    const int steps = ocsp_lint_number(&net, "time_steps", 1);

    if (ocsp_layer_is(site->layer, "history"))
        return steps > 1;
    if (subdivisions < 1 ||
        (ocsp_lint_number(&net, "batch", 1) / subdivisions <= 1 && steps <= 1))
        return false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ocsp_layer_is(site->layer, types[i]))
            return true;
    return false;
}

/* load_convolutional_weights() takes it for the number of filters */
static bool loads_more_than_it_has(const struct ocsp_lint_site *site)
{
    return ocsp_layer_is(site->layer, "convolutional") &&
           ocsp_lint_number(site, "numload", 0) > site->layer->out_c;
}

/* forward_network() makes its output the truth of what follows. */
static bool is_the_truth_of_more(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *end = site->graph->layers + site->graph->n_layers;

    if (ocsp_lint_number(site, "truth", 0) == 0)
        return false;
    for (const struct ocsp_layer *l = site->layer + 1; l < end; l++)
        if (l->type->is_head && l->outputs > site->layer->outputs)
            return true;
    return false;
}

const struct ocsp_section_rule ocsp_layer_rules[] = {
    {FOR_DARKNETS, reads_no_map, "", true,
     "it needs a map, and reads what has no width and height for this program"},
    {FOR_DEBIAN | FOR_ALEXEYAB, joins_no_map, "from", true,
     "it adds a layer that has no width and height for this program"},
    {FOR_DARKNETS, has_no_layer_before, "", true, "it needs a layer before it"},
    {FOR_DEBIAN, loads_more_than_it_has, "numload", true,
     "more than filters=: it writes behind its arrays"},
    {FOR_DEBIAN, is_the_truth_of_more, "truth", true,
     "a head behind it reads beyond its output"},
};
const int ocsp_n_layer_rules = sizeof ocsp_layer_rules / sizeof *ocsp_layer_rules;

const struct ocsp_section_rule ocsp_inference_rules[] = {
    {FOR_DEBIAN | FOR_ALEXEYAB, keeps_its_batch, "", true,
     "it reads batch= images where one is given: set batch, subdivisions and time_steps "
     "to 1"},
};
const int ocsp_n_inference_rules =
    sizeof ocsp_inference_rules / sizeof *ocsp_inference_rules;
