/* `ocsp report`: a run, or two nets, as one HTML file that needs nothing else. */
#ifndef OCSP_VIEW_REPORT_H
#define OCSP_VIEW_REPORT_H

#include <jansson.h>

#include "prune/coupling.h"
#include "view/run_folder.h"

struct ocsp_report_net {
    const struct ocsp_graph *graph; /* NULL: there is none yet */
    const char *cfg;                /* its path, as one would type it */
    const char *weights;            /* the same; NULL: there are none */
    uint64_t weights_size;          /* bytes */
};

/* All borrowed. */
struct ocsp_report {
    struct ocsp_report_net before, after;
    const struct ocsp_coupling *coupling; /* of before.graph */
    const struct ocsp_run_folder *run;    /* NULL: two cfgs were given */
    bool sizes_are_computed;              /* of the weights: by the layers' shapes */
    const json_t *speed;                  /* what `ocsp speed -json` printed, or NULL */
};

/* The page, malloc'ed. */
enum ocsp_status ocsp_report_render(const struct ocsp_report *report, char **html,
                                    size_t *size, struct ocsp_error *err);

#endif
