/* A tree of classes, as Darknet reads it: a line per class, its name and its parent's
 * number, and no number at the roots. */
#ifndef OCSP_NET_CLASS_TREE_H
#define OCSP_NET_CLASS_TREE_H

#include "net/error.h"

/* Refuses what a host reads or writes behind its arrays for, or never comes back from:
 * another number of classes than n, and parents that do not stand above their children.
 * `unix_host`: as ocsp_line_list_read has it. */
enum ocsp_status ocsp_class_tree_check(const char *file, int n, const char *unix_host,
                                       struct ocsp_error *err);

#endif
