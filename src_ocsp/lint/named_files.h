/* The files that tree= and map= name. The Darknets look for them in the folder in which
 * they run: here, in that of the command. */
#ifndef OCSP_LINT_NAMED_FILES_H
#define OCSP_LINT_NAMED_FILES_H

#include "lint/lint_site.h"

/* Is the key given, and its file none that can be read from here? */
bool ocsp_lint_lacks_tree(const struct ocsp_lint_site *site);
bool ocsp_lint_lacks_map(const struct ocsp_lint_site *site);
/* Is the key tree= given, and its file no tree of this many classes, each behind its
 * parent? */
bool ocsp_lint_tree_is_not_of(const struct ocsp_lint_site *site, int64_t classes);

#endif
