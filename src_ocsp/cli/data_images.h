/* The images of a list, looked at one and all before a run: whether they are images, and
 * for a classifier whether each has one class. */
#ifndef OCSP_CLI_DATA_IMAGES_H
#define OCSP_CLI_DATA_IMAGES_H

#include "hosts/host.h"
#include "net/error.h"
#include "net/line_list.h"

/* The labels of a classifier, one a line of a file. */
struct ocsp_data_labels {
    struct ocsp_line_list lines;
    int classes; /* the host heeds so many lines, the first ones */
};

/* Reads the file; refuses too few lines, and an empty one. */
enum ocsp_status ocsp_data_labels_read(struct ocsp_data_labels *labels, const char *file,
                                       int classes, const struct ocsp_host *host,
                                       struct ocsp_error *err);
void ocsp_data_labels_clear(struct ocsp_data_labels *labels);

struct ocsp_data_images {
    int n;            /* images in the list */
    int n_unused;     /* classes without an image; 0 where labels are not looked for */
    int first_unused; /* the first one of them */
};

/* Reads the list `file`. `quiet`: nothing is said on stdout. `labels` NULL: the images'
 * classes stand elsewhere, or there are several by design. */
enum ocsp_status ocsp_data_images_check(struct ocsp_data_images *images, const char *file,
                                        const struct ocsp_data_labels *labels,
                                        const struct ocsp_host *host, bool quiet,
                                        struct ocsp_error *err);

#endif
