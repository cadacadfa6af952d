/* A flag: what it is for people, and what it does to struct ocsp_flags. Each table below
 * is in the file that is named like its array, with the functions that its rows call. */
#ifndef OCSP_CLI_FLAG_H
#define OCSP_CLI_FLAG_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/flags.h"
#include "net/nearest.h"

/* A flag as it was given: on the command line, or as a line of a file. */
struct ocsp_given_flag {
    struct ocsp_flags *flags; /* to be set */
    const struct ocsp_flag *flag;
    const char *name;  /* without its dash */
    const char *value; /* NULL: none was given */
    const char *file;  /* NULL: the command line */
    int line;
    struct ocsp_error *err;
};

/* A word that a flag may be followed by, and one line on it. */
struct ocsp_choice {
    const char *name, *help; /* help: NULL where the name says all */
};

struct ocsp_flag {
    const char *name; /* without its dash */
    int verbs;        /* the commands that know it */
    /* what follows, as "N|auto"; or the function that fills in the k-th word of a table,
     * false behind the last; neither: nothing follows */
    const char *value;
    bool (*choice)(size_t k, struct ocsp_choice *out);
    const char *by_default; /* NULL: nothing to tell */
    const char *help;       /* one line */
    bool command_line_only; /* not in a file of settings */
    bool is_limit;          /* usage lines name it in one word with the others */
    bool of_search;         /* what a plan file has decided already */
    enum ocsp_status (*set)(const struct ocsp_given_flag *given);
};

extern const struct ocsp_flag ocsp_flags_of_pruning[], ocsp_flags_of_cycle[],
    ocsp_flags_of_run[], ocsp_flags_of_files[], ocsp_flags_of_speed[],
    ocsp_flags_of_backbone[];

/* The tables in the order of help; each ends with a flag without a name. */
struct ocsp_flag_section {
    const char *title;
    const struct ocsp_flag *flags;
};
enum { OCSP_FLAG_SECTIONS = 6 };
extern const struct ocsp_flag_section ocsp_flag_sections[OCSP_FLAG_SECTIONS];

/* The flag of that name that the command knows, or NULL. */
const struct ocsp_flag *ocsp_flag_find(const char *name, enum ocsp_verb verb);
/* Offers the names of all flags that the command knows. */
void ocsp_flag_offer(struct ocsp_nearest *nearest, enum ocsp_verb verb);

static inline bool ocsp_flag_has_value(const struct ocsp_flag *flag)
{
    return flag->value || flag->choice;
}

/* --- readers of values --- */

/* Refuses the value: "-NAME VALUE: expected WANT", and the word that was meant, where it
 * is near one of the flag's words. */
enum ocsp_status ocsp_flag_refuse(const struct ocsp_given_flag *given, const char *want);
/* A number from low to high, both included. */
enum ocsp_status ocsp_flag_read_real(const struct ocsp_given_flag *given, double low,
                                     double high, double *out);
/* A whole number from low on. */
enum ocsp_status ocsp_flag_read_int(const struct ocsp_given_flag *given, int low,
                                    int *out);
/* One of the words of a table; *k is its index. */
enum ocsp_status ocsp_flag_read_choice(const struct ocsp_given_flag *given,
                                       bool (*choice)(size_t k, struct ocsp_choice *out),
                                       size_t *k);
/* Words of a table with commas between them, each once: their indices in the order given;
 * *n is how many. k has room for every word. */
enum ocsp_status ocsp_flag_read_choices(const struct ocsp_given_flag *given,
                                        bool (*choice)(size_t k, struct ocsp_choice *out),
                                        size_t *k, size_t *n);
/* On without a value, as on the command line, and with 1; off with 0. */
enum ocsp_status ocsp_flag_read_switch(const struct ocsp_given_flag *given, bool *on);

/* -engine of the command `speed`. */
enum ocsp_status ocsp_flag_set_predictors(const struct ocsp_given_flag *given);

/* The k-th of a list of words that ends with NULL; false behind it. */
bool ocsp_flag_word(const char *const words[], size_t k, struct ocsp_choice *out);

#endif
