/* How Debian's Darknet validates a classifier. */
#ifndef OCSP_HOSTS_DEBIAN_VALIDATION_H
#define OCSP_HOSTS_DEBIAN_VALIDATION_H

#include "hosts/validation.h"

extern const struct ocsp_host_validation ocsp_host_validation_debian;

#endif
