/* Help and version, from the tables of commands and flags. */
#ifndef OCSP_CLI_HELP_H
#define OCSP_CLI_HELP_H

#include <stdbool.h>

/* Whether the words behind `ocsp` ask for help or the version, and not for work: none at
 * all; help, -h, -help, --help or --version in front; -h, -help or --help anywhere behind
 * a command; "help" in place of its second word. */
bool ocsp_help_is_wanted(int argc, char **argv);

/* Prints what such words ask for: the first page for none and for "help"; "help COMMAND"
 * or "COMMAND … --help": the command and its flags; "help all": all of them; "help
 * -markdown": the tables of docs/flags.md. `program`: "ocsp", or "darknet ocsp" with a
 * host, whose own commands are `host_commands` (else NULL). Returns the exit status. */
int ocsp_help_run(const char *program, const char *const *host_commands, int argc,
                  char **argv);

#endif
