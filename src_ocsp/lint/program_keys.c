/* Rules about single keys of any section. */
#include <stdlib.h>
#include <string.h>

#include "lint/lint_section.h"
#include "lint/program_words.h"

#define POLICIES "random poly constant step exp sigmoid steps sgdr"
#define OVERLAPS "iou giou mse diou ciou"

static const struct {
    const char *key, *values;
} hank_words[] = {
    {"policy", POLICIES},
    {"iou_loss", OVERLAPS},
    {"iou_thresh_kind", OVERLAPS},
    {"nms_kind", "default greedynms diounms cornersnms"},
};

/* darknet_enums.cpp: other words throw */
static bool is_no_word_of_hank(const struct ocsp_lint_site *site, const char *key,
                               const char *value)
{
    (void)site;
    for (size_t i = 0; i < sizeof hank_words / sizeof *hank_words; i++)
        if (strcmp(key, hank_words[i].key) == 0)
            return !ocsp_list_has(hank_words[i].values, value, strcspn(value, "#"));
    return false;
}

/* CfgLine takes a value for a number when it is made of these; find_int() and
 * find_float() stop where it is none. */
static bool is_no_number_of_hank(const struct ocsp_lint_site *site, const char *key,
                                 const char *value)
{
    static const char words_and_lists[] =
        "activation policy type weights_type weights_normalization tree map iou_loss "
        "iou_thresh_kind nms_kind yolo_point layers from mask anchors steps scales "
        "seq_scales counters_per_class";
    const size_t n = strcspn(value, "#");
    (void)site;
    return !ocsp_list_has(words_and_lists, key, strlen(key)) &&
           (n == 0 || strspn(value, "-.0123456789") < n);
}

/* parse_net_section() reads these for some policies alone: elsewhere they are unused. */
static bool is_unused_by_hank(const struct ocsp_lint_site *site, const char *key,
                              const char *value)
{
    static const struct {
        const char *key, *policies;
    } needs[] = {
        {"step", "step sigmoid"},     {"scale", "step"},
        {"steps", "steps sgdr"},      {"scales", "steps sgdr"},
        {"seq_scales", "steps sgdr"}, {"gamma", "exp sigmoid"},
    };
    const char *policy = ocsp_cfg_string(site->cfg, 0, "policy", "constant");
    (void)value;
    if (site->layer)
        return false;
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (strcmp(key, needs[i].key) == 0)
            return !ocsp_list_has(needs[i].policies, policy, strcspn(policy, "#"));
    return ocsp_list_has("B1 B2 eps", key, strlen(key)) &&
           strtod(ocsp_cfg_string(site->cfg, 0, "adam", "0"), NULL) == 0.0;
}

/* darknetParseFields() asks for these in turn, with find(): the first that the key
 * contains is taken. */
static const char *tkdnn_field(const char *key)
{
    static const char *const fields[] = {
        "new_coords", "width",  "height",   "channels",  "batch_normalize", "filters",
        "activation", "size",   "stride",   "pad",       "classes",         "num",
        "coords",     "groups", "group_id", "scale_x_y", "beta_nms",        "nms_kind",
        "from",       "mask",   "layers"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strstr(key, fields[i]))
            return fields[i];
    return key;
}

static bool is_taken_for_another(const struct ocsp_lint_site *site, const char *key,
                                 const char *value)
{
    const char *field = tkdnn_field(key);
    const struct ocsp_section_support *s = ocsp_lint_support(site, OCSP_TKDNN);

    return strcmp(field, key) != 0 && strcmp(key, "padding") != 0 && s &&
           ocsp_list_has(s->keys, field, strlen(field)) &&
           strcmp(value, ocsp_cfg_string(site->cfg, site->section, field, "")) != 0;
}

/* _parse_params(): letters alone, a number, or a list in `layers`. */
static bool is_no_python_value(const struct ocsp_lint_site *site, const char *key,
                               const char *value)
{
    const struct ocsp_section_support *support = ocsp_lint_support(site, OCSP_JKJUNG);
    const size_t n = strcspn(value, "#");
    char *end;

    if (support && support->skips_values)
        return false;
    if (ocsp_list_has(site->layer ? "layers activation" : "steps scales", key,
                      strlen(key)))
        return n == 0;
    if (n > 0 &&
        strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") >= n)
        return false;
    strtod(value, &end);
    return end == value || end < value + n;
}

const struct ocsp_key_rule ocsp_key_rules[] = {
    {FOR_HANK, is_no_word_of_hank, true, "it does not know this word"},
    {FOR_HANK, is_no_number_of_hank, true,
     "it takes digits, '.' and '-' alone for a number"},
    {FOR_HANK, is_unused_by_hank, true, "unused with this policy= or adam="},
    {FOR_TKDNN, is_taken_for_another, false,
     "it takes it for another key, which it contains"},
    {FOR_JKJUNG, is_no_python_value, true, "it cannot read this value"},
};
const int ocsp_n_key_rules = sizeof ocsp_key_rules / sizeof *ocsp_key_rules;
