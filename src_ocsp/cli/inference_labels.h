/* The label files by which the host's `detector map` measures: a class that the net has
 * not makes it write behind its arrays there, too. */
#ifndef OCSP_CLI_INFERENCE_LABELS_H
#define OCSP_CLI_INFERENCE_LABELS_H

#include "net/error.h"

/* `argv`: "detector", "map" and what follows; of any other command nothing is checked,
 * nor where a file is not one that we read: the host says what is wrong with it. */
enum ocsp_status ocsp_inference_labels_check(int argc, char **argv,
                                             struct ocsp_error *err);

#endif
