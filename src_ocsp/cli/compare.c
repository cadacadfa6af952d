#include "cli/compare.h"

#include <stdio.h>
#include <stdlib.h>

#include "view/compare.h"

static enum ocsp_status print_json(const struct ocsp_graph *before,
                                   const struct ocsp_graph *after, struct ocsp_error *err)
{
    char *text;
    const enum ocsp_status status = ocsp_compare_json(before, after, &text, err);

    if (!status) {
        puts(text);
        free(text);
    }
    return status;
}

enum ocsp_status ocsp_compare_run(const struct ocsp_net_files *net,
                                  struct ocsp_flags *flags, struct ocsp_error *err)
{
    struct ocsp_net_files before = {0}, after = {0};
    enum ocsp_status status = OCSP_OK;

    if (net->n_words != 2)
        return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "expected two cfg files");
    status = ocsp_net_files_open(&before, net->words[0], NULL, &flags->settings, err);
    if (!status)
        status = ocsp_net_files_open(&after, net->words[1], NULL, &flags->settings, err);
    if (!status && flags->json)
        status = print_json(before.graph, after.graph, err);
    if (!status && !flags->json) {
        const struct ocsp_terminal terminal = ocsp_terminal_of(stdout);
        ocsp_compare_print(stdout, before.graph, after.graph, &terminal);
    }
    ocsp_net_files_close(&after);
    ocsp_net_files_close(&before);
    return status;
}
