#include "cli/flag_text.h"

#include <stdarg.h>
#include <stdio.h>

void ocsp_flag_text_add(struct ocsp_flag_text *t, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    if (t->length < sizeof t->bytes)
        t->length += (size_t)vsnprintf(t->bytes + t->length, sizeof t->bytes - t->length,
                                       format, values);
    va_end(values);
}

struct ocsp_flag_text ocsp_flag_text(const struct ocsp_flag *f, const char *bar)
{
    struct ocsp_choice word;
    struct ocsp_flag_text t = {.length = 0};

    ocsp_flag_text_add(&t, "-%s%s", f->name, ocsp_flag_has_value(f) ? " " : "");
    for (const char *c = f->value ? f->value : ""; *c; c++)
        if (*c == '|')
            ocsp_flag_text_add(&t, "%s", bar);
        else
            ocsp_flag_text_add(&t, "%c", *c);
    for (size_t k = 0; f->choice && f->choice(k, &word); k++)
        ocsp_flag_text_add(&t, "%s%s", k > 0 ? bar : "", word.name);
    return t;
}
