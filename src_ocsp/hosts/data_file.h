/* What a host makes of a .data file, and of the labels that it names. */
#ifndef OCSP_HOSTS_DATA_FILE_H
#define OCSP_HOSTS_DATA_FILE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In all hosts an image of a classifier is of each class whose label, among the first
 * classes= lines of labels=, stands anywhere in the path as the list has it. */
struct ocsp_host_data_file {
    /* All that its commands read, with a blank between; NULL: keys are not looked at. */
    const char *keys;
    /* `classifier train` reads tree=: a tree of classes, of which an image has several */
    bool classifier_tree;
    /* … and tag=, with which files beside the images hold the classes, not labels= */
    bool classifier_tag;
    /* An image without the only class of classes=1 is one of the rest of the world. */
    bool lone_class_may_be_absent;
    /* `detector train` reads how often it saves: saveweights=, savelast= */
    bool detector_saves;
    /* Key of [net] with which it invents classes for the images; NULL: none. */
    const char *unsupervised_key;
};

#ifdef __cplusplus
}
#endif

#endif
