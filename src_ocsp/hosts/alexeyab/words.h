/* The words that AlexeyAB's Darknet takes: its commands, the flags of its training, and
 * words of its cfgs. */
#ifndef OCSP_HOSTS_ALEXEYAB_WORDS_H
#define OCSP_HOSTS_ALEXEYAB_WORDS_H

#include "hosts/host.h"

/* The entries of struct ocsp_host of these names. */
extern const struct ocsp_host_flag ocsp_alexeyab_flags[];
extern const struct ocsp_host_flag ocsp_alexeyab_measuring_flags[];
extern const char *const ocsp_alexeyab_commands[];
extern const char *const ocsp_alexeyab_results[];

#endif
