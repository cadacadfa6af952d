#include "train/valid_images.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hosts/host.h"
#include "net/file.h"
#include "net/label_set.h"

/* Cuts the text into lines as the hosts do: a line may be empty, and the last one need
 * not end. Returns an array of *n pointers into it, malloc'ed, or NULL. */
static char **cut_lines(char *text, int *n)
{
    int most = 1;
    char **line;

    for (const char *c = text; *c; c++)
        most += *c == '\n';
    line = malloc((size_t)most * sizeof *line);
    *n = 0;
    for (char *rest = text; line && *rest;) {
        char *end = strchr(rest, '\n');
        char *next = end ? end + 1 : rest + strlen(rest);
        if (end)
            *end = '\0';
        if (ocsp_host.windows_lines && *rest && rest[strlen(rest) - 1] == '\r')
            rest[strlen(rest) - 1] = '\0';
        line[(*n)++] = rest;
        rest = next;
    }
    return line;
}

static enum ocsp_status read_lines(const char *path, char **text, char ***lines, int *n,
                                   struct ocsp_error *err)
{
    size_t size;
    const enum ocsp_status status = ocsp_file_read(path, text, &size, err);

    if (status)
        return status;
    *lines = cut_lines(*text, n);
    return *lines ? OCSP_OK : ocsp_fail_memory(err);
}

static enum ocsp_status find_labels(struct ocsp_valid_images *v,
                                    const struct ocsp_hook_validation *options,
                                    struct ocsp_error *err)
{
    struct ocsp_label_set *set = NULL;
    char **label = NULL;
    int n = 0;
    enum ocsp_status status = read_lines(options->labels, &v->texts[1], &label, &n, err);

    if (!status && n < options->classes)
        status = ocsp_fail(err, OCSP_E_CONFLICT, options->labels, 0,
                           "%d labels are too few for classes=%d", n, options->classes);
    if (!status)
        status = ocsp_label_set_new(&set, label, options->classes, err);
    for (int i = 0; i < v->n && !status; i++) {
        v->label[i] = ocsp_label_set_first(set, v->path[i]);
        v->no_label += v->label[i] < 0;
    }
    ocsp_label_set_free(set);
    free(label);
    return status;
}

static enum ocsp_status read_lists(struct ocsp_valid_images *v,
                                   const struct ocsp_hook_validation *options,
                                   struct ocsp_error *err)
{
    enum ocsp_status status =
        read_lines(options->list, &v->texts[0], &v->path, &v->n, err);

    if (!status && v->n == 0)
        status = ocsp_fail(err, OCSP_E_FORMAT, options->list, 0,
                           "the list of images is empty");
    if (status)
        return status;
    v->label = calloc((size_t)v->n, sizeof *v->label);
    v->unreadable = calloc((size_t)v->n, sizeof *v->unreadable);
    if (!v->label || !v->unreadable)
        return ocsp_fail_memory(err);
    status = find_labels(v, options, err);
    if (!status && options->leaves)
        status = read_lines(options->leaves, &v->texts[2], &v->leaf, &v->n_leaves, err);
    return status;
}

static int count_threads(int wanted)
{
    const long cores = wanted > 0 ? wanted : sysconf(_SC_NPROCESSORS_ONLN);

    return cores < 1 ? 1 : cores > OCSP_LOAD_THREADS ? OCSP_LOAD_THREADS : (int)cores;
}

enum ocsp_status ocsp_valid_images_new(struct ocsp_valid_images **out,
                                       const struct ocsp_hook_validation *options, int w,
                                       int h, int threads, struct ocsp_error *err)
{
    struct ocsp_valid_images *v = calloc(1, sizeof *v);

    if (!v)
        return ocsp_fail_memory(err);
    v->w = w;
    v->h = h;
    v->floats = (size_t)3 * (size_t)w * (size_t)h;
    v->threads = count_threads(threads);
    if (read_lists(v, options, err)) {
        ocsp_valid_images_free(v);
        return err->status;
    }
    const size_t image = v->floats * sizeof(float);
    if ((size_t)v->n <= OCSP_VALID_CACHE_BYTES / image)
        v->cache = malloc((size_t)v->n * image); /* without memory: decoded each time */
    *out = v;
    return OCSP_OK;
}

void ocsp_valid_images_free(struct ocsp_valid_images *v)
{
    if (!v)
        return;
    free(v->path);
    free(v->label);
    free(v->leaf);
    free(v->unreadable);
    free(v->cache);
    for (int k = 0; k < 3; k++)
        free(v->texts[k]);
    free(v);
}

void ocsp_valid_images_narrow(const struct ocsp_valid_images *images, float *batch, int n,
                              int channels)
{
    const size_t wanted = images->floats / 3 * (size_t)channels;

    for (int k = 1; k < n && wanted < images->floats; k++)
        memmove(batch + (size_t)k * wanted, batch + (size_t)k * images->floats,
                wanted * sizeof *batch);
}

static void *work(void *argument)
{
    struct ocsp_valid_load *load = argument;
    struct ocsp_valid_images *v = load->images;

    for (int i; (i = atomic_fetch_add(&load->next, 1)) < load->n;) {
        const int k = load->first + i;
        float *out = load->out + (size_t)i * v->floats;
        v->unreadable[k] = !ocsp_host.validation->image(v->path[k], v->w, v->h, out);
        if (v->unreadable[k])
            memset(out, 0, v->floats * sizeof *out);
    }
    return NULL;
}

void ocsp_valid_load_begin(struct ocsp_valid_load *load, struct ocsp_valid_images *images,
                           int first, int n, float *out)
{
    load->images = images;
    load->first = first;
    load->n = n;
    load->out = out;
    load->n_threads = 0;
    atomic_init(&load->next, 0);
    for (int k = 0; k < images->threads && k < n; k++)
        load->n_threads +=
            !pthread_create(&load->threads[load->n_threads], NULL, work, load);
}

void ocsp_valid_load_end(struct ocsp_valid_load *load)
{
    work(load); /* what no thread has begun */
    for (int k = 0; k < load->n_threads; k++)
        pthread_join(load->threads[k], NULL);
}
