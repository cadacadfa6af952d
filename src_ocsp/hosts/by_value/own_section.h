/* Sections that no Darknet knows, and that we compute in it: on CPU, in hosts in C.
 *
 * A file of this room defines a const struct ocsp_own_section and registers it:
 *
 *     static const struct ocsp_own_section gain = {.name = "gain", .make = make_gain};
 *     OCSP_REGISTER_OWN_SECTION(gain);
 *
 * Nothing else has to be told of it: the linker collects the entries of all files. The
 * patched parser of a host asks for a section that it does not know, and for that layer's
 * part of a .weights file. docs/add-a-layer.md goes through an example. */
#ifndef OCSP_HOSTS_BY_VALUE_OWN_SECTION_H
#define OCSP_HOSTS_BY_VALUE_OWN_SECTION_H

#include "hosts/by_value/darknet_compat.h"
#include "hosts/host.h"

struct ocsp_own_section {
    const char *name; /* of the section; a layer type (layers/layer_type.h) has it, too */
    /* Completes a layer. Its input is known (batch, w, h, c, inputs), and its output has
     * the same shape (out_w, out_h, out_c, outputs) unless this changes it. Sets forward
     * and backward, and nweights where there are weights. Its output, delta, weights and
     * weight_updates are allocated afterwards. */
    void (*make)(layer *l);
    /* The weights that a new network begins with; NULL: 0. */
    void (*fill)(layer *l);
    bool decays; /* [net] decay= acts on the weights */
};

/* The section of a layer that ocsp_hook_section has made, or NULL. */
const struct ocsp_own_section *ocsp_own_section_of(const layer *l);
/* ocsp_host.computes */
bool ocsp_own_section_exists(const char *name);

/* What the patched parser calls. `to_make` is cleared, `name` has its brackets, `shape`
 * is batch, w, h, c, inputs and whether to train. Returns 0 where the section is none of
 * ours. */
int ocsp_hook_section(void *to_make, const char *name, const int shape[6]);
/* Reads or writes the weights of one layer, where it is one of ours. */
void ocsp_hook_load_section(const void *loaded, void *file);
void ocsp_hook_save_section(const void *saved, void *file);

/* The entry of one section in the table that the linker makes of all files. */
#define OCSP_REGISTER_OWN_SECTION(of)                                                    \
    extern const struct ocsp_own_section *const ocsp_own_section_entry_##of;             \
    __attribute__((used, section("ocsp_own_sections")))                                  \
    const struct ocsp_own_section *const ocsp_own_section_entry_##of = &of

#endif
