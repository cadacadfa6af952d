#include "cli/inference_inputs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/data_images.h"
#include "cli/data_keys.h"
#include "cli/flags.h"
#include "cli/label_files.h"
#include "cli/train_kind.h"
#include "layers/graph.h"
#include "layers/weights.h"
#include "net/cfg.h"
#include "net/file.h"
#include "net/line_list.h"

enum kind { A_FILE, A_FOLDER, IMAGES, IMAGES_WITH_BOXES };

/* What a command reads of its data file. */
static const struct wanted {
    const char *family, *command, *key;
    const char *fallback; /* NULL: it goes without, or the hosts differ in it */
    enum kind kind;
} wanted[] = {
    {"classifier", "valid", "labels", "data/labels.list", A_FILE},
    {"classifier", "valid", "leaves", NULL, A_FILE},
    {"classifier", "valid", "valid", "data/train.list", IMAGES},
    {"classifier", "predict", "names", NULL, A_FILE},
    {"detector", "test", "names", "data/names.list", A_FILE},
    {"detector", "valid", "names", "data/names.list", A_FILE},
    {"detector", "valid", "map", NULL, A_FILE},
    {"detector", "valid", "results", "results", A_FOLDER},
    {"detector", "valid", "valid", "data/train.list", IMAGES},
    {"detector", "map", "names", "data/names.list", A_FILE},
    {"detector", "map", "valid", NULL, IMAGES_WITH_BOXES},
    {"detector", "map", "difficult", NULL, IMAGES},
};

struct inputs {
    const struct ocsp_host *host;
    bool detector;
    const char *command, *data, *cfg;
    const char *weights; /* NULL: none are given */
    const char *image;   /* the same */
    struct ocsp_cfg *read_cfg;
    struct ocsp_graph *graph; /* NULL: of sections that we do not know */
    struct ocsp_data_keys keys;
};

static bool is_of(const struct inputs *in, const struct wanted *w)
{
    return strcmp(w->family, in->detector ? "detector" : "classifier") == 0 &&
           strcmp(w->command, in->command) == 0;
}

/* The classes in the paths of a classifier's images. *used: whether they count. */
static enum ocsp_status read_labels(const struct inputs *in,
                                    struct ocsp_data_labels *labels, bool *used,
                                    struct ocsp_error *err)
{
    const struct ocsp_data_key file =
        ocsp_data_keys_find(&in->keys, "labels", "data/labels.list");
    const struct ocsp_data_key tree = ocsp_data_keys_find(&in->keys, "tree", NULL);
    struct ocsp_data_use use;

    *used = false;
    if (in->detector || !in->graph || tree.line)
        return OCSP_OK;
    use = ocsp_train_kind_use(in->graph, in->host, false, true);
    if (use.without_labels)
        return OCSP_OK;
    if (ocsp_data_keys_classes(&in->keys, use.classes, err))
        return err->status;
    *used = true;
    return ocsp_data_labels_read(labels, file.value, use.classes, in->host, err);
}

static enum ocsp_status check_images(const struct inputs *in,
                                     const struct ocsp_data_key *list,
                                     struct ocsp_error *err)
{
    struct ocsp_data_labels labels = {.classes = 0};
    struct ocsp_data_images ignored;
    bool used;
    enum ocsp_status status = read_labels(in, &labels, &used, err);

    if (!status)
        status = ocsp_data_images_check(&ignored, list->value, used ? &labels : NULL,
                                        in->host, true, err);
    ocsp_data_labels_clear(&labels);
    return status;
}

/* The boxes by which `detector map` measures: of a class that the net has not the host
 * writes behind its arrays. */
static enum ocsp_status check_boxes(const struct inputs *in,
                                    const struct ocsp_data_key *list,
                                    struct ocsp_error *err)
{
    struct ocsp_label_limits limits;

    /* what it cannot measure the host says */
    if (!in->graph || !in->host->labels ||
        ocsp_label_limits_read(&limits, in->graph, in->host, err))
        return OCSP_OK;
    ocsp_label_limits_measure(&limits);
    return ocsp_label_files_check(list->value, &limits, err);
}

static bool has_tree(const struct ocsp_graph *graph)
{
    for (int i = 0; i < graph->n_layers; i++)
        if (ocsp_cfg_string(graph->cfg, graph->layers[i].section, "tree", NULL))
            return true;
    return false;
}

/* The hosts look the leaves up in the cfg's tree, also where it has none. */
static enum ocsp_status check_leaves(const struct inputs *in,
                                     const struct ocsp_data_key *leaves,
                                     struct ocsp_error *err)
{
    if (!in->graph || has_tree(in->graph))
        return OCSP_OK;
    return ocsp_data_key_refuse(&in->keys, leaves,
                                "the cfg has no tree=, at which Darknet crashes: remove "
                                "this line",
                                err);
}

/* A name for each class: the hosts print by number. */
static enum ocsp_status check_names(const struct inputs *in,
                                    const struct ocsp_data_key *file,
                                    struct ocsp_error *err)
{
    struct ocsp_line_list names = {0};

    if (!in->graph)
        return OCSP_OK;
    const int classes =
        ocsp_train_kind_use(in->graph, in->host, in->detector, false).classes;
    enum ocsp_status status =
        ocsp_line_list_read(&names, file->value, ocsp_host_of_unix_lines(in->host), err);
    if (!status && names.n < classes)
        status = ocsp_fail(err, OCSP_E_CONFLICT, file->value, 0,
                           "%d name%s too few for the net's %d classes", names.n,
                           names.n == 1 ? " is" : "s are", classes);
    ocsp_line_list_clear(&names);
    return status;
}

