/* Which of many labels stand in a path, as strstr finds them one by one, but faster: for
 * lists of 100,000 images and 1,000 labels. */
#ifndef OCSP_NET_LABEL_SET_H
#define OCSP_NET_LABEL_SET_H

#include "net/error.h"

struct ocsp_label_set;

/* Of n labels, borrowed. An empty one stands in every path. */
enum ocsp_status ocsp_label_set_new(struct ocsp_label_set **out, char *const *label,
                                    int n, struct ocsp_error *err);
void ocsp_label_set_free(struct ocsp_label_set *set);

/* Finds up to `most` different labels in the text and returns how many; their numbers, in
 * ascending order, are in found [most]. Of more than `most` it finds some. Several
 * threads may ask at once. */
int ocsp_label_set_find(const struct ocsp_label_set *set, const char *text, int *found,
                        int most);

/* The lowest number of a label in the text; −1: there is none. */
int ocsp_label_set_first(const struct ocsp_label_set *set, const char *text);

#endif
