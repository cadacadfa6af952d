/* Rules about values of the keys that the Darknets read by atoi(), atof() and loops over
 * commas, and OpenCV by streams: these take what they can, and go on. */
#include <string.h>

#include "lint/lint_section.h"
#include "lint/program_words.h"
#include "lint/similar_keys.h"
#include "lint/values.h"

static const char words[] = "activation lstm_activation type weights_type "
                            "weights_normalization tree map iou_loss iou_thresh_kind "
                            "nms_kind yolo_point policy";
static const char reals[] =
    "temperature spatial scale alpha beta kappa ratio probability "
    "angle saturation exposure shift dot scale_x_y beta_nms "
    "time_normalizer mean std assisted_excitation";
static const char whole_lists[] = "layers from mask";
static const char real_lists[] = "anchors";

static bool has(const char *list, const char *key)
{
    return ocsp_list_has(list, key, strlen(key));
}

/* Only what the program honours there: it does not read the rest. */
static bool is_read(const struct ocsp_lint_site *site, const char *key)
{
    const struct ocsp_section_support *s = ocsp_lint_support(site, site->program);
    return s && (has(s->keys, key) ||
                 (site->layer && has(ocsp_programs[site->program].common, key)));
}

static bool is_no_number(const struct ocsp_lint_site *site, const char *key,
                         const char *value)
{
    return *value && is_read(site, key) && !has(words, key) && !has(whole_lists, key) &&
           !has(real_lists, key) &&
           !ocsp_value_is_number(value, ocsp_value_length(value), !has(reals, key));
}

static bool is_no_list(const struct ocsp_lint_site *site, const char *key,
                       const char *value)
{
    const bool whole = has(whole_lists, key);
    return *value && is_read(site, key) && (whole || has(real_lists, key)) &&
           !ocsp_value_is_list(value, whole);
}

/* AlexeyAB's ends its count at a '#' in some lists. */
static bool has_commas_in_comment(const struct ocsp_lint_site *site, const char *key,
                                  const char *value)
{
    const bool cuts = site->program == OCSP_ALEXEYAB && site->layer &&
                      has("mask anchors", key) && strcmp(site->layer->name, "yolo") == 0;
    const char *comment = value + ocsp_value_length(value);

    return is_read(site, key) && (has(whole_lists, key) || has(real_lists, key)) &&
           strchr(comment, ',') && !(cuts && *comment == '#');
}

/* read_option() returns 0 where '=' is the last character. */
static bool is_empty(const struct ocsp_lint_site *site, const char *key,
                     const char *value)
{
    return *value == '\0' && ocsp_lint_is_known(site, key);
}

/* Blanks of other alphabets, a byte order mark, and the like in a key. */
static bool is_no_word(const struct ocsp_lint_site *site, const char *key,
                       const char *value)
{
    char plain[32];
    size_t n = 0;

    (void)value;
    for (const char *c = key; *c && n + 1 < sizeof plain; c++)
        if (*c > ' ' && *c <= '~')
            plain[n++] = *c;
    plain[n] = '\0';
    return strlen(key) > n && ocsp_lint_is_known(site, plain);
}

static bool is_misspelt(const struct ocsp_lint_site *site, const char *key,
                        const char *value)
{
    (void)value;
    return ocsp_lint_is_misspelt(site, key);
}

#define FOR_C_READERS (FOR_DEBIAN | FOR_ALEXEYAB | FOR_OPENCV)

const struct ocsp_key_rule ocsp_value_rules[] = {
    {FOR_DEBIAN | FOR_ALEXEYAB, is_empty, false, "it skips a key without a value"},
    {FOR_DEBIAN | FOR_ALEXEYAB, is_no_word, false,
     "it knows no key with such letters or blanks"},
    {FOR_DEBIAN | FOR_ALEXEYAB, is_misspelt, false,
     "it does not know this key, but one that is almost the same, and takes that one's "
     "default"},
    {FOR_OPENCV, is_empty, false, "it reads 0 where a value is missing"},
    {FOR_C_READERS, is_no_number, false, "it reads another number, or 0"},
    {FOR_C_READERS, is_no_list, false,
     "it reads other numbers: it wants them with commas between, and nothing else"},
    {FOR_C_READERS, has_commas_in_comment, false,
     "it counts the commas of the comment, too"},
};
const int ocsp_n_value_rules = sizeof ocsp_value_rules / sizeof *ocsp_value_rules;
