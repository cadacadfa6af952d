#include "hosts/by_value/layer_name.h"

#include <stdio.h>

#include "hosts/by_value/own_section.h"
#include "network.h"

const char *ocsp_layer_name(const layer *l)
{
#define UNNAMED(type, name) {type, name},
    /* the host's own function calls them "none" */
    static const struct {
        LAYER_TYPE type;
        const char *name;
    } unnamed[] = {OCSP_HOST_UNNAMED_LAYERS(UNNAMED)};
#undef UNNAMED

    if (ocsp_type_is_own(l->type))
        return ocsp_own_section_name(l);
    for (size_t k = 0; k < sizeof unnamed / sizeof *unnamed; k++)
        if (unnamed[k].type == l->type)
            return unnamed[k].name;
    return get_layer_string(l->type);
}

void ocsp_layer_kind(const void *net, int i, char *text, size_t size)
{
    const layer *l = &((const network *)net)->layers[i];

    if (!ocsp_type_is_own(l->type) && ocsp_host_activates(l))
        snprintf(text, size, "%s (%s)", ocsp_layer_name(l),
                 get_activation_string(l->activation));
    else
        snprintf(text, size, "%s", ocsp_layer_name(l));
}
