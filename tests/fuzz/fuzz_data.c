/* A .data file, the list of images, and the labels: three parts. In the first, "@list",
 * "@labels" and "@folder" stand for what a fuzzer cannot guess. */
#include <stdio.h>
#include <string.h>

#include "cli/data_file.h"
#include "fuzz.h"

#define ROOM 65536

/* The text with its three names replaced. */
static size_t fill_in(const struct fuzz_part *text, const char *list, const char *labels,
                      char out[ROOM])
{
    const struct {
        const char *name, *path;
    } names[] = {{"@list", list}, {"@labels", labels}, {"@folder", "/dev/shm"}};
    size_t used = 0;

    for (size_t at = 0; at < text->size && used + 64 < ROOM; at++) {
        size_t i = 0;
        for (; i < 3; i++)
            if (text->size - at >= strlen(names[i].name) &&
                memcmp(text->data + at, names[i].name, strlen(names[i].name)) == 0)
                break;
        if (i == 3) {
            out[used++] = text->data[at];
            continue;
        }
        used += (size_t)snprintf(out + used, ROOM - used, "%s", names[i].path);
        at += strlen(names[i].name) - 1;
    }
    return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[ROOM];
    const struct ocsp_host host = {.name = "A",
                                   .windows_lines = size % 2 == 0,
                                   .data_file = {.keys = "train valid labels classes",
                                                 .classifier_tree = size % 4 > 1,
                                                 .classifier_tag = size % 8 > 3,
                                                 .detector_saves = true}};
    struct fuzz_part parts[3];
    struct ocsp_data_file file;
    struct ocsp_error err;
    const char *list, *labels;

    fuzz_split(data, size, parts, 3);
    list = fuzz_file(1, parts[1].data, parts[1].size);
    labels = fuzz_file(2, parts[2].data, parts[2].size);
    size = fill_in(&parts[0], list, labels, text);
    for (int detector = 0; detector < 2; detector++) {
        const struct ocsp_data_use use = {
            .host = &host, .detector = detector, .classes = 2, .measures = size % 3 == 0};
        const enum ocsp_status status =
            ocsp_data_file_read(&file, fuzz_file(0, text, size), &use, &err);
        fuzz_check_error(status, &err);
        HOLDS(status || (file.images > 0 && file.backup));
        ocsp_data_file_clear(&file);
    }
    return 0;
}
