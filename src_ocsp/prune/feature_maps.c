#include "prune/feature_maps.h"

#include <stdlib.h>
#include <string.h>

#include "layers/layer_type.h"

/* Fills cfg and graph from the text. */
static enum ocsp_status read_text(struct ocsp_maps *maps, const char *name,
                                  const char *text, size_t size, struct ocsp_error *err)
{
    enum ocsp_status status = ocsp_cfg_parse(&maps->cfg, name, text, size, err);

    if (!status)
        status = ocsp_graph_new(&maps->graph, maps->cfg, err);
    if (status)
        ocsp_maps_clear(maps);
    return status;
}

void ocsp_maps_clear(struct ocsp_maps *maps)
{
    ocsp_graph_free(maps->graph);
    ocsp_cfg_free(maps->cfg);
    *maps = (struct ocsp_maps){0};
}

static enum ocsp_status set_if_there(struct ocsp_cfg *cfg, int section, const char *key,
                                     int value, struct ocsp_error *err)
{
    int old;
    enum ocsp_status status;

    if (!ocsp_cfg_string(cfg, section, key, NULL))
        return OCSP_OK;
    status = ocsp_cfg_int(cfg, section, key, 0, &old, err);
    if (!status)
        ocsp_cfg_set_int(cfg, section, key, value);
    return status;
}

/* A [crop] in front stays, because it scales the pixels as the body's weights expect
 * them; but it is made to keep the whole image as it is, because the boxes would not be
 * cut and turned with it. */
static enum ocsp_status open_crop(struct ocsp_cfg *body, int size, struct ocsp_error *err)
{
    const struct {
        const char *key;
        int value;
    } whole[] = {{"crop_width", size}, {"crop_height", size}, {"flip", 0}, {"angle", 0}};
    const struct ocsp_layer_type *type =
        ocsp_layer_type_find(ocsp_cfg_section_name(body, 1));
    enum ocsp_status status = OCSP_OK;

    if (!type || !type->crops_images)
        return OCSP_OK;
    for (size_t i = 0; i < sizeof whole / sizeof *whole && !status; i++)
        status = set_if_there(body, 1, whole[i].key, whole[i].value, err);
    return status;
}

enum ocsp_status ocsp_maps_init(struct ocsp_maps *maps, struct ocsp_cfg *body, int size,
                                struct ocsp_error *err)
{
    char *text;
    size_t length;
    enum ocsp_status status = set_if_there(body, 0, "width", size, err);

    if (!status)
        status = set_if_there(body, 0, "height", size, err);
    if (!status)
        status = open_crop(body, size, err);
    if (!status)
        status = ocsp_cfg_render(body, &text, &length, err);
    if (status)
        return status;
    *maps = (struct ocsp_maps){.n_body = ocsp_cfg_sections(body) - 1};
    status = read_text(maps, ocsp_cfg_name(body), text, length, err);
    free(text);
    return status;
}

int ocsp_maps_end(const struct ocsp_maps *maps)
{
    return maps->graph->layers[maps->graph->n_layers - 1].out_w;
}

int ocsp_maps_tap(const struct ocsp_maps *maps, int side)
{
    for (int i = maps->graph->n_layers - 1; i >= 0; i--) {
        const struct ocsp_layer *l = &maps->graph->layers[i];
        /* a block's first layer only narrows the map before it */
        const bool inner =
            i >= maps->n_body && (i - maps->n_body) % OCSP_EXTRA_LAYERS == 0;
        if (!inner && l->out_w == side && l->out_h == side)
            return i;
    }
    return -1;
}

/* `longer` becomes `maps` with `text` behind it, a copy. */
static enum ocsp_status join(struct ocsp_maps *longer, const struct ocsp_maps *maps,
                             const char *name, const char *text, struct ocsp_error *err)
{
    size_t size;
    const char *before = ocsp_cfg_text(maps->cfg, &size);
    const size_t length = strlen(text);
    char *joined = malloc(size + length);
    enum ocsp_status status;

    if (!joined)
        return ocsp_fail_memory(err);
    memcpy(joined, before, size);
    memcpy(joined + size, text, length);
    *longer = (struct ocsp_maps){.n_body = maps->n_body, .n_blocks = maps->n_blocks};
    status = read_text(longer, name, joined, size + length, err);
    free(joined);
    return status;
}

enum ocsp_status ocsp_maps_append(struct ocsp_maps *maps, const char *name,
                                  const char *text, struct ocsp_error *err)
{
    struct ocsp_maps longer;
    const enum ocsp_status status = join(&longer, maps, name, text, err);

    if (status)
        return status;
    ocsp_maps_clear(maps);
    *maps = longer;
    return OCSP_OK;
}

/* Side of the last layer's map after one more block; 0 where no block fits. */
static enum ocsp_status side_after(const struct ocsp_maps *maps, bool last, int *side,
                                   struct ocsp_error *err)
{
    char text[OCSP_EXTRA_TEXT];
    struct ocsp_maps longer;
    enum ocsp_status status;

    ocsp_heads_extra(text, maps->n_blocks, last);
    status = join(&longer, maps, ocsp_cfg_name(maps->cfg), text, err);
    *side = status ? 0 : ocsp_maps_end(&longer);
    if (!status)
        ocsp_maps_clear(&longer);
    return status == OCSP_E_MEMORY ? status : OCSP_OK;
}

/* Adds one block on the way down to a map of that side. */
static enum ocsp_status step_down(struct ocsp_maps *maps, int side, bool *reached,
                                  struct ocsp_error *err)
{
    char text[OCSP_EXTRA_TEXT];
    int half, less;
    enum ocsp_status status = side_after(maps, false, &half, err);

    if (!status)
        status = side_after(maps, true, &less, err);
    if (status)
        return status;
    const bool last = half != side && less == side;
    *reached = last || (half >= side && half < ocsp_maps_end(maps));
    if (!*reached)
        return OCSP_OK;
    ocsp_heads_extra(text, maps->n_blocks, last);
    status = ocsp_maps_append(maps, ocsp_cfg_name(maps->cfg), text, err);
    maps->n_blocks += !status;
    return status;
}

/* The largest of the wanted maps below `side`; 0: none. */
static int next_map(const struct ocsp_heads *heads, int side)
{
    int next = 0;
    for (int i = 0; i < heads->n_maps; i++)
        if (heads->maps[i] < side && heads->maps[i] > next)
            next = heads->maps[i];
    return next;
}

enum ocsp_status ocsp_maps_extend(struct ocsp_maps *maps, const struct ocsp_heads *heads,
                                  bool *reached, struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;
    int side;

    *reached = true;
    while (!status && *reached && (side = next_map(heads, ocsp_maps_end(maps))) > 0)
        do
            status = step_down(maps, side, reached, err);
        while (!status && *reached && ocsp_maps_end(maps) > side);
    return status;
}
