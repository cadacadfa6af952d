#include "net/json_text.h"

#include <setjmp.h>
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

/* jansson's memory while a text is parsed; its functions carry no context. Where an
 * allocation fails, jansson may lose a letter of a long string, and abort where that is
 * part of an escape: so parsing ends at once instead. */
static struct {
    json_malloc_t allocate;
    json_free_t release;
    void **live; /* [n], what jansson has not released */
    size_t n, room;
    jmp_buf ended;
} parsing;

static void *allocate(size_t size)
{
    if (parsing.n == parsing.room) {
        const size_t room = 2 * parsing.room + 64;
        void **grown = realloc(parsing.live, room * sizeof *grown);
        if (!grown)
            longjmp(parsing.ended, 1);
        parsing.live = grown;
        parsing.room = room;
    }
    void *memory = parsing.allocate(size);
    if (!memory)
        longjmp(parsing.ended, 1);
    parsing.live[parsing.n++] = memory;
    return memory;
}

static void release(void *memory)
{
    size_t i = parsing.n;

    while (i > 0 && parsing.live[i - 1] != memory) /* it is mostly among the last */
        i--;
    if (i > 0)
        parsing.live[i - 1] = parsing.live[--parsing.n];
    parsing.release(memory);
}

static void end_parsing(bool failed)
{
    json_set_alloc_funcs(parsing.allocate, parsing.release);
    for (size_t i = 0; i < parsing.n && failed; i++)
        parsing.release(parsing.live[i]);
    free(parsing.live);
    parsing.live = NULL;
    parsing.n = parsing.room = 0;
}

enum ocsp_status ocsp_json_parse(const char *text, size_t size, json_t **out,
                                 json_error_t *where)
{
    json_get_alloc_funcs(&parsing.allocate, &parsing.release);
    json_set_alloc_funcs(allocate, release);
    if (setjmp(parsing.ended)) {
        end_parsing(true);
        return OCSP_E_MEMORY;
    }
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, where);
    end_parsing(false);
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
