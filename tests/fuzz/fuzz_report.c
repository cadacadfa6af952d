/* The page of a run: its summary, its CSV, what `speed -json` printed, and the name of
 * the net, which is also the text of a picture. None of it becomes markup. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "net/json_text.h"
#include "view/report.h"

static const char dense[] = "[net]\nwidth=4\nheight=4\nchannels=3\n"
                            "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=relu\n"
                            "[convolutional]\nfilters=6\nactivation=linear\n[softmax]\n";
static const char pruned[] =
    "[net]\nwidth=4\nheight=4\nchannels=3\n"
    "[convolutional]\nfilters=2\nsize=3\npad=1\nactivation=relu\n"
    "[convolutional]\nfilters=6\nactivation=linear\n[softmax]\n";

enum { SUMMARY, CSV, SPEED, NAME, PARTS };

static char *copy(const struct fuzz_part *part)
{
    char *text = calloc(1, part->size + 1);

    HOLDS(text);
    if (part->size > 0)
        memcpy(text, part->data, part->size);
    return text;
}

static json_t *json_of(const struct fuzz_part *part)
{
    json_error_t where;
    json_t *json = NULL;

    return ocsp_json_parse(part->data ? part->data : "", part->size, &json, &where)
               ? NULL
               : json;
}

static int count(const char *text, const char *word)
{
    int n = 0;

    for (; (text = strstr(text, word)); n++)
        text++;
    return n;
}

/* What the page has of these, it has of itself. */
static void check_page(const char *html, size_t size, int plots)
{
    HOLDS(strlen(html) == size);
    HOLDS(count(html, "<script") == 1 && count(html, "</script") == 1);
    HOLDS(count(html, "<style") == 1 && count(html, "</style") == 1);
    HOLDS(count(html, "<!") == 1 && count(html, "<img ") == plots);
    HOLDS(count(html, "<section") == count(html, "</section"));
    HOLDS(count(html, "<td") == count(html, "</td>"));
    json_t *utf8 = json_stringn(html, size); /* it accepts UTF-8 alone */
    HOLDS(utf8);
    json_decref(utf8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_net before, after;
    struct fuzz_part parts[PARTS];
    struct ocsp_error err;
    char folder[] = "backup", *html;
    size_t html_size;

    if (!before.coupling)
        HOLDS(!fuzz_net_parse(&before, dense, strlen(dense), &err) &&
              !fuzz_net_parse(&after, pruned, strlen(pruned), &err));
    fuzz_split(data, size, parts, PARTS);
    char *csv = copy(&parts[CSV]), *name = copy(&parts[NAME]);
    json_t *summary = json_of(&parts[SUMMARY]), *speed = json_of(&parts[SPEED]);
    struct ocsp_run_folder run = {.folder = folder,
                                  .base = name,
                                  .summary = summary,
                                  .plots = {name},
                                  .stage = (enum ocsp_run_stage)(size % 4)};
    HOLDS(!ocsp_csv_table_parse(&run.epochs, csv, strlen(csv), &err));
    struct ocsp_report report = {.before = {.graph = before.graph, .cfg = name},
                                 .coupling = before.coupling,
                                 .run = &run,
                                 .speed = speed};
    if (size % 2)
        report.after = (struct ocsp_report_net){after.graph, name, name, size};
    const enum ocsp_status status = ocsp_report_render(&report, &html, &html_size, &err);
    HOLDS(!status);
    check_page(html, html_size, 1);
    free(html);
    json_decref(summary);
    json_decref(speed);
    ocsp_csv_table_clear(&run.epochs);
    free(csv);
    free(name);
    return 0;
}
