#include "hosts/rules_common.h"

#include <stdlib.h>
#include <string.h>

#include "layers/layer_type.h"
#include "lint/lint_section.h"

static const char *value_of(const struct ocsp_rule_site *site, int section,
                            const char *key)
{
    return ocsp_cfg_string(site->graph->cfg, section, key, NULL);
}

int ocsp_site_int(const struct ocsp_rule_site *site, const char *key, int fallback)
{
    const char *value = value_of(site, site->index + 1, key);
    return value ? atoi(value) : fallback;
}

float ocsp_site_real(const struct ocsp_rule_site *site, const char *key, float fallback)
{
    const char *value = value_of(site, site->index + 1, key);
    return value ? strtof(value, NULL) : fallback;
}

int ocsp_site_net_int(const struct ocsp_rule_site *site, const char *key, int fallback)
{
    const char *value = value_of(site, 0, key);
    return value ? atoi(value) : fallback;
}

float ocsp_site_net_real(const struct ocsp_rule_site *site, const char *key,
                         float fallback)
{
    const char *value = value_of(site, 0, key);
    return value ? strtof(value, NULL) : fallback;
}

bool ocsp_site_is(const struct ocsp_rule_site *site, const char *sections)
{
    return ocsp_section_is_one_of(site->layer->name, sections);
}

/* Where no Darknet knows it, builds that compute it differ from those that do not. */
bool ocsp_site_is_unknown_to(const struct ocsp_rule_site *site, int program)
{
    return !site->layer->type->is_ours &&
           !ocsp_program_knows_section(program, site->layer);
}

bool ocsp_site_activation_is(const struct ocsp_rule_site *site, const char *name)
{
    return strcmp(site->layer->activation, name) == 0;
}

bool ocsp_site_key_is_set(const struct ocsp_rule_site *site)
{
    return ocsp_site_int(site, site->key, 0) != 0;
}

bool ocsp_site_real_key_is_set(const struct ocsp_rule_site *site)
{
    return ocsp_site_real(site, site->key, 0) != 0;
}

bool ocsp_site_has_key(const struct ocsp_rule_site *site)
{
    return value_of(site, site->index + 1, site->key) != NULL;
}

/* Images of one forward pass. */
static int64_t batch_of(const struct ocsp_rule_site *site)
{
    const int subdivisions = ocsp_site_net_int(site, "subdivisions", 1);

    if (subdivisions < 1)
        return 0; /* the checks of [net] refuse that */
    return (int64_t)(ocsp_site_net_int(site, "batch", 1) / subdivisions) *
           ocsp_site_net_int(site, "time_steps", 1);
}

/* Of one value the variance is 0. */
static bool normalizes_single_values(const struct ocsp_rule_site *site)
{
    const struct ocsp_layer *l = site->layer;

    return l->batch_normalize && batch_of(site) == 1 && l->out_w * l->out_h == 1;
}

static bool is_not_first(const struct ocsp_rule_site *site)
{
    return site->index > 0;
}

static bool reads_crop(const struct ocsp_rule_site *site)
{
    for (int k = 0; k < site->layer->n_from; k++)
        if (site->graph->layers[site->layer->from[k]].type->crops_images)
            return true;
    return false;
}

/* The padding is shared out to both sides of the map. */
static bool has_empty_windows(const struct ocsp_rule_site *site)
{
    const struct ocsp_layer *l = site->layer;
    return l->pad > 0 && (l->pad + 1) / 2 >= l->size;
}

const struct ocsp_rule ocsp_rules_of_any_build[] = {
    {OCSP_REFUSED, "batchnorm " OCSP_CONVOLUTIONS " " OCSP_CONNECTED_SECTIONS,
     OCSP_ANY_BUILD, 0, "", normalizes_single_values,
     "batch normalization over a single value: batch / subdivisions must be 2 or more "
     "here"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_BUILD, 0, "binary", ocsp_site_key_is_set,
     "binary= and xnor= cannot be pruned: a zero weight is not zero there"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_BUILD, 0, "xnor", ocsp_site_key_is_set,
     "binary= and xnor= cannot be pruned: a zero weight is not zero there"},
    {OCSP_REFUSED, "crop", OCSP_ANY_BUILD, 0, "", is_not_first,
     "[crop] passes no gradient back: it may only be the first layer"},
    {OCSP_REFUSED, "route", OCSP_ANY_BUILD, 0, "layers", reads_crop,
     "[crop] passes no gradient back: only the layer behind it may read it"},
    {OCSP_REFUSED, "shortcut scale_channels sam", OCSP_ANY_BUILD, 0, "from", reads_crop,
     "[crop] passes no gradient back: only the layer behind it may read it"},
    {OCSP_REFUSED, "maxpool max local_avgpool local_avg", OCSP_ANY_BUILD, 0, "padding",
     has_empty_windows, "padding= is so large that a window of the pool holds no input"},
    {.sentence = NULL},
};

