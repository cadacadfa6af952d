#include "hosts/by_value/own_section.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hosts/by_value/own_section_memory.h"
#include "hosts/fatal.h"
#include "layers/layer_type.h"
#include "option_list.h"

/* The linker's names for the ends of the section that OCSP_REGISTER_OWN_SECTION fills. */
extern const struct ocsp_own_section *const __start_ocsp_own_section_entries[];
extern const struct ocsp_own_section *const __stop_ocsp_own_section_entries[];

/* An entry without a layer: so the table is there where nobody registers one. */
extern const struct ocsp_own_section *const ocsp_own_section_entry_none;
__attribute__((used, section("ocsp_own_section_entries")))
const struct ocsp_own_section *const ocsp_own_section_entry_none = NULL;

static const struct ocsp_own_section *find(const char *name)
{
    const struct ocsp_own_section *const *entry = __start_ocsp_own_section_entries;
    const struct ocsp_layer_type *type = ocsp_layer_type_find(name);

    if (!type || OCSP_ON_GPU) /* they compute in memory */
        return NULL;
    for (; entry < __stop_ocsp_own_section_entries; entry++)
        if (*entry && ocsp_layer_type_find((*entry)->name) == type)
            return *entry;
    return NULL;
}

bool ocsp_own_section_exists(const char *name)
{
    return find(name) != NULL;
}

/* Of "[gain]"; NULL: the section is none of ours. */
static const struct ocsp_own_section *find_or_refuse(const char *section, int index)
{
    struct ocsp_error err;
    char name[64];
    const size_t n = strlen(section);

    if (n < 3 || n - 2 >= sizeof name)
        return NULL;
    memcpy(name, section + 1, n - 2);
    name[n - 2] = '\0';
    const struct ocsp_own_section *own = find(name);
    const struct ocsp_layer_type *type = ocsp_layer_type_find(name);
    if (own || !type || !type->is_ours)
        return own;
    ocsp_fail(&err, OCSP_E_UNSUPPORTED, NULL, 0,
              "layer %d %s: no Darknet knows this section, and this build does not "
              "compute it",
              index, section);
    ocsp_fatal(&err);
}

#ifdef GPU

int ocsp_hook_section(void *made, const char *name, void *options, int index,
                      const int shape[6])
{
    (void)made;
    (void)options;
    (void)shape;
    return find_or_refuse(name, index) != NULL;
}

#else

static void forward(layer l, ocsp_pass pass)
{
    const struct ocsp_own_pass own = {.input = pass.input, .train = pass.train};

    ocsp_own_section_of(&l)->forward(&l, &own);
}

static void backward(layer l, ocsp_pass pass)
{
    const struct ocsp_own_pass own = {
        .input = pass.input, .input_delta = pass.delta, .train = true};

    ocsp_own_section_of(&l)->backward(&l, &own);
}

/* The hosts' SGD with momentum. */
static void step(float *x, float *updates, size_t n, const struct ocsp_sgd *with,
                 bool decays)
{
    const float decay = decays ? with->decay * (float)with->images : 0;
    const float rate = with->rate / (float)with->images;

    for (size_t i = 0; i < n && updates; i++) {
        const float update = updates[i] - decay * x[i];
        x[i] += rate * update;
        updates[i] = with->momentum * update;
    }
}

static void update(layer l, OCSP_UPDATE_PARAMETERS)
{
    const struct ocsp_sgd with = OCSP_SGD(&l);
    struct ocsp_host_layer view;

    ocsp_own_section_view(&l, &view);
    const size_t n = (size_t)view.n_biases;
    step(l.weights, l.weight_updates, view.n_weights, &with,
         ocsp_own_section_of(&l)->decays);
    step(l.biases, l.bias_updates, n, &with, false);
    step(l.scales, l.scale_updates, n, &with, false);
}

/* The section as the text of a cfg, for our own reader: only the layer before it is
 * replaced by an image of that size. malloc'ed. */
static char *text_of(const char *section, const list *options)
{
    const node *first = options ? options->front : NULL;
    size_t size = strlen(section) + 2;
    char *text, *end;

    for (const node *n = first; n; n = n->next) {
        kvp *option = n->val;
        size += strlen(option->key) + strlen(option->val) + 2;
    }
    text = end = malloc(size);
    if (!text)
        return NULL;
    end += sprintf(end, "%s\n", section);
    for (const node *n = first; n; n = n->next) {
        kvp *option = n->val;
        end += sprintf(end, "%s=%s\n", option->key, option->val);
        option->used = 1; /* the host would say that nobody asks for it */
    }
    return text;
}

int ocsp_hook_section(void *made, const char *name, void *options, int index,
                      const int shape[6])
{
    const struct ocsp_own_section *own = find_or_refuse(name, index);
    struct ocsp_error err;
    layer l = {0};

    if (!own)
        return 0;
    char *text = text_of(name, options);
    l.type = (LAYER_TYPE)OCSP_OWN_TYPE;
    l.activation = LINEAR;
    l.batch = shape[0];
    l.w = shape[1];
    l.h = shape[2];
    l.c = shape[3];
    l.inputs = shape[4];
    if (text ? ocsp_own_section_make(&l, own, text, index, shape[5] != 0, &err)
             : ocsp_fail_memory(&err))
        ocsp_fatal(&err);
    free(text);
    if (shape[5] != 0)
        ocsp_host_update_always(&l);
    l.forward = forward;
    l.backward = backward;
    l.update = update;
    fprintf(stderr,
            "%-8s                     %4d x%4d x%4d   ->  %4d x%4d x%4d  (ocsp)\n",
            own->name, l.w, l.h, l.c, l.out_w, l.out_h, l.out_c);
    *(layer *)made = l;
    return 1;
}

#endif

const char *ocsp_own_section_name(const layer *l)
{
    return ocsp_own_section_of(l)->name;
}

/* Arrays of the file, in the type's order. */
static void transfer(const layer *l, size_t function(void *, size_t, size_t, FILE *),
                     FILE *file)
{
    struct ocsp_host_layer view;
    const enum ocsp_array_role *order;
    const int n = ocsp_own_section_order(l, &order);

    ocsp_own_section_view(l, &view);
    for (int k = 0; k < n; k++) {
        float *array = *ocsp_params_array(&view.memory.value, order[k]);
        /* a file that ends too soon leaves what is there, as for the hosts' layers */
        if (array)
            (void)!function(array, sizeof(float), ocsp_own_section_length(l, order[k]),
                            file);
    }
}

static size_t write_array(void *array, size_t size, size_t n, FILE *file)
{
    return fwrite(array, size, n, file);
}

void ocsp_hook_save_section(const void *saved, void *file)
{
    const layer *l = saved;

    if (ocsp_type_is_own(l->type))
        transfer(l, write_array, file);
}

void ocsp_hook_load_section(const void *loaded, void *file)
{
    const layer *l = loaded;

    if (ocsp_type_is_own(l->type))
        transfer(l, fread, file);
}

int ocsp_hook_resize_section(void *resized, int w, int h)
{
    layer *l = resized;
    struct ocsp_error err;

    if (!ocsp_type_is_own(l->type))
        return 0;
    if (ocsp_own_section_resize(l, w, h, &err))
        ocsp_fatal(&err);
    return 1;
}
