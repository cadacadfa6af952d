#include "cycle/state_net.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>

#include "helpers.h"

#define REST "[convolutional]\nfilters=3\n"
#define CFG "[net]\nwidth=4\nheight=4\nmax_batches=600\nsteps=300,400\n" REST

/* The state of a run of CFG, as far as the check looks at it. */
static void begin(struct ocsp_state *state, json_t **meta, enum ocsp_phase phase,
                  double reduce)
{
    *meta = json_pack("{s:s, s:s, s:{s:f}}", "host", "Debian", "cfg", CFG, "settings",
                      "reduce", reduce);
    *state = (struct ocsp_state){.path = "b/n.ocsp-state", .meta = *meta, .phase = phase};
}

static enum ocsp_status check(const struct ocsp_state *state, const char *text,
                              char news[OCSP_CFG_NEWS])
{
    struct ocsp_cfg *cfg;

    MUST(ocsp_cfg_parse(&cfg, "n.cfg", text, strlen(text), &test_error));
    const enum ocsp_status status =
        ocsp_state_check_net(state, "Debian", cfg, news, &test_error);
    ocsp_cfg_free(cfg);
    return status;
}

static void the_same_net_is_taken(void **unused)
{
    struct ocsp_state state;
    char news[OCSP_CFG_NEWS];
    json_t *meta;
    (void)unused;

    begin(&state, &meta, OCSP_SPARSE, 0.5);
    MUST(check(&state, CFG, news));
    assert_string_equal(news, "");
    MUST(check(&state, "# another comment\n" CFG "# and one\n", news));
    assert_string_equal(news, "");
    json_decref(meta);
}

static void another_net_is_refused_by_its_first_key(void **unused)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[net]\nwidth=4\nheight=4\nmax_batches=600\nsteps=300,400\n"
         "[convolutional]\nfilters=4\n",
         "n.cfg:7: filters=4, but the run saved in b/n.ocsp-state began with filters=3: "
         "put it back, or begin anew by -restart"},
        {CFG "size=3\n", "n.cfg:8: size=3, but the run saved in b/n.ocsp-state began "
                         "with no size=: put it "
                         "back, or begin anew by -restart"},
        {"[net]\nwidth=4\nmax_batches=600\nsteps=300,400\n" REST,
         "n.cfg:1: no height=, but the run saved in b/n.ocsp-state began with height=4: "
         "put it back, or begin anew by -restart"},
        {CFG "[softmax]\n",
         "n.cfg:8: [softmax], but the run saved in b/n.ocsp-state began with the end of "
         "the file here: put it back, or begin anew by -restart"},
        {"[net]\nwidth=4\nheight=4\nmax_batches=600\nsteps=300,400\n",
         "n.cfg:1: the end of the file, but the run saved in b/n.ocsp-state began with "
         "[convolutional] here: put it back, or begin anew by -restart"},
    };
    struct ocsp_state state;
    char news[OCSP_CFG_NEWS];
    json_t *meta;
    (void)unused;

    for (int phase = OCSP_DENSE; phase <= OCSP_PRUNED; phase++) {
        begin(&state, &meta, (enum ocsp_phase)phase, 0.5);
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
            REFUSES(check(&state, cases[k].text, news), OCSP_E_CONFLICT,
                    cases[k].message);
        json_decref(meta);
    }
}

static const char longer[] =
    "[net]\nwidth=4\nheight=4\nmax_batches=900 # more\nsteps=700\nscale=2\n" REST;

static void a_schedule_must_stay_while_it_decides(void **unused)
{
    struct ocsp_state state;
    char news[OCSP_CFG_NEWS];
    json_t *meta;
    (void)unused;

    for (int phase = OCSP_DENSE; phase < OCSP_PRUNED; phase++) {
        begin(&state, &meta, (enum ocsp_phase)phase, 0.5);
        REFUSES(
            check(&state, longer, news), OCSP_E_CONFLICT,
            "n.cfg:4: max_batches=900, but the run saved in b/n.ocsp-state began with "
            "max_batches=600, and when it prunes follows from that: put it back until "
            "it has pruned, or begin anew by -restart");
        json_decref(meta);
    }
}

static void a_schedule_may_change_when_nothing_is_left_to_decide(void **unused)
{
    struct ocsp_state state;
    char news[OCSP_CFG_NEWS];
    json_t *meta;
    (void)unused;

    begin(&state, &meta, OCSP_PRUNED, 0.5);
    MUST(check(&state, longer, news));
    assert_string_equal(news, "max_batches=600 is now 900, steps=300,400 is now 700, "
                              "scale= is new: 2");
    json_decref(meta);
    begin(&state, &meta, OCSP_DENSE, 0); /* -reduce none */
    MUST(check(&state, "[net]\nwidth=4\nheight=4\nmax_batches=700\n" REST, news));
    assert_string_equal(news, "max_batches=600 is now 700, steps=300,400 is gone");
    json_decref(meta);
}

static void a_state_without_its_net_is_damaged(void **unused)
{
    static const char damaged[] = "b/n.ocsp-state: not a state of this version of ocsp: ";
    struct ocsp_state state;
    char news[OCSP_CFG_NEWS];
    json_t *meta;
    (void)unused;

    begin(&state, &meta, OCSP_PRUNED, 0.5);
    json_object_set_new(meta, "cfg", json_string("no section"));
    assert_int_equal(check(&state, CFG, news), OCSP_E_FORMAT);
    assert_memory_equal(test_error.text, damaged, strlen(damaged));
    json_object_del(meta, "cfg");
    assert_int_equal(check(&state, CFG, news), OCSP_E_FORMAT);
    assert_memory_equal(test_error.text, damaged, strlen(damaged));
    json_object_del(meta, "host");
    assert_int_equal(check(&state, CFG, news), OCSP_E_FORMAT);
    json_decref(meta);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_net_is_taken),
        cmocka_unit_test(another_net_is_refused_by_its_first_key),
        cmocka_unit_test(a_schedule_must_stay_while_it_decides),
        cmocka_unit_test(a_schedule_may_change_when_nothing_is_left_to_decide),
        cmocka_unit_test(a_state_without_its_net_is_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
