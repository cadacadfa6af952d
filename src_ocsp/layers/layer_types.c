#include <string.h>

#include "layers/layer_type.h"

/* The linker's names for the ends of the section that OCSP_REGISTER_LAYER_TYPE fills. */
extern const struct ocsp_layer_type *const __start_ocsp_layer_type_entries[];
extern const struct ocsp_layer_type *const __stop_ocsp_layer_type_entries[];

int ocsp_layer_types(const struct ocsp_layer_type *const **types)
{
    *types = __start_ocsp_layer_type_entries;
    return (int)(__stop_ocsp_layer_type_entries - __start_ocsp_layer_type_entries);
}

static bool has_name(const struct ocsp_layer_type *type, const char *name)
{
    for (int k = 0; k < OCSP_MAX_NAMES && type->names[k]; k++)
        if (strcmp(type->names[k], name) == 0)
            return true;
    return false;
}

const struct ocsp_layer_type *ocsp_layer_type_find(const char *name)
{
    const struct ocsp_layer_type *const *types;
    const int n = ocsp_layer_types(&types);

    for (int k = 0; k < n; k++)
        if (has_name(types[k], name))
            return types[k];
    return NULL;
}

bool ocsp_layer_is(const struct ocsp_layer *layer, const char *name)
{
    return has_name(layer->type, name);
}
