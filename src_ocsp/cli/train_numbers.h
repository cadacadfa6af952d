/* Numbers of a cfg that only training reads, each with its range: a host takes what it
 * can of any text, and loads images, or trains, by that. */
#ifndef OCSP_CLI_TRAIN_NUMBERS_H
#define OCSP_CLI_TRAIN_NUMBERS_H

#include "layers/graph.h"
#include "net/error.h"

enum ocsp_status ocsp_train_numbers_check(const struct ocsp_graph *graph,
                                          struct ocsp_error *err);

#endif
