/* What `ocsp speed -json` has measured of a report's two nets. */
#ifndef OCSP_VIEW_REPORT_SPEED_H
#define OCSP_VIEW_REPORT_SPEED_H

#include <stdbool.h>

#include "view/report.h"

struct ocsp_report_speed {
    const char *engine, *library, *verdict; /* borrowed; NULL: not told */
    int batch;
    double before_ms, after_ms; /* of one image */
    double low, high;           /* of the gain; NaN: not told */
    double theory, share; /* the same: MACs before / after, and what of it is there */
};

/* The k-th measurement of both nets, from 0 on, told apart by MACs and parameters; false
 * behind the last. */
bool ocsp_report_speed(const struct ocsp_report *report, int k,
                       struct ocsp_report_speed *out);

#endif
