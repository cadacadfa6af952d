#include <string.h>

#include "layers/layer_type.h"

#include "lint/lint_section.h"

/* The linker's names for the ends of the section that OCSP_REGISTER_LINT_SECTION fills.
 */
extern const struct ocsp_lint_section *const __start_ocsp_lint_section_entries[];
extern const struct ocsp_lint_section *const __stop_ocsp_lint_section_entries[];

int ocsp_lint_sections(const struct ocsp_lint_section *const **sections)
{
    *sections = __start_ocsp_lint_section_entries;
    return (int)(__stop_ocsp_lint_section_entries - __start_ocsp_lint_section_entries);
}

const struct ocsp_lint_section *ocsp_lint_section_find(const struct ocsp_layer *layer)
{
    const char *name = layer ? ocsp_layer_type_find(layer->name)->names[0] : "net";
    const struct ocsp_lint_section *const *sections;
    const int n = ocsp_lint_sections(&sections);

    for (int k = 0; k < n; k++)
        if (strcmp(sections[k]->name, name) == 0)
            return sections[k];
    return NULL;
}

static const struct ocsp_section_support *
support_of(int program, const struct ocsp_layer *layer, const char *name)
{
    const struct ocsp_lint_section *s = ocsp_lint_section_find(layer);

    if (!s || !s->support[program].keys)
        return NULL;
    if ((s->know_no_alias & OCSP_BIT(program)) && strcmp(name, s->name) != 0)
        return NULL;
    return &s->support[program];
}

const struct ocsp_section_support *ocsp_lint_support(const struct ocsp_lint_site *site,
                                                     int program)
{
    return support_of(program, site->layer,
                      ocsp_cfg_section_name(site->cfg, site->section));
}

bool ocsp_program_knows_section(int program, const struct ocsp_layer *layer)
{
    return support_of(program, layer, layer->name) != NULL;
}
