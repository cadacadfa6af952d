#include "net/json_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
    char *text;
    size_t size, room;
    bool failed;
};

static int append(const char *bytes, size_t n, void *to)
{
    struct buffer *b = to;

    if (b->size + n >= b->room) {
        const size_t room = 2 * (b->size + n) + 64;
        char *grown = realloc(b->text, room);
        if (!grown) {
            b->failed = true;
            return -1;
        }
        b->text = grown;
        b->room = room;
    }
    memcpy(b->text + b->size, bytes, n);
    b->size += n;
    b->text[b->size] = '\0';
    return 0;
}

enum ocsp_status ocsp_json_render(const json_t *json, size_t flags, char **text,
                                  struct ocsp_error *err)
{
    struct buffer b = {0};

    if (!json || json_dump_callback(json, append, &b, flags) || b.failed) {
        free(b.text);
        return ocsp_fail_memory(err);
    }
    *text = b.text;
    return OCSP_OK;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

json_t *ocsp_json_string(const char *text)
{
    json_t *string = json_string(text);
    char *ascii = string || is_ascii(text) ? NULL : strdup(text);

    for (char *c = ascii; c && *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    if (ascii)
        string = json_string(ascii);
    free(ascii);
    return string;
}
