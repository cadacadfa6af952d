/* Keys that a reader of a cfg takes for another: `filter`, `Stride`, `widht`. */
#ifndef OCSP_LINT_SIMILAR_KEYS_H
#define OCSP_LINT_SIMILAR_KEYS_H

#include "lint/lint_site.h"

/* Does any program know the key in the site's section? */
bool ocsp_lint_is_known(const struct ocsp_lint_site *site, const char *key);

/* Is the key unknown to all programs in the site's section, and one slip, or a matter of
 * capitals and '_', away from one that the site's program honours there and that is not
 * given? */
bool ocsp_lint_is_misspelt(const struct ocsp_lint_site *site, const char *key);

#endif
