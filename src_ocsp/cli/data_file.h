/* A Darknet .data file and what it names, checked before the host sees it: the hosts
 * crash on a missing list, end without an error status, or train images without a class.
 */
#ifndef OCSP_CLI_DATA_FILE_H
#define OCSP_CLI_DATA_FILE_H

#include "hosts/host.h"
#include "net/error.h"

/* What is to be trained by it. */
struct ocsp_data_use {
    const struct ocsp_host *host;
    bool detector; /* else a classifier */
    int classes;   /* outputs of a classifier, classes of a detector's heads */
    bool measures; /* a classifier's accuracy, or a detector's mAP */
    /* The cfg says that images have several classes, or that none is looked for. */
    bool without_labels;
};

struct ocsp_data_file {
    char *backup; /* folder for results, "/backup/" where the file names none, as in
                     Darknet */
    char *train;  /* the training list */
    int images;   /* in it */
    /* Of the images for validation, as the host reads it; checked where the use measures.
     */
    char *valid;           /* their list; NULL: the file names none */
    char *labels, *leaves; /* leaves: NULL: the file names none */
    int classes, top;
    bool tagged; /* files beside the images hold their classes, as numbers */
};

/* Checks, as `use->host` reads it, that the lists hold images and nothing else, each of a
 * classifier's with one label in its path; that labels are as many as they should be;
 * that numbers are some; and that one can write to the folder for results. Says in a line
 * what the host reads otherwise than it looks. */
enum ocsp_status ocsp_data_file_read(struct ocsp_data_file *data, const char *path,
                                     const struct ocsp_data_use *use,
                                     struct ocsp_error *err);
void ocsp_data_file_clear(struct ocsp_data_file *data);

#endif
