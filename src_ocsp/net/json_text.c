#include "net/json_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
    char *text;
    size_t size, capacity;
    bool failed;
};

static int append(const char *bytes, size_t n, void *to)
{
    struct buffer *b = to;

    if (b->size + n >= b->capacity) {
        const size_t capacity = 2 * (b->size + n) + 64;
        char *grown = realloc(b->text, capacity);
        if (!grown) {
            b->failed = true;
            return -1;
        }
        b->text = grown;
        b->capacity = capacity;
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

/* jansson's allocations while a text is parsed; they carry no context. */
static struct {
    json_malloc_t allocate;
    bool failed;
} parsing;

static void *allocate(size_t size)
{
    void *memory = parsing.allocate(size);

    parsing.failed = parsing.failed || !memory;
    return memory;
}

enum ocsp_status ocsp_json_parse(const char *text, size_t size, json_t **out,
                                 json_error_t *where)
{
    json_free_t release;
    json_t *root;

    json_get_alloc_funcs(&parsing.allocate, &release);
    parsing.failed = false;
    json_set_alloc_funcs(allocate, release);
    root = json_loadb(text, size, JSON_REJECT_DUPLICATES, where);
    json_set_alloc_funcs(parsing.allocate, release);
    if (parsing.failed) {
        json_decref(root);
        return OCSP_E_MEMORY;
    }
    if (!root)
        return OCSP_E_FORMAT;
    *out = root;
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
