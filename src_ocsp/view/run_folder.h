/* What a training run has left in its folder, for those who look at it afterwards, or
 * while it goes on. */
#ifndef OCSP_VIEW_RUN_FOLDER_H
#define OCSP_VIEW_RUN_FOLDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/error.h"
#include "view/csv_table.h"

/* How far a run is. */
enum ocsp_run_stage {
    OCSP_RUN_DENSE,   /* it removes nothing */
    OCSP_RUN_WAITING, /* it has not pruned yet */
    OCSP_RUN_PRUNED,  /* it has, and goes on, or was interrupted */
    OCSP_RUN_DONE
};

enum { OCSP_PLOTS = 4 };
struct ocsp_plot_kind {
    const char *name;  /* of its file: <base>_ocsp_<name>.svg */
    const char *title; /* one line for people */
};
extern const struct ocsp_plot_kind ocsp_plot_kinds[OCSP_PLOTS];

struct ocsp_run_folder {
    char *folder, *base;
    json_t *summary;
    struct ocsp_csv_table epochs; /* no rows: there is no CSV, or no epoch is done */
    char *plots[OCSP_PLOTS];      /* SVG; NULL: there is none */
    enum ocsp_run_stage stage;
    /* paths of files that are there; NULL: there is none. The pruned weights are those of
     * the best epoch, else the final ones, else the last. */
    char *pruned_cfg, *pruned_weights, *dense_weights, *plots_script;
};

/* Reads the run of the cfg `base` (without ".cfg"), or the only one. To be cleared on
 * success. */
enum ocsp_status ocsp_run_folder_open(struct ocsp_run_folder *run, const char *folder,
                                      const char *base, struct ocsp_error *err);
void ocsp_run_folder_clear(struct ocsp_run_folder *run);
/* Whether there is one run only, so that its base need not be named. */
bool ocsp_run_folder_has_one(const char *folder);

/* The path of the dense net's cfg, malloc'ed: `given`, or where it is NULL the one that
 * the summary names, from here or from a folder above the run's. Refuses one whose counts
 * are not the run's. */
enum ocsp_status ocsp_run_folder_dense_cfg(const struct ocsp_run_folder *run,
                                           const char *given, char **path,
                                           struct ocsp_error *err);

/* Members of the summary, by the path "surgery.why". NULL, or NaN, where there is none.
 */
json_t *ocsp_run_member(const struct ocsp_run_folder *run, const char *path);
const char *ocsp_run_text(const struct ocsp_run_folder *run, const char *path);
double ocsp_run_number(const struct ocsp_run_folder *run, const char *path);
/* A whole number up to 2^53; 0 where there is none. */
uint64_t ocsp_run_count(const struct ocsp_run_folder *run, const char *path);

/* The first word of the run's command that ends so, of *length bytes; NULL: there is
 * none.
 */
const char *ocsp_run_word(const struct ocsp_run_folder *run, const char *ending,
                          size_t *length);

#endif
