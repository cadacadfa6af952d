#include "cli/inference_labels.h"

#include <string.h>

#include "cli/data_keys.h"
#include "cli/flags.h"
#include "cli/label_files.h"

/* The words that are no flags: "detector", "map", data file and cfg. Returns how many. */
static int find_words(int argc, char **argv, const char *words[4])
{
    int n = 0;

    for (int i = 0; i < argc && n < 4;) {
        const int of_flag = ocsp_host_flag_words(ocsp_host.flags, argv[0], argv[i]);
        if (of_flag == 0)
            words[n++] = argv[i];
        i += of_flag > 0 ? of_flag : 1;
    }
    return n;
}

static enum ocsp_status check_list(const char *data, struct ocsp_label_limits *limits,
                                   struct ocsp_error *err)
{
    struct ocsp_data_keys keys;
    enum ocsp_status status = OCSP_OK;

    if (ocsp_data_keys_read(&keys, data, &ocsp_host, err))
        return OCSP_OK;
    const struct ocsp_data_key valid = ocsp_data_keys_find(&keys, "valid", NULL);
    ocsp_label_limits_measure(limits);
    if (valid.value && *valid.value)
        status = ocsp_label_files_check(valid.value, limits, err);
    ocsp_data_keys_clear(&keys);
    return status;
}

enum ocsp_status ocsp_inference_labels_check(int argc, char **argv,
                                             struct ocsp_error *err)
{
    const char *words[4];
    struct ocsp_label_limits limits;
    struct ocsp_cfg *cfg = NULL;
    struct ocsp_graph *graph = NULL;
    enum ocsp_status status = OCSP_OK;

    if (!ocsp_host.labels || !ocsp_host.measure_map || strcmp(argv[0], "detector") != 0 ||
        find_words(argc, argv, words) < 4 || strcmp(words[1], "map") != 0)
        return OCSP_OK;
    if (!ocsp_cfg_load(&cfg, words[3], err) && !ocsp_graph_new(&graph, cfg, err) &&
        !ocsp_label_limits_read(&limits, graph, &ocsp_host, err))
        status = check_list(words[2], &limits, err);
    ocsp_graph_free(graph);
    ocsp_cfg_free(cfg);
    return status;
}
