/* When the penalty began, when the channels went, and why then. */
#include <math.h>
#include <string.h>

#include "view/html.h"
#include "view/numbers.h"
#include "view/report_parts.h"

enum { DENSE, SPARSE, PRUNED, PHASES };
static const char *const phase_names[PHASES] = {"dense", "sparse", "pruned"};
static const char *const phase_texts[PHASES] = {"dense training", "sparsity learning",
                                                "pruned training"};

static void write_fact(FILE *out, const char *name, const char *value, const char *why)
{
    if (!value || !*value)
        return;
    ocsp_html(out, "<dt>%s</dt><dd>%s", name, value);
    if (why && *why)
        ocsp_html(out, " <span class=\"why\">%s</span>", why);
    fputs("</dd>\n", out);
}

/* Epochs that each phase took. A row names the phase from the end of its epoch on, so the
 * first epoch was dense, and each other one was what the row before it says. */
static void count_phases(const struct ocsp_csv_table *csv, int epochs[PHASES])
{
    const int column = ocsp_csv_table_column(csv, "phase");
    const char *phase = "dense";

    memset(epochs, 0, PHASES * sizeof *epochs);
    for (int i = 0; i < csv->rows; i++) {
        for (int p = 0; p < PHASES; p++)
            epochs[p] += strcmp(phase, phase_names[p]) == 0;
        phase = ocsp_csv_table_text(csv, i, column);
    }
}

static void write_timeline(FILE *out, const struct ocsp_csv_table *csv)
{
    int epochs[PHASES], at = 0;

    count_phases(csv, epochs);
    fputs("<ol class=\"timeline\">\n", out);
    for (int p = 0; p < PHASES; p++) {
        if (epochs[p] == 0)
            continue;
        ocsp_html(out,
                  "<li class=\"%s\" style=\"flex-grow:%d\"><b>%s</b> <span>%d epochs, to "
                  "epoch %d</span></li>\n",
                  phase_names[p], epochs[p], phase_texts[p], epochs[p], at + epochs[p]);
        at += epochs[p];
    }
    fputs("</ol>\n", out);
}

static const char *epoch_text(char text[OCSP_NUMBER], double epoch)
{
    return ocsp_real_text(text, "epoch %.0f", epoch > 0 ? epoch : NAN);
}

static void write_self_check(FILE *out, const struct ocsp_run_folder *run)
{
    const double difference = ocsp_run_number(run, "surgery.self_check.difference");
    const double tolerance = ocsp_run_number(run, "surgery.self_check.tolerance");
    char text[160];

    if (isnan(difference) || isnan(tolerance))
        return;
    snprintf(text, sizeof text,
             "%s: the largest difference is %.3g of the largest output",
             difference <= tolerance ? "passed" : "failed", difference);
    char allowed[120];
    snprintf(allowed, sizeof allowed,
             "pruned net against the dense net without the removed channels; up to %g is "
             "rounding",
             tolerance);
    write_fact(out, "Self-check", text, allowed);
}

static double number_of(const struct ocsp_run_folder *run, int row, const char *column)
{
    return ocsp_csv_table_number(&run->epochs, row,
                                 ocsp_csv_table_column(&run->epochs, column));
}

/* What the CSV says of the last epoch before the channels went, and of the whole. */
static void write_course(FILE *out, const struct ocsp_run_folder *run)
{
    const int rows = run->epochs.rows;
    const uint64_t t_star = ocsp_run_count(run, "t_star");
    char text[OCSP_NUMBER], mean[OCSP_NUMBER], line[OCSP_NUMBER];
    double seconds = 0;

    for (int i = 0; i < rows; i++) {
        const double epoch = number_of(run, i, "seconds");
        seconds += isnan(epoch) ? 0 : epoch;
    }
    if (t_star > 0 && t_star <= (uint64_t)rows) {
        ocsp_real_text(mean, "%.4f", number_of(run, (int)t_star - 1, "mean_J"));
        ocsp_real_text(line, "1 − ε is %.4f",
                       1 - ocsp_run_number(run, "settings.epsilon"));
        write_fact(out, "Mean J at t*", mean, line);
    }
    write_fact(out, "Last loss",
               ocsp_real_text(text, "%.4f", number_of(run, rows - 1, "loss")), NULL);
    write_fact(out, "Time", ocsp_duration_text(text, seconds), NULL);
}

static void write_run(FILE *out, const struct ocsp_run_folder *run)
{
    char text[OCSP_NUMBER];

    if (run->epochs.rows > 0)
        write_timeline(out, &run->epochs);
    fputs("<dl>\n", out);
    write_fact(out, "Epochs done",
               ocsp_real_text(text, "%.0f", ocsp_run_number(run, "epochs_done")), NULL);
    write_fact(out, "Sparsity learning from",
               epoch_text(text, ocsp_run_number(run, "t_sl_start")),
               ocsp_run_text(run, "t_sl_start_why"));
    write_fact(out, "Channels went at t*",
               epoch_text(text, ocsp_run_number(run, "t_star")),
               ocsp_run_text(run, "surgery.why"));
    write_fact(
        out, "Channels removed",
        ocsp_real_text(text, "%.0f", ocsp_run_number(run, "surgery.removed_channels")),
        NULL);
    write_self_check(out, run);
    if (run->epochs.rows > 0)
        write_course(out, run);
    write_fact(out, "Host", ocsp_run_text(run, "host"), NULL);
    fputs("</dl>\n", out);
}

void ocsp_report_decisions(FILE *out, const struct ocsp_report *r,
                           const struct ocsp_report_lint *lint)
{
    (void)lint;
    write_run(out, r->run);
}

/* --- settings --- */

static void write_setting(FILE *out, const char *name, const json_t *value)
{
    char text[OCSP_NUMBER];

    if (json_is_string(value))
        write_fact(out, name,
                   *json_string_value(value) ? json_string_value(value) : "none", NULL);
    else if (json_is_number(value))
        write_fact(out, name, ocsp_real_text(text, "%.6g", json_number_value(value)),
                   NULL);
    else
        write_fact(out, name,
                   json_is_true(value)    ? "yes"
                   : json_is_false(value) ? "no"
                                          : "not set",
                   NULL);
}

void ocsp_report_settings(FILE *out, const struct ocsp_report *r,
                          const struct ocsp_report_lint *lint)
{
    const char *command = ocsp_run_text(r->run, "command");
    json_t *settings = ocsp_run_member(r->run, "settings");
    const char *name;
    json_t *value;
    (void)lint;

    if (command)
        ocsp_html(out,
                  "<h3>The command</h3>\n<pre tabindex=\"0\"><code>darknet "
                  "%s</code></pre>\n",
                  command);
    fputs("<dl class=\"columns\">\n", out);
    json_object_foreach(settings, name, value) write_setting(out, name, value);
    fputs("</dl>\n", out);
}
