/* A Darknet .data file, checked before the host sees it: the hosts crash on a missing
 * list or end without an error status. */
#ifndef OCSP_CLI_DATA_FILE_H
#define OCSP_CLI_DATA_FILE_H

#include "hosts/host.h"
#include "net/error.h"

struct ocsp_data_file {
    char *backup; /* folder for results, "/backup/" where the file names none, as in
                     Darknet */
    char *train;  /* the list of images */
    int images;   /* in it */
    /* of the images for validation: as the host reads it; not checked */
    char *valid;           /* their list; NULL: the file names none */
    char *labels, *leaves; /* leaves: NULL: the file names none */
    int classes, top;
};

/* Checks that `train` names a list with at least one image, all of them readable, that
 * `labels` is readable and long enough, that `classes` is the net's number of `outputs`
 * (0, for a detector: neither is looked at), and that `backup` is a folder one can write
 * to: all as `host` reads them. */
enum ocsp_status ocsp_data_file_read(struct ocsp_data_file *data, const char *path,
                                     int outputs, const struct ocsp_host *host,
                                     struct ocsp_error *err);
void ocsp_data_file_clear(struct ocsp_data_file *data);

#endif
