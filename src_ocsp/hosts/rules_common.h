/* What the hosts' tables of refusals and repairs share: sections, conditions, sentences
 * and rows. */
#ifndef OCSP_HOSTS_RULES_COMMON_H
#define OCSP_HOSTS_RULES_COMMON_H

#include "hosts/rules.h"

#define OCSP_CONVOLUTIONS "convolutional conv"
#define OCSP_CONNECTED_SECTIONS "connected conn"

/* Both as the hosts read numbers: a text that is none is 0. Of the site's section. */
int ocsp_site_int(const struct ocsp_rule_site *site, const char *key, int fallback);
float ocsp_site_real(const struct ocsp_rule_site *site, const char *key, float fallback);
/* The same of [net]. */
int ocsp_site_net_int(const struct ocsp_rule_site *site, const char *key, int fallback);
float ocsp_site_net_real(const struct ocsp_rule_site *site, const char *key,
                         float fallback);
/* Is its layer of one of these sections? */
bool ocsp_site_is(const struct ocsp_rule_site *site, const char *sections);
/* Does the host not know its section? `program`: the host's enum ocsp_program_id. */
bool ocsp_site_is_unknown_to(const struct ocsp_rule_site *site, int program);
/* "" where the section names none. */
bool ocsp_site_activation_is(const struct ocsp_rule_site *site, const char *name);

/* The row's key has a value other than 0, as a whole number, or as a real one. */
bool ocsp_site_key_is_set(const struct ocsp_rule_site *site);
bool ocsp_site_real_key_is_set(const struct ocsp_rule_site *site);
/* The row's key is there, with any value. */
bool ocsp_site_has_key(const struct ocsp_rule_site *site);

/* A convolution of size=1 whose padding is not 0. */
bool ocsp_site_is_padded_1x1(const struct ocsp_rule_site *site);

/* Whether dropouts behind the layer multiply its output in place, where the gradient of
 * its activation depends on more than the output's sign. */
bool ocsp_site_is_dropped(const struct ocsp_rule_site *site);
bool ocsp_site_normalizes(const struct ocsp_rule_site *site);
/* The layer before keeps no gradient: there is none, or it is a [crop]. Layers that
 * stopbackward=1 freezes are not looked at. */
bool ocsp_site_has_no_target(const struct ocsp_rule_site *site);
bool ocsp_site_has_target(const struct ocsp_rule_site *site);
/* An [upsample] that shrinks, and with a layer before it that keeps a gradient. */
bool ocsp_site_shrinks(const struct ocsp_rule_site *site);

/* Sections whose activation acts on their output. */
#define OCSP_ACTIVATED                                                                   \
    OCSP_CONVOLUTIONS " " OCSP_CONNECTED_SECTIONS " activation shortcut"

/* Sentences of repairs that several hosts, or several builds, have. */
extern const char ocsp_repaired_overwriting[], ocsp_repaired_normalization[],
    ocsp_repaired_dropped_activation[], ocsp_repaired_infinite_loss[],
    ocsp_repaired_first_layer[], ocsp_repaired_batchnorm_layer[];

/* Rows of every build of every host. */
extern const struct ocsp_rule ocsp_rules_of_any_build[];
/* What the CPU code of both hosts has in common. */
extern const struct ocsp_rule ocsp_rules_of_cpu_code[];
/* What layers take for labels, and how images are loaded, in every build of every host.
 */
extern const struct ocsp_rule ocsp_rules_of_labels[], ocsp_rules_of_images[];
/* Weights that ocsp does not follow in training: to be asked behind all others. */
extern const struct ocsp_rule ocsp_rules_of_weights[];
/* Whether the net can be laid out at these widths, with heights in proportion. */
bool ocsp_rules_fit_sizes(const struct ocsp_graph *graph, int low, int high, int step);

/* Sections of heads that are trained with boxes. */
#define OCSP_BOX_HEADS "yolo Gaussian_yolo region"

/* The last head that is trained with boxes, or −1. */
int ocsp_last_box_head(const struct ocsp_graph *graph);
/* Does the layer read such a head, whose map the hosts do not resize for it? */
bool ocsp_site_reads_box_head(const struct ocsp_rule_site *site);
/* Of a head: whether a whole number of its section is another than the last head's. */
bool ocsp_site_differs_from_last_head(const struct ocsp_rule_site *site, int fallback);

#endif
