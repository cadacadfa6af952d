/* `darknet ocsp …`: the host program's side of the command line. */
#ifndef OCSP_CLI_TRAIN_H
#define OCSP_CLI_TRAIN_H

/* Called by the patched main with argv[0] = "ocsp"; returns the exit status. */
int ocsp_main(int argc, char **argv);

/* Called with main's own words before it prints anything or looks for a GPU: whether they
 * are a command of ocsp_main's that needs no host. */
int ocsp_main_is_offline(int argc, char **argv);

#endif