static enum ocsp_status check_top(const struct inputs *in, struct ocsp_error *err)
{
    const struct ocsp_data_key top = ocsp_data_keys_find(&in->keys, "top", "1");
    int ignored;

    return in->detector ? OCSP_OK
                        : ocsp_data_key_whole(&in->keys, &top, 1, 999999, &ignored, err);
}

static enum ocsp_status check_key(const struct inputs *in, const struct wanted *w,
                                  struct ocsp_error *err)
{
    const struct ocsp_data_key key = ocsp_data_keys_find(&in->keys, w->key, w->fallback);

    if (!key.value)
        return OCSP_OK;
    if (w->kind == A_FOLDER)
        return ocsp_data_key_folder(&in->keys, &key, err);
    if (ocsp_data_key_file(&in->keys, &key, err))
        return err->status;
    if (strcmp(w->key, "leaves") == 0)
        return check_leaves(in, &key, err);
    if (strcmp(w->key, "names") == 0)
        return check_names(in, &key, err);
    if (w->kind != A_FILE && check_images(in, &key, err))
        return err->status;
    return w->kind == IMAGES_WITH_BOXES ? check_boxes(in, &key, err) : OCSP_OK;
}

static enum ocsp_status check_file(const char *path, struct ocsp_error *err)
{
    const char *why = ocsp_file_obstacle(path);

    return why ? ocsp_fail(err, OCSP_E_IO, path, 0, "cannot open: %s", why) : OCSP_OK;
}

/* Whether the weights of every layer are in the file as its cfg says. */
static bool is_ordinary(const struct ocsp_graph *graph)
{
    for (int i = 0; i < graph->n_layers; i++)
        if (graph->layers[i].odd_file)
            return false;
    return true;
}

/* The hosts fill what is missing at the end with nothing. What is too long is the
 * weights of a net whose first layers this one has. */
static enum ocsp_status check_weights(const struct inputs *in, struct ocsp_error *err)
{
    struct stat info;

    if (check_file(in->weights, err))
        return err->status;
    if (!in->graph || !is_ordinary(in->graph) || stat(in->weights, &info))
        return OCSP_OK;
    const uint64_t size = (uint64_t)info.st_size;
    /* hosts differ in what [batchnorm] has, and the header may be an older, short one */
    const uint64_t needed = ocsp_weights_file_size(in->graph, false) - 4;
    if (size >= needed)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_FORMAT, in->weights, 0,
                     "%" PRIu64 " bytes, but %s needs at least %" PRIu64
                     ": cut off, or of another net; give a cfg and the weights that "
                     "were saved for it",
                     size, in->cfg, needed);
}

static enum ocsp_status check_files(struct inputs *in, struct ocsp_error *err)
{
    struct ocsp_error ignored;
    enum ocsp_status status = ocsp_cfg_load(&in->read_cfg, in->cfg, err);

    if (!status && ocsp_graph_new(&in->graph, in->read_cfg, &ignored))
        in->graph = NULL;
    if (!status && in->weights)
        status = check_weights(in, err);
    if (!status)
        status = ocsp_data_keys_read(&in->keys, in->data, in->host, err);
    if (!status)
        status = check_top(in, err);
    for (size_t k = 0; k < sizeof wanted / sizeof *wanted && !status; k++)
        if (is_of(in, &wanted[k]))
            status = check_key(in, &wanted[k], err);
    /* the hosts look for boxes in a classifier's output */
    if (!status && in->graph && in->detector &&
        ocsp_train_kind_check(in->graph, in->host, true, &ignored))
        status = ocsp_fail(err, OCSP_E_UNSUPPORTED, in->cfg, 0,
                           "has no head of a detector, as [yolo] is: `classifier` has "
                           "the commands for it");
    if (!status && in->image)
        status = check_file(in->image, err);
    return status;
}

/* The words behind the command, without the host's flags and their values. Returns how
 * many; of those behind a flag that is not known, none counts, and *all is false. */
static int find_words(const struct ocsp_host *host, int argc, char **argv,
                      const char *words[4], bool *all)
{
    int n = 0;

    *all = true;
    for (int i = 2; i < argc && n < 4;) {
        const int of_flag = ocsp_host_flag_words(host->flags, argv[0], argv[i]);
        *all = of_flag > 0 || argv[i][0] != '-';
        if (!*all)
            break;
        if (of_flag == 0)
            words[n++] = argv[i];
        i += of_flag > 0 ? of_flag : 1;
    }
    return n;
}

enum ocsp_status ocsp_inference_inputs_check(const struct ocsp_host *host, int argc,
                                             char **argv, struct ocsp_error *err)
{
    const char *words[4] = {NULL}; /* data file, cfg, weights, image */
    const bool lists = strcmp(argv[1], "valid") == 0 || strcmp(argv[1], "map") == 0;

    bool all;
    const int n = find_words(host, argc, argv, words, &all);

    if (n < 2 && all)
        return ocsp_fail(err, OCSP_E_USAGE, NULL, 0,
                         "expected a data file, a cfg and weights behind '%s %s'",
                         argv[0], argv[1]);
    if (strcmp(argv[1], "map") == 0 && !host->measure_map)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                         "%s's Darknet has no command '%s map'", host->name, argv[0]);
    if (n < 2)
        return OCSP_OK;
    struct inputs in = {.host = host,
                        .detector = strcmp(argv[0], "detector") == 0,
                        .command = argv[1],
                        .data = words[0],
                        .cfg = words[1],
                        .weights = words[2],
                        .image = lists ? NULL : words[3]};
    const enum ocsp_status status = check_files(&in, err);
    ocsp_data_keys_clear(&in.keys);
    ocsp_graph_free(in.graph);
    ocsp_cfg_free(in.read_cfg);
    return status;
}
