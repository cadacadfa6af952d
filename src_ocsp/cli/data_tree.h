/* A tree of classes, as Darknet reads it: a line per class, its name and its parent's
 * number, and no number at the roots. */
#ifndef OCSP_CLI_DATA_TREE_H
#define OCSP_CLI_DATA_TREE_H

#include "hosts/host.h"
#include "net/error.h"

/* Refuses what a host reads or writes behind its arrays for, or never comes back from:
 * another number of classes than n, and parents that do not stand above their children.
 */
enum ocsp_status ocsp_data_tree_check(const char *file, int n,
                                      const struct ocsp_host *host,
                                      struct ocsp_error *err);

#endif
