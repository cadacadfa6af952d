/* The text of a label file: what is accepted is what Darknet's loop over fscanf reads. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "net/box_text.h"

enum { MOST = 256 };

/* As the hosts read it; returns how many boxes. */
static int scan(char *data, size_t size, int id[MOST], float box[MOST][4])
{
    FILE *f = size > 0 ? fmemopen(data, size, "r") : NULL;
    int n = 0;

    while (f && n < MOST &&
           fscanf(f, "%d %f %f %f %f", &id[n], &box[n][0], &box[n][1], &box[n][2],
                  &box[n][3]) == 5)
        n++;
    if (f)
        fclose(f);
    return n;
}

/* How many boxes we read, at most MOST; −1: refused. */
static int read_boxes(const char *data, size_t size, struct ocsp_box box[MOST])
{
    struct ocsp_box_text text = {.path = "x", .next = data, .end = data + size};
    struct ocsp_error err;
    bool found = true;
    int n = 0, line = 0;

    while (found && n < MOST) {
        const enum ocsp_status status = ocsp_box_next(&text, &box[n], &found, &err);
        fuzz_check_error(status, &err);
        HOLDS(text.next >= data && text.next <= data + size);
        if (status)
            return -1;
        HOLDS(!found || text.line > line);
        line = text.line;
        n += found;
    }
    return n;
}

/* Any text of classes is read to its end, or refused. */
static void read_tags(const char *data, size_t size)
{
    struct ocsp_box_text text = {.path = "x", .next = data, .end = data + size};
    struct ocsp_error err;
    enum ocsp_status status = OCSP_OK;
    bool found = true;
    long id;

    while (found && !status) {
        const char *before = text.next;
        status = ocsp_tag_next(&text, &id, &found, &err);
        fuzz_check_error(status, &err);
        HOLDS(text.next > before || !found);
    }
    HOLDS(status || text.next == data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ocsp_box ours[MOST];
    static float theirs[MOST][4];
    static int id[MOST];
    char *text = malloc(size + 1);

    HOLDS(text);
    memcpy(text, data, size);
    text[size] = '\0';
    const int n = read_boxes(text, size, ours);
    read_tags(text, size);
    if (n >= 0)
        HOLDS(scan(text, size, id, theirs) == n);
    for (int k = 0; k < n; k++) {
        HOLDS(ours[k].id > INT_MAX || ours[k].id < INT_MIN || ours[k].id == id[k]);
        HOLDS(isfinite(ours[k].x) && isfinite(ours[k].y) && isfinite(ours[k].w) &&
              isfinite(ours[k].h));
        HOLDS(ours[k].x == theirs[k][0] && ours[k].y == theirs[k][1] &&
              ours[k].w == theirs[k][2] && ours[k].h == theirs[k][3]);
    }
    free(text);
    return 0;
}
