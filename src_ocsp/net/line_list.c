#include "net/line_list.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "net/file.h"

static int count_lines(const char *text, size_t size)
{
    size_t n = 0;

    for (const char *c = text; (c = memchr(c, '\n', size - (size_t)(c - text))); c++)
        n++;
    n += size > 0 && text[size - 1] != '\n';
    return n < INT_MAX ? (int)n : INT_MAX;
}

/* What is no line of a text. `end`: its end, where its newline was, if it had one. */
static enum ocsp_status check_line(const char *start, char *end, bool had_newline,
                                   const char *file, int number, const char *unix_host,
                                   struct ocsp_error *err)
{
    if (number == 1 && strncmp(start, "\xef\xbb\xbf", 3) == 0)
        return ocsp_fail(err, OCSP_E_FORMAT, file, number,
                         "a byte order mark, which Darknet takes for text: save the "
                         "file without it");
    if (strlen(start) < (size_t)(end - start))
        return ocsp_fail(err, OCSP_E_FORMAT, file, number,
                         "a zero byte: this is not a text file");
    if (had_newline && !unix_host && end > start && end[-1] == '\r')
        *--end = '\0';
    const char *cr = strchr(start, '\r');
    if (cr && cr + 1 == end && unix_host)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, file, number,
                         "%s's Darknet cannot read Windows line ends: remove the CRs",
                         unix_host);
    if (cr)
        return ocsp_fail(err, OCSP_E_FORMAT, file, number,
                         "a CR that ends no line, which Darknet takes for a part of it: "
                         "remove it");
    return OCSP_OK;
}

static enum ocsp_status cut(struct ocsp_line_list *list, size_t size,
                            const char *unix_host, struct ocsp_error *err)
{
    char *start = list->text, *const last = list->text + size;

    list->n = count_lines(list->text, size);
    if (list->n == 0)
        return ocsp_fail(err, OCSP_E_FORMAT, list->file, 0, "the file is empty");
    if (list->n == INT_MAX)
        return ocsp_fail(err, OCSP_E_FORMAT, list->file, 0, "too many lines");
    list->line = malloc((size_t)list->n * sizeof *list->line);
    if (!list->line)
        return ocsp_fail_memory(err);
    for (int i = 0; i < list->n; i++) {
        char *newline = memchr(start, '\n', (size_t)(last - start));
        char *end = newline ? newline : last;
        *end = '\0';
        list->line[i] = start;
        if (check_line(start, end, newline != NULL, list->file, i + 1, unix_host, err))
            return err->status;
        start = end + 1;
    }
    return OCSP_OK;
}

enum ocsp_status ocsp_line_list_read(struct ocsp_line_list *list, const char *file,
                                     const char *unix_host, struct ocsp_error *err)
{
    struct ocsp_line_list read = {.file = strdup(file)};
    size_t size;
    enum ocsp_status status = read.file ? OCSP_OK : ocsp_fail_memory(err);

    if (!status)
        status = ocsp_file_read(file, &read.text, &size, err);
    if (!status)
        status = cut(&read, size, unix_host, err);
    if (status)
        ocsp_line_list_clear(&read);
    else
        *list = read;
    return status;
}

void ocsp_line_list_clear(struct ocsp_line_list *list)
{
    free(list->file);
    free(list->line);
    free(list->text);
    *list = (struct ocsp_line_list){0};
}
