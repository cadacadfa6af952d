/* What the programs make of one section type: one file section_X.c per type, or per
 * family of types, as in layers/.
 *
 * A file defines a const struct ocsp_lint_section and registers it:
 *
 *     static const struct ocsp_lint_section gain = {
 *         .name = "gain",
 *         .support = {[OCSP_DEBIAN] = {"factor activation"}, [OCSP_NCNN] = {"factor"}},
 *         .meanings = {{"factor", "1"}},
 *         .rules = {{FOR_NCNN, reads_a_vector, "", true, "it needs a map"}}};
 *     OCSP_REGISTER_LINT_SECTION(gain);
 *
 * Nothing else has to be told of it: the linker collects the entries of all files. A
 * section type without an entry is unknown to all programs.
 *
 * Lists are words with one blank between them. They were read in November 2026 in the
 * programs' sources; where an entry stands for several versions it holds what all of them
 * do. */
#ifndef OCSP_LINT_LINT_SECTION_H
#define OCSP_LINT_LINT_SECTION_H

#include "lint/lint_site.h"
#include "lint/programs.h"

/* How one program takes the section. */
struct ocsp_section_support {
    const char *keys;     /* that it honours there; NULL: it does not know the section */
    const char *computed; /* activations that it computes there; NULL: all it knows */
    bool skips_values;    /* it does not read the values as it does elsewhere */
};

/* A key that changes what the layer computes unless it has the neutral value: a number,
 * "=key" for that key's value, NULL where no value is neutral. A program that does not
 * honour the key misreads the layer. */
struct ocsp_key_meaning {
    const char *key, *neutral;
};

/* Keys that must be there, since the programs have no default, or another than Darknet.
 */
struct ocsp_needed_keys {
    unsigned programs;   /* OCSP_BIT of each */
    const char *keys[6]; /* up to the first NULL */
    bool refused;        /* false: misread */
    const char *text;
};

/* A rule about the layer, or of [net] about the net as a whole, for what lists of words
 * cannot say. */
struct ocsp_section_rule {
    unsigned programs; /* OCSP_BIT of each */
    bool (*holds)(const struct ocsp_lint_site *site);
    const char *key; /* the finding names its line; "": the section's */
    bool refused;    /* false: misread */
    const char *text;
};

/* Of a detection head, which reads boxes · (classes + coordinates + 1) channels. */
struct ocsp_head_shape {
    int coordinates;             /* numbers that place one box; 0: the layer is no head */
    const char *coordinates_key; /* the key that may give another number, or NULL */
    bool reads_mask;             /* mask= says which anchors the head uses; or all */
};

enum { OCSP_MAX_MEANINGS = 16, OCSP_MAX_NEEDED = 8, OCSP_MAX_RULES = 20 };

/* Arrays end at their first empty entry. */
struct ocsp_lint_section {
    const char *name; /* the first section name of the layer type, or "net" */
    struct ocsp_section_support support[OCSP_PROGRAMS];
    unsigned know_no_alias; /* programs that know the type by its first name alone */
    struct ocsp_key_meaning meanings[OCSP_MAX_MEANINGS];
    struct ocsp_needed_keys needed[OCSP_MAX_NEEDED];
    struct ocsp_section_rule rules[OCSP_MAX_RULES];
    struct ocsp_head_shape head;
};

/* Rules about layers of any type (program_layers.c). */
extern const struct ocsp_section_rule ocsp_layer_rules[];
extern const int ocsp_n_layer_rules;
/* The same, of inference alone: they are no concern of training. */
extern const struct ocsp_section_rule ocsp_inference_rules[];
extern const int ocsp_n_inference_rules;

/* All registered entries, in no order; returns how many there are. */
int ocsp_lint_sections(const struct ocsp_lint_section *const **sections);

/* The entry for the type of a layer, NULL for [net]; or NULL: there is none. */
const struct ocsp_lint_section *ocsp_lint_section_find(const struct ocsp_layer *layer);

/* Does the program know the section of a layer, by the name that it has in the cfg? */
bool ocsp_program_knows_section(int program, const struct ocsp_layer *layer);

/* How the program takes the section at this site; NULL: it does not know it. */
const struct ocsp_section_support *ocsp_lint_support(const struct ocsp_lint_site *site,
                                                     int program);

/* The entry of one section type in the table that the linker makes of all files (as
 * OCSP_REGISTER_LAYER_TYPE). */
#define OCSP_REGISTER_LINT_SECTION(section_type)                                         \
    extern const struct ocsp_lint_section *const ocsp_lint_entry_##section_type;         \
    __attribute__((used, section("ocsp_lint_section_entries")))                          \
    const struct ocsp_lint_section *const ocsp_lint_entry_##section_type = &section_type

#endif
