/* The array in which the Darknets' convolutions lay out their input: one for the whole
 * net, of the largest size that a layer asks for. Some layers ask for less than they
 * use. */
#ifndef OCSP_LINT_WORKSPACE_H
#define OCSP_LINT_WORKSPACE_H

#include "lint/lint_site.h"

/* Does Debian's Darknet write behind it in this [local] or [crnn]? */
bool ocsp_lint_overflows_workspace(const struct ocsp_lint_site *site);
/* Does AlexeyAB's Darknet, in the blur of antialiasing=? */
bool ocsp_lint_blurs_beyond_workspace(const struct ocsp_lint_site *site);

/* Is one of the arrays that a Darknet makes for the net larger than this machine's
 * memory? Linux gives none, and the Darknets write there nevertheless. */
bool ocsp_lint_exceeds_memory(const struct ocsp_lint_site *site);

#endif
