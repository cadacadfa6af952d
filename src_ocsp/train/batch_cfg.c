#include "train/batch_cfg.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Behind the line of [net]: of equal keys the first counts. */
static size_t behind_head(const char *text, size_t size, int line)
{
    size_t at = 0;

    for (; line > 0 && at < size; at++)
        line -= text[at] == '\n';
    return at;
}

enum ocsp_status ocsp_batch_cfg_write(char path[OCSP_BATCH_CFG_PATH],
                                      const struct ocsp_cfg *cfg, int batch,
                                      struct ocsp_error *err)
{
    const char *folder = getenv("TMPDIR");
    size_t size;
    const char *text = ocsp_cfg_text(cfg, &size);
    const size_t head = behind_head(text, size, ocsp_cfg_section_line(cfg, 0));

    if (!folder || !*folder || strlen(folder) > OCSP_BATCH_CFG_PATH / 2)
        folder = "/tmp";
    snprintf(path, OCSP_BATCH_CFG_PATH, "%s/ocsp-XXXXXX.cfg", folder);
    const int fd = mkstemps(path, (int)strlen(".cfg"));
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    bool written = file != NULL;
    if (file) {
        fwrite(text, 1, head, file);
        fprintf(file, "batch=%d\nsubdivisions=1\n", batch);
        fwrite(text + head, 1, size - head, file);
        written = !ferror(file);
        written = fclose(file) == 0 && written;
    }
    if (written)
        return OCSP_OK;
    const int why = errno;
    if (fd >= 0)
        unlink(path);
    return ocsp_fail(err, OCSP_E_IO, path, 0, "cannot write it: %s", strerror(why));
}

void ocsp_batch_cfg_remove(const char *path)
{
    unlink(path);
}
