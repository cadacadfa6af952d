/* How Debian's Darknet reads the label files of a detector. */
#ifndef OCSP_HOSTS_DEBIAN_LABELS_H
#define OCSP_HOSTS_DEBIAN_LABELS_H

#include "hosts/labels.h"

extern const struct ocsp_host_labels ocsp_host_labels_debian;

#endif
