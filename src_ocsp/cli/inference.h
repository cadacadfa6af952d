/* The host's own commands for inference, computed by the engine. */
#ifndef OCSP_CLI_INFERENCE_H
#define OCSP_CLI_INFERENCE_H

/* argv: the words behind "ocsp". Returns the exit status. */
int ocsp_inference_run(int argc, char **argv);

#endif
