/* The table of all commands, those of a patched Darknet and those that need none. */
#ifndef OCSP_CLI_COMMANDS_H
#define OCSP_CLI_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/flags.h"
#include "cli/net_files.h"

/* What somebody wants who types a command; the first page of help is arranged by it. */
enum ocsp_goal { OCSP_TO_JUDGE, OCSP_TO_TRAIN, OCSP_TO_LOOK, OCSP_TO_PRUNE };

#define OCSP_COMMAND_NAME 48 /* bytes of a command's name as it is typed */

struct ocsp_command {
    /* as it is typed: "info", "classifier train"; "classifier valid|predict": two of them
     */
    const char *name;
    const char *label; /* a short name, also for two commands with the same flags */
    enum ocsp_verb verb;
    enum ocsp_goal goal;
    const char *words; /* that stand behind it: files, and the flags that it requires */
    const char *help;  /* one line */
    /* of its words: 1 (cfg) or 2 (cfg, weights); 0: it opens its files itself */
    int n_files;
    /* NULL: it needs a host, and is in `darknet ocsp` alone */
    enum ocsp_status (*run)(const struct ocsp_net_files *net, struct ocsp_flags *flags,
                            struct ocsp_error *err);
};

/* The k-th command, from 0 on; NULL behind the last. */
const struct ocsp_command *ocsp_command(size_t k);
/* The command that the words begin with, or NULL. */
const struct ocsp_command *ocsp_command_given(int argc, char **argv);
/* The k-th command as it is typed, as "classifier valid": of a row with alternatives each
 * one. Returns its row, or NULL behind the last. */
const struct ocsp_command *ocsp_command_typed(size_t k, char name[OCSP_COMMAND_NAME]);
/* Whether `word` is one of "a|b|c", which ends with a blank or the text. */
bool ocsp_is_alternative(const char *word, const char *alternatives);

#endif
