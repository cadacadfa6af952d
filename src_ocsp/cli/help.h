/* Usage, help and version, from the tables of commands and flags. */
#ifndef OCSP_CLI_HELP_H
#define OCSP_CLI_HELP_H

#include <stdbool.h>
#include <stdio.h>

/* The commands, one line each, that `program` has: "ocsp", or "darknet ocsp" with a host.
 */
void ocsp_print_usage(FILE *out, const char *program, bool has_host);

/* Whether the word asks for help or the version: help, -help, --help, --version. */
bool ocsp_help_knows(const char *word);
/* Prints what the words ask for, the first of which is such a word: "help [COMMAND]" or
 * "help -markdown", the tables of docs/flags.md. Returns the exit status. */
int ocsp_help_run(const char *program, bool has_host, int argc, char **argv);

#endif
