/* What to say of words that no command of ocsp begins with. */
#ifndef OCSP_CLI_UNKNOWN_COMMAND_H
#define OCSP_CLI_UNKNOWN_COMMAND_H

#include <stdbool.h>

/* Prints one line on stderr: what the words are instead, or what they were meant to be.
 * `program`: "ocsp" or "darknet ocsp". `host_commands`: the host's own, as in host.h, or
 * NULL: the program has no host. Returns the exit status of wrong usage. */
int ocsp_unknown_command(const char *program, const char *const *host_commands, int argc,
                         char **argv);

#endif
