/* What a host prints at its start, and while it makes a network, is held back. Should it
 * end the process meanwhile, all of that is printed. */
#ifndef OCSP_TRAIN_HOST_OUTPUT_H
#define OCSP_TRAIN_HOST_OUTPUT_H

void ocsp_host_output_hold(void);
void ocsp_host_output_release(void);

#endif
