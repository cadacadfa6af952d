#include "net/label_set.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The labels in the order of their bytes. Those that a text begins with are found byte by
 * byte: each byte narrows the range of labels that can still be meant. */
struct ocsp_label_set {
    int n;
    struct entry {
        const char *text;
        size_t length;
        int number;
    } * label;          /* [n] */
    int first[256 + 1]; /* range of those that begin with a byte */
    int n_empty;        /* the first ones */
};

static int compare(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const int order = strcmp(x->text, y->text);

    return order ? order : (x->number > y->number) - (x->number < y->number);
}

enum ocsp_status ocsp_label_set_new(struct ocsp_label_set **out, char *const *label,
                                    int n, struct ocsp_error *err)
{
    struct ocsp_label_set *set = calloc(1, sizeof *set);

    if (set)
        set->label = calloc((size_t)n + 1, sizeof *set->label);
    if (!set || !set->label) {
        free(set);
        return ocsp_fail_memory(err);
    }
    set->n = n;
    for (int i = 0; i < n; i++)
        set->label[i] = (struct entry){label[i], strlen(label[i]), i};
    qsort(set->label, (size_t)n, sizeof *set->label, compare);
    while (set->n_empty < n && set->label[set->n_empty].length == 0)
        set->n_empty++;
    for (int byte = 0, i = set->n_empty; byte <= 256; byte++) {
        while (i < n && (unsigned char)set->label[i].text[0] < byte)
            i++;
        set->first[byte] = i;
    }
    *out = set;
    return OCSP_OK;
}

void ocsp_label_set_free(struct ocsp_label_set *set)
{
    if (set)
        free(set->label);
    free(set);
}

/* The first of labels low … high − 1, all longer than `depth`, whose byte there is not
 * below `byte`. */
static int lower_bound(const struct ocsp_label_set *set, int low, int high, size_t depth,
                       int byte)
{
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if ((unsigned char)set->label[middle].text[depth] < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What is told of a label that was found; false: it has heard enough. */
typedef bool hear(void *context, int number);

/* All labels that the text begins with. */
static bool find_here(const struct ocsp_label_set *set, const char *text, hear *hear_of,
                      void *context)
{
    int low = set->first[(unsigned char)text[0]];
    int high = set->first[(unsigned char)text[0] + 1];

    for (size_t depth = 1; low < high; depth++) {
        for (; low < high && set->label[low].length == depth; low++)
            if (!hear_of(context, set->label[low].number))
                return false;
        const int byte = (unsigned char)text[depth];
        if (byte == 0)
            break;
        low = lower_bound(set, low, high, depth, byte);
        high = lower_bound(set, low, high, depth, byte + 1);
    }
    return true;
}

static void find_all(const struct ocsp_label_set *set, const char *text, hear *hear_of,
                     void *context)
{
    for (int i = 0; i < set->n_empty; i++)
        if (!hear_of(context, set->label[i].number))
            return;
    for (; *text; text++)
        if (!find_here(set, text, hear_of, context))
            return;
}

struct collection {
    int *found, n, most;
};

static bool collect(void *context, int number)
{
    struct collection *c = context;
    int at = 0;

    while (at < c->n && c->found[at] < number)
        at++;
    if (at < c->n && c->found[at] == number)
        return true;
    memmove(c->found + at + 1, c->found + at, (size_t)(c->n - at) * sizeof *c->found);
    c->found[at] = number;
    return ++c->n < c->most;
}

int ocsp_label_set_find(const struct ocsp_label_set *set, const char *text, int *found,
                        int most)
{
    struct collection collection = {found, 0, most};

    if (most > 0)
        find_all(set, text, collect, &collection);
    return collection.n;
}

static bool take_lowest(void *context, int number)
{
    int *lowest = context;

    if (*lowest < 0 || number < *lowest)
        *lowest = number;
    return *lowest > 0;
}

int ocsp_label_set_first(const struct ocsp_label_set *set, const char *text)
{
    int lowest = -1;

    find_all(set, text, take_lowest, &lowest);
    return lowest;
}
