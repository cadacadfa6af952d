#include "layers/channel_list.h"

#include <stdlib.h>

const struct ocsp_channel_list *ocsp_channels_input(const struct ocsp_channels *channels,
                                                    int i)
{
    return i > 0 ? &channels->out[i - 1] : &channels->image;
}

bool ocsp_channel_list_new(struct ocsp_channel_list *list, int n, int plane, int *next)
{
    list->n = n;
    list->id = malloc((size_t)n * sizeof *list->id);
    list->plane = malloc((size_t)n * sizeof *list->plane);
    if (!list->id || !list->plane)
        return false;
    for (int k = 0; k < n; k++) {
        list->id[k] = next ? (*next)++ : 0;
        list->plane[k] = plane;
    }
    return true;
}

static void list_clear(struct ocsp_channel_list *list)
{
    free(list->id);
    free(list->plane);
}

void ocsp_channels_clear(struct ocsp_channels *channels, int n_layers)
{
    list_clear(&channels->image);
    for (int i = 0; i < n_layers && channels->out; i++)
        list_clear(&channels->out[i]);
    free(channels->out);
    ocsp_union_find_clear(&channels->classes);
    *channels = (struct ocsp_channels){0};
}
