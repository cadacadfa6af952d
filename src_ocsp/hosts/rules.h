/* What training with ocsp refuses in a host, and what it repairs there: a table of rows
 * per host for each. Training reads the refusals before the host starts, `ocsp lint`
 * reads the tables of all hosts. Conditions see the cfg, our graph of it and facts of the
 * build, but nothing of darknet.h: the tables of all hosts are in every program, also in
 * the one without a host. */
#ifndef OCSP_HOSTS_RULES_H
#define OCSP_HOSTS_RULES_H

#include <stdbool.h>

#include "layers/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a tree computes: by its CPU code, its own CUDA code, or cuDNN. */
enum ocsp_build_kind { OCSP_CPU = 1, OCSP_OWN_CUDA = 2, OCSP_CUDNN = 4 };
#define OCSP_ANY_GPU (OCSP_OWN_CUDA | OCSP_CUDNN)
#define OCSP_ANY_BUILD (OCSP_CPU | OCSP_ANY_GPU)

struct ocsp_host_build {
    enum ocsp_build_kind kind;
    unsigned features; /* what the tree has of its host's features.h */
};

/* Where a condition is asked. */
struct ocsp_rule_site {
    const struct ocsp_graph *graph;
    const struct ocsp_layer *layer; /* NULL: [net], or the file as a whole */
    int index;                      /* of the layer; −1: [net], or the file */
    const char *key;                /* that of the row */
    const struct ocsp_host_build *build;
};

/* REFUSED: the host trains it wrongly, though it may predict. MISREAD: refused, since the
 * host crashes on it, or reads something else than stands there, also where it only
 * predicts. REPAIRED: the host's own code trains it wrongly, ours rightly. */
enum ocsp_rule_kind { OCSP_REFUSED, OCSP_MISREAD, OCSP_REPAIRED };

struct ocsp_rule {
    enum ocsp_rule_kind kind;
    /* Names of sections with a blank between, "*" for all but [net], "net", or "" for the
     * file as a whole. */
    const char *sections;
    unsigned builds;   /* the kinds of builds that it holds for */
    unsigned features; /* it holds for trees that have all of these */
    const char *key;   /* the message names its line; "": the section's */
    bool (*holds)(const struct ocsp_rule_site *site); /* NULL: always */
    const char *sentence;
};

struct ocsp_rule_list {
    const struct ocsp_rule *rows; /* up to the first without a sentence */
    unsigned builds;              /* the kinds of builds that they may hold for */
};

/* Of the host whose flags compile this line. */
#if defined(GPU) && defined(CUDNN)
#define OCSP_BUILD_KIND OCSP_CUDNN
#elif defined(GPU)
#define OCSP_BUILD_KIND OCSP_OWN_CUDA
#else
#define OCSP_BUILD_KIND OCSP_CPU
#endif

/* What lint and training know of a host without its code. */
struct ocsp_host_rules {
    const char *name;             /* as ocsp_host.name */
    struct ocsp_host_build usual; /* the CPU build of its newest tree */
    /* OCSP_BIT of its program in lint/programs.h, whose findings stop a training, too; 0:
     * lint does not know it. Training mends the crashes on sections of these names. */
    unsigned program;
    const char *mended;
    const char *const *policies; /* of [net] policy=; NULL at the end */
    /* Keys of [net] that make a run with a seed another one each time, or NULL. */
    const char *const *unseeded_keys;
    /* Channels of the images that it trains on; 0: as the cfg says. */
    int classifier_channels, detector_channels;
    /* [yolo] leaves numbers of anchors= beyond num= alone; else they are written behind
     * an array, as those of other heads are. */
    bool yolo_has_room_for_anchors;
    /* Both up to the first list without rows. The repairs are in the order of the log; a
     * sentence may stand in several rows. Of GPU builds they are for the log alone: which
     * of them are at work is known to the host's own code. */
    struct ocsp_rule_list refusals[10];
    struct ocsp_rule_list repairs[2];
};

/* Of all hosts, in the order of hosts/list.h; NULL at the end. */
extern const struct ocsp_host_rules *const ocsp_all_host_rules[];

/* Is `name` one of these words, with a blank between? */
bool ocsp_section_is_one_of(const char *name, const char *words);

/* Calls `found` for each row of these lists that holds: [net] and the file first, then
 * layer by layer, each in the order of the lists, until it returns false. */
void ocsp_rules_find(const struct ocsp_rule_list *lists,
                     const struct ocsp_host_build *build, const struct ocsp_graph *graph,
                     bool (*found)(void *context, const struct ocsp_rule *row,
                                   const struct ocsp_rule_site *site),
                     void *context);

/* The line in the cfg that a row means; 0 for the file as a whole. */
int ocsp_rule_line(const struct ocsp_rule *row, const struct ocsp_rule_site *site);

/* The first refusal that holds, as an error OCSP_E_UNSUPPORTED with file and line.
 * `training`: false where the host will only predict, which only misreading spoils. */
enum ocsp_status ocsp_refusals_check(const struct ocsp_host_rules *rules,
                                     const struct ocsp_host_build *build,
                                     const struct ocsp_graph *graph, bool training,
                                     struct ocsp_error *err);

#ifdef __cplusplus
}
#endif

#endif
