/* `darknet ocsp speed N.cfg …`: how long networks take for a batch of images, and how
 * many times as fast as the first one each is. */
#ifndef OCSP_CLI_SPEED_H
#define OCSP_CLI_SPEED_H

/* argv: what follows "speed". Returns the exit status. */
int ocsp_speed_run(int argc, char **argv);

#endif
