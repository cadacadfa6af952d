#include "hosts/by_value/own_section.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hosts/fatal.h"

/* l.type of the first section in the table; no host's enum comes so far. */
#define FIRST_TYPE 1000

/* The linker makes these where at least one file registers a section. */
extern const struct ocsp_own_section *const __start_ocsp_own_sections[]
    __attribute__((weak));
extern const struct ocsp_own_section *const __stop_ocsp_own_sections[]
    __attribute__((weak));

/* None where the host computes on a GPU: what they compute is in memory. */
static int count(void)
{
    return OCSP_ON_GPU ? 0 : (int)(__stop_ocsp_own_sections - __start_ocsp_own_sections);
}

const struct ocsp_own_section *ocsp_own_section_of(const layer *l)
{
    const int k = (int)l->type - FIRST_TYPE;

    return k >= 0 && k < count() ? __start_ocsp_own_sections[k] : NULL;
}

static int find(const char *name, size_t length)
{
    for (int k = 0; k < count(); k++) {
        const char *known = __start_ocsp_own_sections[k]->name;
        if (strlen(known) == length && strncmp(known, name, length) == 0)
            return k;
    }
    return -1;
}

bool ocsp_own_section_exists(const char *name)
{
    return find(name, strlen(name)) >= 0;
}

static float *zeros(size_t n)
{
    struct ocsp_error err;
    float *array = calloc(n, sizeof *array);

    if (!array) {
        ocsp_fail_memory(&err);
        ocsp_fatal(&err);
    }
    return array;
}

#ifndef GPU
/* SGD with momentum, as the hosts do it: weight_updates is the negative gradient. */
static void update(layer l, OCSP_UPDATE_PARAMETERS)
{
    const struct ocsp_sgd sgd = OCSP_SGD(&l);
    const float step = sgd.rate / (float)sgd.images;
    const float pull =
        ocsp_own_section_of(&l)->decays ? sgd.decay * (float)sgd.images : 0;

    for (int k = 0; k < l.nweights; k++) {
        l.weight_updates[k] -= pull * l.weights[k];
        l.weights[k] += step * l.weight_updates[k];
        l.weight_updates[k] *= sgd.momentum;
    }
}
#endif

static void make(layer *l, const struct ocsp_own_section *section, bool train)
{
    l->out_w = l->w;
    l->out_h = l->h;
    l->out_c = l->c;
    l->outputs = l->inputs;
    section->make(l);
    const size_t n = (size_t)l->batch * (size_t)l->outputs;
    const size_t weights = (size_t)l->nweights;
    l->output = zeros(n);
    l->delta = zeros(n);
    if (weights > 0)
        l->weights = zeros(weights);
    if (weights > 0 && train) {
        l->weight_updates = zeros(weights);
#ifndef GPU
        l->update = update;
#endif
    }
    if (section->fill)
        section->fill(l);
    ocsp_host_update_always(l);
}

int ocsp_hook_section(void *to_make, const char *name, const int shape[6])
{
    const size_t length = strlen(name);
    const int k = length > 2 ? find(name + 1, length - 2) : -1;
    layer *l = to_make;

    if (k < 0)
        return 0;
    l->type = (LAYER_TYPE)(FIRST_TYPE + k);
    l->batch = shape[0];
    l->w = shape[1];
    l->h = shape[2];
    l->c = shape[3];
    l->inputs = shape[4];
    make(l, __start_ocsp_own_sections[k], shape[5] != 0);
    fprintf(stderr, "%s %d x %d x %d -> %d x %d x %d\n", name, l->w, l->h, l->c, l->out_w,
            l->out_h, l->out_c);
    return 1;
}

/* The hosts read what there is of a short file and go on; so do we. */
void ocsp_hook_load_section(const void *loaded, void *file)
{
    const layer *l = loaded;
    const size_t n = (size_t)l->nweights;

    if (ocsp_own_section_of(l) && fread(l->weights, sizeof(float), n, file) != n)
        fprintf(stderr, "ocsp: this .weights file ends within a layer\n");
}

void ocsp_hook_save_section(const void *saved, void *file)
{
    const layer *l = saved;

    if (ocsp_own_section_of(l))
        fwrite(l->weights, sizeof(float), (size_t)l->nweights, file);
}
