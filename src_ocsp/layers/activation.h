/* The scalar activations of both hosts, by the names that a cfg uses. */
#ifndef OCSP_LAYERS_ACTIVATION_H
#define OCSP_LAYERS_ACTIVATION_H

/* A name that neither host knows is relu, as it is there; normalize_channels, which no
 * scalar function is, counts among those. */
double ocsp_activate(const char *name, double x);

#endif
