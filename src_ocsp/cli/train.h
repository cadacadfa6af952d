/* `darknet ocsp …`: the host program's side of the command line. */
#ifndef OCSP_CLI_TRAIN_H
#define OCSP_CLI_TRAIN_H

/* Called by the patched main with argv[0] = "ocsp"; returns the exit status. */
int ocsp_main(int argc, char **argv);

/* Called by the patched main with its own words, before it prints anything or looks for a
 * GPU. Runs a command of ocsp that needs no host, prints help, or refuses what is no
 * command, and returns the exit status. Returns -1
 * where main has to go on; for other commands of ocsp only after a restart with OpenMP's
 * threads waiting less. */
int ocsp_main_early(int argc, char **argv);

#endif
