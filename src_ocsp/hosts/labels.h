/* How a host's `detector train` finds and reads the label files of its images, so that
 * they can be looked at before it does. All hosts read a box as fscanf's
 * "%d %f %f %f %f" does. Hosts in C++ may fill it, too. */
#ifndef OCSP_HOSTS_LABELS_H
#define OCSP_HOSTS_LABELS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a label file's name, as in the hosts. */
#define OCSP_LABEL_PATH 4096

/* What becomes of a box. */
enum ocsp_box_fate {
    OCSP_BOX_DROPPED, /* nothing else happens */
    OCSP_BOX_NOTED,   /* the host lets a shell write the file's name into a list */
    OCSP_BOX_CRASHES  /* the host writes behind its arrays */
};

struct ocsp_host_labels {
    /* The name that the host makes of an image's: label [OCSP_LABEL_PATH]. False: it
     * makes none, as the ending is none of `endings`, or the name is too long. Several
     * threads call it at once. */
    bool (*path)(const char *image, char *label);
    const char *endings; /* of images, that it replaces by .txt: for messages */
    /* It loads the boxes of any head that the net has; else of the last layer's alone. */
    bool any_head;
    /* Its heads take labels below their classes=, whatever more map= would turn into
     * these. */
    bool map_extends_nothing;
    /* An image without a label file has no objects; else the host ends at it. */
    bool may_be_missing;
    /* The lists in the current folder to which it adds the names of missing files, and of
     * those with a box that is OCSP_BOX_NOTED; NULL: none. */
    const char *missing_list, *noted_list;
    enum ocsp_box_fate outside; /* of a box wholly outside the image */
    /* Of one whose centre is at 0 0. Where that crashes, tree= makes it the class of the
     * image. */
    enum ocsp_box_fate corner;
    /* Bytes of a label file's name that its notes have room for. */
    size_t noted_path;
    /* Boxes narrower or lower than this share of the image are dropped; 0: than a pixel
     * of the net. */
    double least;
    /* Of the file with the classes of a classifier's image, where tag= asks for such;
     * NULL: the host has none. An image without one is of no class. False: it takes the
     * image for that file. */
    bool (*tag_path)(const char *image, char *label);
    int boxes, region_boxes; /* of an image, where a head has no max= */
};

#ifdef __cplusplus
}
#endif

#endif
