#include "lint/window.h"

#include <stdlib.h>
#include <string.h>

bool ocsp_lint_is_blurred(const struct ocsp_lint_site *site)
{
    return ocsp_lint_number(site, "antialiasing", 0) != 0;
}

int ocsp_lint_same_padding(int in, int size, int stride)
{
    const int total = ((in + stride - 1) / stride - 1) * stride + size - in;
    return total > 0 ? total : 0;
}

/* `pad` and `padding`, whichever comes last, are one key for tkDNN. */
int ocsp_lint_tkdnn_padding(const struct ocsp_lint_site *site)
{
    int pad = 0;

    for (int i = 0; i < ocsp_cfg_options(site->cfg, site->section); i++) {
        const char *key, *value;
        ocsp_cfg_option(site->cfg, site->section, i, &key, &value);
        if (strstr(key, "pad"))
            pad = (int)strtol(value, NULL, 10);
    }
    return pad == 1 ? site->layer->size / 2 : 0;
}
