#include "view/report.h"

#include <stdlib.h>
#include <string.h>

#include "net/version.h"
#include "view/html.h"
#include "view/report_parts.h"

char *ocsp_report_name(const struct ocsp_report *r)
{
    if (r->run)
        return strdup(r->run->base);
    const char *path = r->after.cfg ? r->after.cfg : r->before.cfg;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return strndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

/* A browser refuses whatever the page might try to load or send. */
static void write_head(FILE *out, const char *name)
{
    ocsp_html(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"generator\" content=\"ocsp " OCSP_VERSION "\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n"
        "<title>%s: report of a pruned net</title>\n<style>\n",
        name);
    fputs(ocsp_report_css, out);
    fputs("</style>\n</head>\n", out);
}

static const char *stage_text(const struct ocsp_report *r)
{
    static const char *const texts[] = {
        [OCSP_RUN_DENSE] = "dense training, nothing is removed",
        [OCSP_RUN_WAITING] =
            "not pruned yet: what follows is the state of its last epoch",
        [OCSP_RUN_PRUNED] = "pruned; its training was not at its end",
        [OCSP_RUN_DONE] = "pruned and trained to its end",
    };

    return r->run ? texts[r->run->stage] : "two nets beside each other";
}

static void write_title(FILE *out, const struct ocsp_report *r, const char *name)
{
    ocsp_html(out, "<header>\n<p class=\"kicker\">ocsp report</p>\n<h1>%s</h1>\n<p>",
              name);
    ocsp_html(out, "<span class=\"stage\">%s</span>", stage_text(r));
    if (r->after.cfg)
        ocsp_html(out, " <code>%s</code> → <code>%s</code>", r->before.cfg, r->after.cfg);
    else
        ocsp_html(out, " <code>%s</code>", r->before.cfg);
    fputs("</p>\n<nav aria-label=\"Parts of this page\">"
          "<a href=\"#plots\">Plots</a> <a href=\"#layers\">Layers</a> "
          "<a href=\"#decisions\">Decisions</a> <a href=\"#use\">Use it</a> "
          "<a href=\"#programs\">Programs</a> <a href=\"#groups\">Groups</a> "
          "<a href=\"#settings\">Settings</a></nav>\n</header>\n",
          out);
}

static void write_page(FILE *out, const struct ocsp_report *r, const char *name,
                       const struct ocsp_lint *before, const struct ocsp_lint *after)
{
    write_head(out, name);
    fputs("<body>\n<main>\n", out);
    write_title(out, r, name);
    ocsp_report_headline(out, r);
    ocsp_report_plots(out, r);
    ocsp_report_layers(out, r);
    ocsp_report_decisions(out, r);
    ocsp_report_use(out, r, after ? after : before);
    ocsp_report_programs(out, before, after);
    ocsp_report_groups(out, r);
    ocsp_report_settings(out, r);
    fputs("<footer><p>MACs are the multiply-accumulates of one image. Parameters are "
          "weights, "
          "biases and scales of batch normalization. Written by ocsp " OCSP_VERSION
          ".</p></footer>\n</main>\n<script>\n",
          out);
    fputs(ocsp_report_script, out);
    fputs("</script>\n</body>\n</html>\n", out);
}

static enum ocsp_status render(const struct ocsp_report *r,
                               const struct ocsp_lint *before,
                               const struct ocsp_lint *after, char **html, size_t *size,
                               struct ocsp_error *err)
{
    char *text = NULL, *name = ocsp_report_name(r);
    FILE *out = name ? open_memstream(&text, size) : NULL;

    if (!out) {
        free(name);
        return ocsp_fail_memory(err);
    }
    write_page(out, r, name, before, after);
    free(name);
    const int failed = ferror(out);
    if (fclose(out) || failed) {
        free(text);
        return ocsp_fail_memory(err);
    }
    *html = text;
    return OCSP_OK;
}

enum ocsp_status ocsp_report_render(const struct ocsp_report *r, char **html,
                                    size_t *size, struct ocsp_error *err)
{
    struct ocsp_lint before = {0}, after = {0};
    const struct ocsp_graph *pruned = r->after.graph;
    enum ocsp_status status =
        ocsp_lint_run(r->before.graph->cfg, r->before.graph, &before, err);

    if (!status && pruned)
        status = ocsp_lint_run(pruned->cfg, pruned, &after, err);
    if (!status)
        status = render(r, &before, pruned ? &after : NULL, html, size, err);
    ocsp_lint_clear(&after);
    ocsp_lint_clear(&before);
    return status;
}