static bool is_kept_oddly(const struct ocsp_rule_site *site)
{
    return site->layer->odd_file;
}

static bool has_weights_of_its_own(const struct ocsp_rule_site *site)
{
    return site->layer->n_opaque > 0 || ocsp_site_is(site, "implicit");
}

const struct ocsp_rule ocsp_rules_of_weights[] = {
    {OCSP_REFUSED, "*", OCSP_ANY_BUILD, 0, "", is_kept_oddly,
     "dontload=, dontsave=, dontloadscales= and numload= change what a .weights file "
     "holds; remove them"},
    {OCSP_REFUSED, "*", OCSP_ANY_BUILD, 0, "", has_weights_of_its_own,
     "this version cannot train nets with weights in this section"},
    {.sentence = NULL},
};

static bool stops_oddly(const struct ocsp_rule_site *site)
{
    const int stop = ocsp_site_int(site, "stopbackward", 0);
    return stop != 0 && stop != 1;
}

bool ocsp_site_is_padded_1x1(const struct ocsp_rule_site *site)
{
    return site->layer->size == 1 && site->layer->pad > 0;
}

const struct ocsp_rule ocsp_rules_of_cpu_code[] = {
    {OCSP_REFUSED, "net", OCSP_CPU, 0, "adam", ocsp_site_key_is_set,
     "Darknet on CPU would silently train with SGD; remove it"},
    {OCSP_REFUSED, "*", OCSP_ANY_BUILD, 0, "stopbackward", stops_oddly,
     "this Darknet takes any stopbackward= for 1, and would never train the layers up to "
     "here: remove it, or write stopbackward=1"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_BUILD, 0, "padding",
     ocsp_site_is_padded_1x1,
     "Darknet on CPU computes a 1x1 convolution with padding wrongly: remove padding="},
    {OCSP_REFUSED, "softmax soft", OCSP_ANY_BUILD, 0, "tree", ocsp_site_has_key,
     "Darknet on CPU trains a softmax with tree= wrongly"},
    {OCSP_REFUSED, "softmax soft", OCSP_ANY_BUILD, 0, "spatial",
     ocsp_site_real_key_is_set, "Darknet on CPU ignores spatial=1 of a softmax"},
    {.sentence = NULL},
};

const char ocsp_repaired_overwriting[] =
    "gradients are added to those of skip connections, not written over";
const char ocsp_repaired_normalization[] =
    "batch normalization: exact gradient of the forward pass";
const char ocsp_repaired_dropped_activation[] =
    "activations before [dropout]: gradient at the undropped output";
const char ocsp_repaired_infinite_loss[] =
    "cross-entropy: the loss of a probability of 0 is large, not infinite";
const char ocsp_repaired_batchnorm_layer[] =
    "[batchnorm]: missing buffers allocated; scales are trained";
const char ocsp_repaired_first_layer[] =
    "first layer without weights: no write through a null pointer";

bool ocsp_site_normalizes(const struct ocsp_rule_site *site)
{
    return site->layer->batch_normalize;
}

/* What the dropouts behind layer i multiply the elements by that they leave. */
static float scale_of_dropouts(const struct ocsp_graph *graph, int i)
{
    float scale = 1;

    for (int k = i + 1; k < graph->n_layers; k++) {
        const struct ocsp_layer *l = &graph->layers[k];
        if (strcmp(l->name, "dropout") != 0)
            break;
        const float share =
            strtof(ocsp_cfg_string(graph->cfg, l->section, "probability", ".2"), NULL);
        scale *= 1.f / (1.f - share);
    }
    return scale;
}

bool ocsp_site_is_dropped(const struct ocsp_rule_site *site)
{
    const bool named = *site->layer->activation != '\0';
    const bool logistic =
        ocsp_site_is(site, OCSP_CONVOLUTIONS " " OCSP_CONNECTED_SECTIONS);

    if (named ? ocsp_site_activation_is(site, "linear") ||
                    ocsp_site_activation_is(site, "relu") ||
                    ocsp_site_activation_is(site, "leaky")
              : !logistic)
        return false;
    return scale_of_dropouts(site->graph, site->index) != 1;
}

bool ocsp_site_has_no_target(const struct ocsp_rule_site *site)
{
    int before = site->index - 1;

    while (before >= 0 && strcmp(site->graph->layers[before].name, "dropout") == 0)
        before--; /* it has the gradient of the layer before it */
    return before < 0 || strcmp(site->graph->layers[before].name, "crop") == 0;
}

bool ocsp_site_has_target(const struct ocsp_rule_site *site)
{
    return !ocsp_site_has_no_target(site);
}

bool ocsp_site_shrinks(const struct ocsp_rule_site *site)
{
    return ocsp_site_int(site, "stride", 2) < 0 && ocsp_site_has_target(site);
}
