/* What linter.c knows of each program: tables of sections, keys and activations, and
 * rules that need a small function. Used by linter.c alone.
 *
 * Lists are words with one blank between them. Read in November 2026 in the programs'
 * sources; where a table stands for several versions it holds what all of them do. */
#ifndef OCSP_LINT_PROGRAMS_H
#define OCSP_LINT_PROGRAMS_H

#include "lint/linter.h"

#define OCSP_BIT(program) (1u << (program))

struct ocsp_program_section {
    const char *names;    /* the section and its aliases; [net] stands among them */
    const char *keys;     /* what it honours there */
    const char *computed; /* activations that it computes there; NULL: all it knows */
};

struct ocsp_program {
    const char *name;
    int base;           /* that program's loader reads the file first; −1: none */
    bool unknown_fatal; /* a key that is not listed stops it */
    bool cuts_comments; /* a comment may stand behind a value */
    bool last_wins;     /* of two equal keys; Darknet takes the first */
    const char *common; /* keys of every section but [net] */
    const char *activations;
    const char *unknown_activation, *uncomputed_activation; /* texts */
    bool refuses_activation;
    const struct ocsp_program_section *sections;
    int n_sections;
};

extern const struct ocsp_program ocsp_programs[OCSP_PROGRAMS];

/* Keys that change what a layer computes unless they have the neutral value: a number,
 * "=key" for that key's value, NULL where none is neutral. A program that does not
 * honour one misreads the layer. */
struct ocsp_meaning {
    const char *sections, *key, *neutral;
};
extern const struct ocsp_meaning ocsp_meanings[];
extern const int ocsp_n_meanings;

/* Keys that must be there, since the program has no default, or another than Darknet. */
struct ocsp_needed_keys {
    unsigned programs;
    const char *sections;
    const char *keys[6]; /* up to the first NULL */
    bool refused;
    const char *text;
};
extern const struct ocsp_needed_keys ocsp_needed_keys[];
extern const int ocsp_n_needed_keys;

/* Where a rule is asked. */
struct ocsp_lint_site {
    const struct ocsp_cfg *cfg;
    const struct ocsp_graph *graph;
    const struct ocsp_layer *layer; /* NULL: [net] */
    int section;
    int program;
};

/* A rule about a layer, or about the net as a whole (sections "net"); section_rules.c.
 */
struct ocsp_layer_rule {
    unsigned programs;
    const char *sections;
    bool (*holds)(const struct ocsp_lint_site *at);
    const char *key;
    bool refused;
    const char *text;
};
extern const struct ocsp_layer_rule ocsp_layer_rules[];
extern const int ocsp_n_layer_rules;

/* A rule about one key of a section (program_keys.c). */
struct ocsp_key_rule {
    unsigned programs;
    bool (*holds)(const struct ocsp_lint_site *at, const char *key, const char *value);
    bool refused;
    const char *text;
};
extern const struct ocsp_key_rule ocsp_key_rules[];
extern const int ocsp_n_key_rules;

/* A rule about the bytes of one line, without its '\n'. */
struct ocsp_line_rule {
    unsigned programs;
    bool (*holds)(const char *line, size_t length);
    bool refused;
    const char *text;
};
extern const struct ocsp_line_rule ocsp_line_rules[];
extern const int ocsp_n_line_rules;

/* Does the list hold this word? `n` its length. */
bool ocsp_list_has(const char *list, const char *word, size_t n);

/* The program's entry for a section, or NULL. */
const struct ocsp_program_section *ocsp_program_section(int program, const char *name);

#endif
