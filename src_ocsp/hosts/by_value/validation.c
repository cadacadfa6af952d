#include "hosts/by_value/validation.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "net/image_magic.h"
#include "stb_image.h"

#ifdef OPENCV

/* Of what it cannot decode this build makes a black picture of 10x10 pixels, and adds the
 * path to a file bad.list: what is no image at all is not even tried. */
static bool begins_as_an_image(const char *path)
{
    unsigned char bytes[OCSP_MAGIC_BYTES];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return false;
    const ssize_t n = read(fd, bytes, sizeof bytes);
    close(fd);
    return n > 0 && ocsp_image_magic_of(bytes, (size_t)n) != OCSP_NO_MAGIC;
}

/* A file may hold such a picture, too: its header says so. */
static bool is_made_up(const image *im, const char *path)
{
    int w, h, unused;

    if (im->w != 10 || im->h != 10 ||
        (stbi_info(path, &w, &h, &unused) && w == 10 && h == 10))
        return false;
    for (int i = 0; i < im->w * im->h * im->c; i++)
        if (im->data[i] != 0)
            return false;
    return true;
}

bool ocsp_validation_decode(const char *path, image *out)
{
    if (!begins_as_an_image(path))
        return false;
    *out = load_image_color((char *)(uintptr_t)path, 0, 0);
    if (!out->data || !is_made_up(out, path))
        return out->data != NULL;
    free_image(*out);
    return false;
}

#else

bool ocsp_validation_decode(const char *path, image *out)
{
    int w, h, unused;
    unsigned char *bytes = stbi_load(path, &w, &h, &unused, 3);

    if (!bytes)
        return false;
    const size_t pixels = (size_t)w * (size_t)h;
    *out = make_image(w, h, 3);
    for (size_t i = 0; i < pixels; i++)
        for (size_t k = 0; k < 3; k++)
            out->data[k * pixels + i] = (float)((double)bytes[3 * i + k] / 255.);
    free(bytes);
    return true;
}

#endif

/* Of the last section that names one, as the host's parser has it: the loop may have set
 * net->hierarchy to another one. */
static tree *tree_of(const network *net)
{
    tree *found = NULL;

    for (int i = 0; i < net->n; i++)
        if (net->layers[i].softmax_tree)
            found = net->layers[i].softmax_tree;
    return found;
}

/* A copy with leaves of its own, right behind it. */
void *ocsp_validation_tree(const void *net, char *const *leaves, int n)
{
    const tree *of = tree_of(net);

    if (!of)
        return NULL;
    tree *copy = malloc(sizeof *copy + (size_t)of->n * sizeof *copy->leaf);
    if (!copy)
        return NULL;
    *copy = *of;
    copy->leaf = (int *)(copy + 1);
    memcpy(copy->leaf, of->leaf, (size_t)of->n * sizeof *copy->leaf);
    for (int i = 0; i < of->n && n > 0; i++) {
        copy->leaf[i] = 0;
        for (int k = 0; k < n && !copy->leaf[i]; k++)
            copy->leaf[i] = strcmp(of->name[i], leaves[k]) == 0;
    }
    return copy;
}

void ocsp_validation_scores(const void *along, float *outputs, int n)
{
    ocsp_host_scores_along_tree((tree *)(uintptr_t)along, outputs, n);
}
