#include "train/temporary.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/unfinished.h"

enum ocsp_status ocsp_temporary_write(char path[OCSP_TEMPORARY_PATH], const char *ending,
                                      const void *data, size_t size,
                                      struct ocsp_error *err)
{
    const char *folder = getenv("TMPDIR");

    if (!folder || !*folder || strlen(folder) > OCSP_TEMPORARY_PATH / 2)
        folder = "/tmp";
    snprintf(path, OCSP_TEMPORARY_PATH, "%s/ocsp-XXXXXX%s", folder, ending);
    const int fd = mkstemps(path, (int)strlen(ending));
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    bool written = file && fwrite(data, 1, size, file) == size;
    if (file)
        written = fclose(file) == 0 && written;
    if (written) {
        ocsp_unfinished_add(path);
        return OCSP_OK;
    }
    const int why = errno;
    if (fd >= 0)
        unlink(path);
    return ocsp_fail(err, OCSP_E_IO, path, 0, "cannot write it: %s", strerror(why));
}

/* Behind the line of [net]: of equal keys the first counts. */
static size_t behind_head(const char *text, size_t size, int line)
{
    size_t at = 0;

    for (; line > 0 && at < size; at++)
        line -= text[at] == '\n';
    return at;
}

enum ocsp_status ocsp_temporary_cfg(char path[OCSP_TEMPORARY_PATH],
                                    const struct ocsp_cfg *cfg, int batch,
                                    struct ocsp_error *err)
{
    enum { ROOM = 64 };
    size_t size;
    const char *text = ocsp_cfg_text(cfg, &size);
    const size_t head = behind_head(text, size, ocsp_cfg_section_line(cfg, 0));
    char *changed = malloc(size + ROOM);

    if (!changed)
        return ocsp_fail_memory(err);
    memcpy(changed, text, head);
    const size_t keys =
        (size_t)snprintf(changed + head, ROOM, "batch=%d\nsubdivisions=1\n", batch);
    memcpy(changed + head + keys, text + head, size - head);
    const enum ocsp_status status =
        ocsp_temporary_write(path, ".cfg", changed, size + keys, err);
    free(changed);
    return status;
}

void ocsp_temporary_remove(const char *path)
{
    ocsp_unfinished_drop(path);
    unlink(path);
}
