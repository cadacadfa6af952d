/* Rules about single keys, and about the bytes of lines. */
#include <stdlib.h>
#include <string.h>

#include "lint/programs.h"

#define DEBIAN OCSP_BIT(OCSP_DEBIAN)
#define HANK OCSP_BIT(OCSP_HANK)
#define TKDNN OCSP_BIT(OCSP_TKDNN)
#define DEEPSTREAM OCSP_BIT(OCSP_DEEPSTREAM)
#define JKJUNG OCSP_BIT(OCSP_JKJUNG)

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
    const struct ocsp_program_section *s =
        ocsp_program_section(OCSP_TKDNN, ocsp_cfg_section_name(site->cfg, site->section));

    return strcmp(field, key) != 0 && strcmp(key, "padding") != 0 && s &&
           ocsp_list_has(s->keys, field, strlen(field)) &&
           strcmp(value, ocsp_cfg_string(site->cfg, site->section, field, "")) != 0;
}

/* _parse_params(): letters alone, a number, or a list in `layers`. [yolo] is skipped. */
static bool is_no_python_value(const struct ocsp_lint_site *site, const char *key,
                               const char *value)
{
    const size_t n = strcspn(value, "#");
    char *end;

    if (site->layer && strcmp(site->layer->name, "yolo") == 0)
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
    {HANK, is_no_word_of_hank, true, "it does not know this word"},
    {HANK, is_no_number_of_hank, true, "it takes digits, '.' and '-' alone for a number"},
    {HANK, is_unused_by_hank, true, "unused with this policy= or adam="},
    {TKDNN, is_taken_for_another, false,
     "it takes it for another key, which it contains"},
    {JKJUNG, is_no_python_value, true, "it cannot read this value"},
};
const int ocsp_n_key_rules = sizeof ocsp_key_rules / sizeof *ocsp_key_rules;

/* --- bytes of a line */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static size_t first_word(const char *line, size_t length)
{
    size_t at = 0;
    while (at < length && is_blank(line[at]))
        at++;
    return at;
}

/* strip() of 2018 leaves '\r' in section names */
static bool ends_with_return(const char *line, size_t length)
{
    return length > 0 && line[length - 1] == '\r';
}

/* parseConfigFile(): `if (line.front() == ' ') continue` */
static bool is_indented(const char *line, size_t length)
{
    const size_t at = first_word(line, length);
    return length > 0 && line[0] == ' ' && at < length && line[at] != '#' &&
           line[at] != ';';
}

static bool is_semicolon_comment(const char *line, size_t length)
{
    const size_t at = first_word(line, length);
    return at < length && line[at] == ';';
}

/* Length of the line up to its '#'. */
static size_t without_comment(const char *line, size_t length)
{
    const char *hash = memchr(line, '#', length);
    return hash ? (size_t)(hash - line) : length;
}

static bool is_made_of_blanks(const char *line, size_t length)
{
    const size_t n = without_comment(line, length);
    return n > 0 && first_word(line, n) == n;
}

static bool is_semicolon_text(const char *line, size_t length)
{
    return is_semicolon_comment(line, length) &&
           !memchr(line, '=', without_comment(line, length));
}

/* ` leaky` is not `leaky` */
static bool is_spaced_activation(const char *line, size_t length)
{
    static const char key[] = "activation";
    const size_t n = without_comment(line, length), at = first_word(line, n);
    const char *equals = memchr(line, '=', n);

    if (!equals || n - at < strlen(key) || strncmp(line + at, key, strlen(key)) != 0)
        return false;
    for (const char *c = equals + 1; c < line + n; c++)
        if (is_blank(*c))
            return true;
    return false;
}

const struct ocsp_line_rule ocsp_line_rules[] = {
    {DEBIAN, ends_with_return, true, "lines that end with CR LF"},
    {DEEPSTREAM, is_indented, false, "it skips lines that begin with a blank"},
    {TKDNN, is_made_of_blanks, true, "a line of blanks"},
    {TKDNN, is_semicolon_text, true, "a comment behind ';'"},
    {TKDNN, is_spaced_activation, true, "blanks around the activation's name"},
    {JKJUNG, is_semicolon_comment, true, "a comment behind ';'"},
};
const int ocsp_n_line_rules = sizeof ocsp_line_rules / sizeof *ocsp_line_rules;
