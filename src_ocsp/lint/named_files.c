#include "lint/named_files.h"

#include <limits.h>

#include "net/class_tree.h"
#include "net/file.h"

static bool lacks(const struct ocsp_lint_site *site, const char *key)
{
    return ocsp_lint_has(site, key) && ocsp_file_obstacle(ocsp_lint_text(site, key));
}

bool ocsp_lint_lacks_tree(const struct ocsp_lint_site *site)
{
    return lacks(site, "tree");
}

bool ocsp_lint_lacks_map(const struct ocsp_lint_site *site)
{
    return lacks(site, "map");
}

bool ocsp_lint_tree_is_not_of(const struct ocsp_lint_site *site, int64_t classes)
{
    struct ocsp_error ignored;

    return ocsp_lint_has(site, "tree") && !lacks(site, "tree") &&
           (classes > INT_MAX || ocsp_class_tree_check(ocsp_lint_text(site, "tree"),
                                                       (int)classes, NULL, &ignored));
}
