/* How AlexeyAB's Darknet validates a classifier. */
#ifndef OCSP_HOSTS_ALEXEYAB_VALIDATION_H
#define OCSP_HOSTS_ALEXEYAB_VALIDATION_H

#include "hosts/validation.h"

extern const struct ocsp_host_validation ocsp_host_validation_alexeyab;

#endif
