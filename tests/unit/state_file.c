#include "state_file.h"

#include <sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void state_file_split(const char *data, struct state_parts *parts)
{
    sscanf(data, "ocsp-state 3 %zu %zu %zu", &parts->meta_size, &parts->csv_size,
           &parts->n_floats);
    parts->meta = strchr(data, '\n') + 1;
    parts->csv = parts->meta + parts->meta_size;
    parts->floats = parts->csv + parts->csv_size;
}

static char *put(char *at, const void *data, size_t size)
{
    memcpy(at, data, size);
    return at + size;
}

char *state_file_join(const struct state_parts *parts, size_t *size)
{
    const size_t bytes = parts->n_floats * sizeof(float);
    uint8_t sha[SHA256_DIGEST_LENGTH];
    char head[100], *data, *at;
    SHA2_CTX context;

    snprintf(head, sizeof head, "ocsp-state 3 %zu %zu %zu\n", parts->meta_size,
             parts->csv_size, parts->n_floats);
    *size = strlen(head) + parts->meta_size + parts->csv_size + bytes + sizeof sha;
    data = malloc(*size);
    if (!data)
        return NULL;
    at = put(data, head, strlen(head));
    at = put(at, parts->meta, parts->meta_size);
    at = put(at, parts->csv, parts->csv_size);
    at = put(at, parts->floats, bytes);
    SHA256Init(&context);
    SHA256Update(&context, (const uint8_t *)data, (size_t)(at - data));
    SHA256Final(sha, &context);
    memcpy(at, sha, sizeof sha);
    return data;
}
