/* `darknet ocsp …`: the host program's side of the command line. */
#ifndef OCSP_CLI_TRAIN_H
#define OCSP_CLI_TRAIN_H

/* Called by the patched main with argv[0] = "ocsp"; returns the exit status. */
int ocsp_main(int argc, char **argv);

#endif
