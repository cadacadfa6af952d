/* The programs that read a cfg, and what they make of any section: what one makes of a
 * certain section type stands in section_X.c. */
#ifndef OCSP_LINT_PROGRAMS_H
#define OCSP_LINT_PROGRAMS_H

#include <stddef.h>

#include "lint/lint_site.h"

enum ocsp_program_id {
    OCSP_DEBIAN,     /* pjreddie's tree of 2018, Debian's package */
    OCSP_ALEXEYAB,   /* on CPU */
    OCSP_HANK,       /* hank-ai 5.1 */
    OCSP_HANK_ONNX,  /* its ONNX export */
    OCSP_OPENCV,     /* 4.x, DNN module */
    OCSP_TKDNN,      /* its darknet parser */
    OCSP_DEEPSTREAM, /* DeepStream-Yolo */
    OCSP_JKJUNG,     /* tensorrt_demos' yolo_to_onnx.py */
    OCSP_NCNN,       /* darknet2ncnn */
    OCSP_PROGRAMS
};

/* Sets of programs are sums of these. */
#define OCSP_BIT(program) (1u << (program))

/* Lists are words with one blank between them. */
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
};

extern const struct ocsp_program ocsp_programs[OCSP_PROGRAMS];

const char *ocsp_program_name(int program);
/* Does the program know the activation of this name, in any section? */
bool ocsp_program_knows_activation(int program, const char *name);

/* A rule about one key of any section (program_keys.c). */
struct ocsp_key_rule {
    unsigned programs;
    bool (*holds)(const struct ocsp_lint_site *site, const char *key, const char *value);
    bool refused;
    const char *text;
};
extern const struct ocsp_key_rule ocsp_key_rules[];
extern const int ocsp_n_key_rules;
/* The same about what the Darknets read by atoi() and the like (program_values.c). */
extern const struct ocsp_key_rule ocsp_value_rules[];
extern const int ocsp_n_value_rules;

/* A rule about the bytes of one line, without its '\n' (program_lines.c). */
struct ocsp_line_rule {
    unsigned programs;
    bool (*holds)(const char *line, size_t length);
    bool refused;
    const char *text;
};
extern const struct ocsp_line_rule ocsp_line_rules[];
extern const int ocsp_n_line_rules;

#endif
