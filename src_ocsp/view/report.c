#include "view/report.h"

#include <stdlib.h>
#include <string.h>

#include "net/version.h"
#include "view/html.h"
#include "view/report_parts.h"
#include "view/report_speed.h"

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
static void write_head(FILE *out, const struct ocsp_report *r, const char *name)
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
        "<title>%s: report of %s</title>\n<style>\n",
        name, r->after.cfg ? "a pruned net" : "a training run");
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

static bool has_run(const struct ocsp_report *r)
{
    return r->run;
}

static bool has_speed(const struct ocsp_report *r)
{
    struct ocsp_report_speed unused;

    return ocsp_report_speed(r, 0, &unused);
}

/* The parts behind the headline, in their order; `has` NULL: always there. */
static const struct part {
    const char *id, *title;
    bool (*has)(const struct ocsp_report *r);
    void (*print)(FILE *out, const struct ocsp_report *r,
                  const struct ocsp_report_lint *lint);
} parts[] = {
    {"plots", "Plots", has_run, ocsp_report_plots},
    {"layers", "Layers", NULL, ocsp_report_layers},
    {"speed", "Speed", has_speed, ocsp_report_speeds},
    {"decisions", "Decisions", has_run, ocsp_report_decisions},
    {"use", "Use the result", NULL, ocsp_report_use},
    {"programs", "Programs that read it", NULL, ocsp_report_programs},
    {"groups", "Groups of channels", NULL, ocsp_report_groups},
    {"settings", "Settings", has_run, ocsp_report_settings},
};
enum { PARTS = sizeof parts / sizeof *parts };

static void write_nav(FILE *out, const struct ocsp_report *r)
{
    fputs("<nav aria-label=\"Parts of this page\">", out);
    for (int k = 0; k < PARTS; k++)
        if (!parts[k].has || parts[k].has(r))
            ocsp_html(out, "<a href=\"#%s\">%s</a> ", parts[k].id, parts[k].title);
    fputs("</nav>\n", out);
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
    fputs("</p>\n", out);
    write_nav(out, r);
    fputs("</header>\n", out);
}

static void write_page(FILE *out, const struct ocsp_report *r, const char *name,
                       const struct ocsp_report_lint *lint)
{
    write_head(out, r, name);
    fputs("<body>\n<main>\n", out);
    write_title(out, r, name);
    ocsp_report_headline(out, r);
    for (int k = 0; k < PARTS; k++) {
        if (parts[k].has && !parts[k].has(r))
            continue;
        ocsp_html(out, "<section id=\"%s\">\n<h2>%s</h2>\n", parts[k].id, parts[k].title);
        parts[k].print(out, r, lint);
        fputs("</section>\n", out);
    }
    fputs("<footer><p>MACs are the multiply-accumulates of one image. Parameters are "
          "weights, "
          "biases and scales of batch normalization. Written by ocsp " OCSP_VERSION
          ".</p></footer>\n</main>\n<script>\n",
          out);
    fputs(ocsp_report_script, out);
    fputs("</script>\n</body>\n</html>\n", out);
}

static enum ocsp_status render(const struct ocsp_report *r,
                               const struct ocsp_report_lint *lint, char **html,
                               size_t *size, struct ocsp_error *err)
{
    char *text = NULL, *name = ocsp_report_name(r);
    FILE *out = name ? open_memstream(&text, size) : NULL;

    if (!out) {
        free(name);
        return ocsp_fail_memory(err);
    }
    write_page(out, r, name, lint);
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
    struct ocsp_report_lint lint = {0};
    const struct ocsp_graph *pruned = r->after.graph;
    enum ocsp_status status =
        ocsp_lint_run(r->before.graph->cfg, r->before.graph, &lint.before, err);

    if (!status && pruned)
        status = ocsp_lint_run(pruned->cfg, pruned, &lint.after, err);
    if (!status)
        status = render(r, &lint, html, size, err);
    ocsp_lint_clear(&lint.after);
    ocsp_lint_clear(&lint.before);
    return status;
}
