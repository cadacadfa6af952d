/* The rules of Debian's Darknet, and sentences of its repairs. */
#ifndef OCSP_HOSTS_DEBIAN_RULES_H
#define OCSP_HOSTS_DEBIAN_RULES_H

#include "hosts/rules.h"

extern const struct ocsp_host_rules ocsp_host_rules_debian;

extern const char ocsp_debian_repaired_smooth_cost[];

#endif
