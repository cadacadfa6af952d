/* How a host's own `classifier valid` measures a network, piece by piece, so that we can
 * measure one in training and find what that command finds in its .weights file. Hosts in
 * C++ may fill it, too. */
#ifndef OCSP_HOSTS_VALIDATION_H
#define OCSP_HOSTS_VALIDATION_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ocsp_host_validation {
    bool top_within_classes; /* top= is at most classes= */
    /* Decodes an image and makes it [3, h, w], as the network gets it. False: it cannot
     * be decoded; nothing is printed then. Several threads call it at once. */
    bool (*image)(const char *path, int w, int h, float *out);
    /* The tree of classes that the cfg names, malloc'ed, to be freed before the network
     * is; NULL: the network has none. Its leaves are those of these names; n = 0: its
     * own. */
    void *(*tree)(const void *net, char *const *leaves, int n);
    /* Turns an image's outputs [n] into its classes' scores, along such a tree. */
    void (*scores)(const void *tree, float *outputs, int n);
    /* The classes with the k best of n scores, best first; −1 where there are none. */
    void (*top)(float *scores, int n, int k, int *classes);
};

#ifdef __cplusplus
}
#endif

#endif
