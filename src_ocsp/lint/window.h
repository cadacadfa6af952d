/* Windows of convolutions and pools, as programs place them that pad in ways of their
 * own.
 */
#ifndef OCSP_LINT_WINDOW_H
#define OCSP_LINT_WINDOW_H

#include "lint/lint_site.h"

bool ocsp_lint_is_blurred(const struct ocsp_lint_site *site);

/* Zeros that a side of length `in` needs for ceil(in / stride) windows: ONNX's SAME. */
int ocsp_lint_same_padding(int in, int size, int stride);

/* The padding of one side that tkDNN reads. */
int ocsp_lint_tkdnn_padding(const struct ocsp_lint_site *site);

#endif
