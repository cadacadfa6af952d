/* The label files of a list of images for a detector: all are read before the host does,
 * which crashes on some of what they may hold, and misreads more. */
#ifndef OCSP_CLI_LABEL_FILES_H
#define OCSP_CLI_LABEL_FILES_H

#include "cli/label_limits.h"

/* Of the images that the file `list` names. Refuses what the host would crash on or
 * misread, by the first such file and the number of the others. What is merely odd is
 * said in one line. */
enum ocsp_status ocsp_label_files_check(const char *list,
                                        const struct ocsp_label_limits *limits,
                                        struct ocsp_error *err);

/* The same of the files beside a classifier's images that hold the numbers of their
 * classes, below `classes`, in a host with tag_path. */
enum ocsp_status ocsp_tag_files_check(const char *list, int classes,
                                      const struct ocsp_host *host,
                                      struct ocsp_error *err);

#endif
