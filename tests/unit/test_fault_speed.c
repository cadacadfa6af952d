/* What `ocsp speed` keeps and prints, with a fault at every call site in turn: a message
 * and no leak. */
#include <stdio.h>
#include <stdlib.h>

#include "fault.h"
#include "helpers.h"
#include "view/speed_json.h"
#include "view/speed_result.h"
#include "view/speed_table.h"

enum { ROUNDS = 9, NETS = 2 };

static const char text[] = "[net]\nwidth=8\nheight=8\nchannels=3\n"
                           "[convolutional]\nfilters=20\nsize=3\npad=1\n"
                           "[maxpool]\nsize=2\nstride=2\n"
                           "[connected]\noutput=4\n[softmax]\n";

static enum ocsp_status make_and_print(const struct ocsp_graph *graph, FILE *out,
                                       json_t **json, struct ocsp_error *err)
{
    const char *const names[NETS] = {"a.cfg", "b.cfg"};
    const struct ocsp_graph *const graphs[NETS] = {graph, graph};
    struct ocsp_speed_result result;
    enum ocsp_status status =
        ocsp_speed_result_init(&result, NETS, names, graphs, 4, 16, ROUNDS, err);

    if (status)
        return status;
    result.program = "stock";
    result.rounds = ROUNDS;
    result.has_layers = true;
    for (int k = 0; k < NETS; k++)
        for (int round = 0; round < ROUNDS; round++)
            result.nets[k].seconds[round] = 1e-3 * (k + 1) + 1e-6 * round;
    status = ocsp_speed_print(out, &result, true, err);
    if (!status)
        *json = ocsp_speed_json(&result, true);
    ocsp_speed_result_clear(&result);
    return status;
}

static void every_call_may_fail(void **state)
{
    FILE *out = fopen("/dev/null", "w");
    struct net net;
    int failed = 0;
    (void)state;

    net_parse(&net, text);
    for (int n = 1, more = 1; more; n++) {
        struct ocsp_error err = {.status = OCSP_OK};
        json_t *json = NULL;
        fault_start(FAULT_FAILS, n);
        const enum ocsp_status status = make_and_print(net.graph, out, &json, &err);
        more = fault_stop();
        if (more && !status && json)
            fail_msg("%s failed, and nobody noticed", fault_place());
        if (status) {
            assert_int_equal(err.status, OCSP_E_MEMORY);
            assert_string_equal(err.text, "out of memory");
        }
        failed += more != 0;
        json_decref(json);
        if (fault_held() != 0)
            fail_msg("%s: %d blocks are lost", fault_place(), fault_held());
    }
    print_message("# %d calls failed\n", failed);
    assert_true(failed > 15);
    net_clear(&net);
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_call_may_fail)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
