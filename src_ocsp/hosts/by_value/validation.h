/* What is the same in the `classifier valid` of all hosts in C. For hosts alone. */
#ifndef OCSP_HOSTS_BY_VALUE_VALIDATION_H
#define OCSP_HOSTS_BY_VALUE_VALIDATION_H

#include "hosts/by_value/darknet_compat.h"
#include "hosts/validation.h"

/* As the host's load_image_color, but it ends no process and leaves no file where an
 * image cannot be decoded. */
bool ocsp_validation_decode(const char *path, image *out);

/* struct ocsp_host_validation, `tree` and `scores`. */
void *ocsp_validation_tree(const void *net, char *const *leaves, int n);
void ocsp_validation_scores(const void *tree, float *outputs, int n);

#endif
