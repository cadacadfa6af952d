#include "net/class_tree.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "net/line_list.h"

#define LONGEST_NAME 255 /* that the hosts have room for */

/* Line k, read as by sscanf's "%s %d". */
static enum ocsp_status check_line(const char *file, const char *line, int k,
                                   struct ocsp_error *err)
{
    static const char blanks[] = " \t\n\v\f\r";
    const char *name = line + strspn(line, blanks);
    const size_t length = strcspn(name, blanks);
    const char *number = name + length + strspn(name + length, blanks);
    char *end;
    const long parent = strtol(number, &end, 10);

    if (length == 0)
        return ocsp_fail(err, OCSP_E_FORMAT, file, k + 1,
                         "an empty line, which Darknet takes for a class");
    if (length > LONGEST_NAME)
        return ocsp_fail(err, OCSP_E_FORMAT, file, k + 1,
                         "a name of %zu bytes, Darknet has room for %d", length,
                         LONGEST_NAME);
    if (*number && end == number)
        return ocsp_fail(err, OCSP_E_FORMAT, file, k + 1,
                         "'%.40s' is no number of a parent", number);
    if (*number && (parent < -1 || parent >= k))
        return ocsp_fail(err, OCSP_E_RANGE, file, k + 1,
                         "parent %ld: it must be the number of a line above, the first "
                         "is 0, or -1",
                         parent);
    return OCSP_OK;
}

enum ocsp_status ocsp_class_tree_check(const char *file, int n, const char *unix_host,
                                       struct ocsp_error *err)
{
    struct ocsp_line_list lines = {0};
    enum ocsp_status status = ocsp_line_list_read(&lines, file, unix_host, err);

    for (int k = 0; k < lines.n && !status; k++)
        status = check_line(file, lines.line[k], k, err);
    if (!status && lines.n != n)
        status = ocsp_fail(err, OCSP_E_CONFLICT, file, 0,
                           "a tree of %d classes, but there are %d", lines.n, n);
    ocsp_line_list_clear(&lines);
    return status;
}
