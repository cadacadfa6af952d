/* Conditions and rules that hold in several section types. */
#ifndef OCSP_LINT_SHARED_RULES_H
#define OCSP_LINT_SHARED_RULES_H

#include "lint/program_words.h"

bool ocsp_lint_reads_connected(const struct ocsp_lint_site *site);
/* Is the input a map, and not a vector? */
bool ocsp_lint_reads_map(const struct ocsp_lint_site *site);
bool ocsp_lint_reads_flat_route(const struct ocsp_lint_site *site);
bool ocsp_lint_reads_nodeless_layer(const struct ocsp_lint_site *site);
bool ocsp_lint_stands_behind_dropout(const struct ocsp_lint_site *site);
bool ocsp_lint_adds_layer_0(const struct ocsp_lint_site *site);
bool ocsp_lint_has_activation(const struct ocsp_lint_site *site);
bool ocsp_lint_always(const struct ocsp_lint_site *site);

/* Entries of ocsp_lint_section.rules. */
#define LACKS_TREE(programs)                                                             \
    {                                                                                    \
        programs, ocsp_lint_lacks_tree, "tree", true,                                    \
            "no such file, seen from the current folder"                                 \
    }
#define LACKS_MAP(programs)                                                              \
    {                                                                                    \
        programs, ocsp_lint_lacks_map, "map", true,                                      \
            "no such file, seen from the current folder"                                 \
    }
#define READS_NO_VECTOR                                                                  \
    {                                                                                    \
        FOR_OPENCV, ocsp_lint_reads_connected, "", true, "it reads no vector as a map"   \
    }
#define MAKES_NOTHING_OF_FLAT_ROUTE                                                      \
    {                                                                                    \
        FOR_DARKNETS, ocsp_lint_reads_flat_route, "", false,                             \
            "it makes nothing of a [route] of unequal maps"                              \
    }
#define HAS_NO_NODE_TO_READ                                                              \
    {                                                                                    \
        FOR_JKJUNG, ocsp_lint_reads_nodeless_layer, "", true,                            \
            "it reads a [yolo] or a [route] of one layer, for which there is no node"    \
    }
#define DOES_NOT_COUNT_DROPOUT                                                           \
    {                                                                                    \
        FOR_DEEPSTREAM, ocsp_lint_stands_behind_dropout, "", false,                      \
            "it does not count [dropout] before it"                                      \
    }
#define TAKES_0_FOR_THIS_LAYER                                                           \
    {                                                                                    \
        FOR_DEEPSTREAM, ocsp_lint_adds_layer_0, "from", true, "0 is this layer for it"   \
    }
#define DARKNET_HAS_NO_ACTIVATION                                                        \
    {                                                                                    \
        FOR_OPENCV | FOR_TKDNN, ocsp_lint_has_activation, "activation", false,           \
            "Darknet has no activation here"                                             \
    }
/* An entry of ocsp_lint_section.needed. */
#define TAKES_LINEAR_FOR_LOGISTIC                                                        \
    {                                                                                    \
        FOR_OPENCV | FOR_TKDNN, {"activation"}, false,                                   \
            "absent: it takes linear, Darknet logistic"                                  \
    }

#endif
