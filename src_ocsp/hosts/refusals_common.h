/* What the hosts' tables of refusals share: sections, conditions, sentences and rows. */
#ifndef OCSP_HOSTS_REFUSALS_COMMON_H
#define OCSP_HOSTS_REFUSALS_COMMON_H

#include "hosts/refusals.h"

#define OCSP_CONVOLUTIONS "convolutional conv"
#define OCSP_CONNECTED_SECTIONS "connected conn"

/* Both as the hosts read numbers: a text that is none is 0. Of the site's section. */
int ocsp_site_int(const struct ocsp_refusal_site *site, const char *key, int fallback);
float ocsp_site_real(const struct ocsp_refusal_site *site, const char *key,
                     float fallback);
/* The same of [net]. */
int ocsp_site_net_int(const struct ocsp_refusal_site *site, const char *key,
                      int fallback);
float ocsp_site_net_real(const struct ocsp_refusal_site *site, const char *key,
                         float fallback);
/* Is its layer of one of these sections? */
bool ocsp_site_is(const struct ocsp_refusal_site *site, const char *sections);
/* "" where the section names none. */
bool ocsp_site_activation_is(const struct ocsp_refusal_site *site, const char *name);

/* The row's key has a value other than 0, as a whole number, or as a real one. */
bool ocsp_site_key_is_set(const struct ocsp_refusal_site *site);
bool ocsp_site_real_key_is_set(const struct ocsp_refusal_site *site);
/* The row's key is there, with any value. */
bool ocsp_site_has_key(const struct ocsp_refusal_site *site);

/* A convolution of size=1 whose padding is not 0. */
bool ocsp_site_is_padded_1x1(const struct ocsp_refusal_site *site);

/* Rows of every build of every host. */
extern const struct ocsp_refusal ocsp_refusals_of_any_build[];
/* What the CPU code of both hosts has in common. */
extern const struct ocsp_refusal ocsp_refusals_of_cpu_code[];

#endif
