/* The repairs that `ocsp lint` names from the cfg are those at work in the host's
 * network, where no engine computes its layers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host_calls.h"
#include "hosts/by_value/repair.h"
#include "hosts/host.h"
#include "random_cfg.h"

#ifdef OCSP_HAS_GELU
#define HAS_GELU OCSP_HAS_GELU
#else
#define HAS_GELU 0
#endif

enum { MOST = 32, RANDOM_NETS = 60 };

struct sentences {
    const char *list[MOST];
    int n;
};

static bool collect(void *context, const struct ocsp_rule *row,
                    const struct ocsp_rule_site *site)
{
    struct sentences *s = context;

    (void)site;
    for (int k = 0; k < s->n; k++)
        if (s->list[k] == row->sentence)
            return true;
    assert_true(s->n < MOST);
    s->list[s->n++] = row->sentence;
    return true;
}

static int place_of(const char *sentence)
{
    int k = 0;

    for (const struct ocsp_rule *row = ocsp_host.rules->repairs->rows; row->sentence;
         row++, k++)
        if (row->sentence == sentence && (row->builds & OCSP_CPU) != 0)
            return k;
    return -1;
}

static bool has(const struct sentences *s, const char *sentence)
{
    for (int k = 0; k < s->n; k++)
        if (s->list[k] == sentence)
            return true;
    return false;
}

static void check(const char *text)
{
    struct sentences by_cfg = {.n = 0}, at_work = {.n = 0};
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    struct ocsp_error err;

    MUST(ocsp_cfg_parse(&cfg, "x.cfg", text, strlen(text), &test_error));
    MUST(ocsp_graph_new(&graph, cfg, &test_error));
    ocsp_rules_find(ocsp_host.rules->repairs, &ocsp_host.build, graph, collect, &by_cfg);
    network *net = host_parse(text);
    assert_int_equal(ocsp_repair_install(net, NULL, &err), OCSP_OK);
    for (const char *const *line = ocsp_repairs(); *line; line++) {
        at_work.list[at_work.n++] = *line;
        if (!has(&by_cfg, *line))
            fail_msg("not named by the cfg: %s\n%s", *line, text);
    }
    for (int k = 0; k < by_cfg.n; k++)
        if (!has(&at_work, by_cfg.list[k]))
            fail_msg("not at work: %s\n%s", by_cfg.list[k], text);
    for (int k = 1; k < at_work.n; k++)
        assert_true(place_of(at_work.list[k - 1]) < place_of(at_work.list[k]));
    ocsp_host.free_net(net);
    ocsp_graph_free(graph);
    ocsp_cfg_free(cfg);
}

#define NET "[net]\nbatch=4\nwidth=8\nheight=8\nchannels=3\nmax_batches=9\n"
#define PLAIN "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
#define NORMALIZED PLAIN "batch_normalize=1\n"

static void of_one_kind_of_layer_each(void **state)
{
    static const struct {
        bool debian, alexeyab;
        const char *text;
    } nets[] = {
        {true, true, NET PLAIN "[cost]\n"},
        {true, true, NET NORMALIZED "[softmax]\n"},
        {true, true, NET "[maxpool]\nsize=2\nstride=2\n" PLAIN "[cost]\n"},
        {true, true, NET "[crop]\ncrop_width=8\ncrop_height=8\n[avgpool]\n[softmax]\n"},
        {true, true, NET "[upsample]\nstride=-2\n" PLAIN "[cost]\n"},
        {true, true, NET PLAIN "[upsample]\nstride=-2\n[cost]\n"},
        {true, true, NET PLAIN "[reorg]\nstride=2\n[cost]\n"},
        {true, true, NET "[reorg]\nstride=2\n" PLAIN "[cost]\n"},
        {false, true, NET PLAIN "[reorg3d]\nstride=2\n[cost]\n"},
        {false, true, NET "[reorg3d]\nstride=2\n" PLAIN "[cost]\n"},
        {true, true, NET PLAIN "[normalization]\n[cost]\n"},
        {true, true,
         NET "[convolutional]\nfilters=4\nsize=3\n[dropout]\nprobability=.5\n[cost]\n"},
        {true, true,
         NET PLAIN
         "[shortcut]\nfrom=-1\nactivation=tanh\n[dropout]\n[dropout]\n[cost]\n"},
        {true, true,
         NET PLAIN "[activation]\nactivation=elu\n[dropout]\nprobability=0\n"
                   "[connected]\noutput=3\n[softmax]\n"},
        {true, true,
         NET PLAIN "[connected]\noutput=3\nbatch_normalize=1\n"
                   "activation=relu\n[softmax]\n"},
        {true, false, NET PLAIN "[cost]\ntype=smooth\n"},
        {true, false, NET PLAIN "[logistic]\n"},
        {true, true, NET PLAIN "[batchnorm]\n[cost]\n"},
        {false, true, NET PLAIN "[local_avgpool]\nsize=2\nstride=2\n[cost]\n"},
        {false, HAS_GELU, NET PLAIN "[convolutional]\nsize=3\nactivation=gelu\n[cost]\n"},
        {true, true,
         NET "[convolutional]\nfilters=21\nsize=1\nactivation=linear\n"
             "[yolo]\nclasses=2\nnum=3\n"},
        {false, true,
         NET PLAIN "onlyforward=1\n" PLAIN "[connected]\noutput=3\n"
                   "onlyforward=1\n[softmax]\nonlyforward=1\n"},
    };

    (void)state;
    for (size_t k = 0; k < sizeof nets / sizeof *nets; k++)
        if (HOST_IS_ALEXEYAB ? nets[k].alexeyab : nets[k].debian)
            check(nets[k].text);
}

/* As old as the freezing of layers before one with stopbackward=1. */
static void of_layers_that_are_frozen(void **state)
{
    static const char text[] = NET NORMALIZED NORMALIZED NORMALIZED
        "stopbackward=1\n" NORMALIZED "[avgpool]\n[softmax]\n";
    network *net = host_parse(text);
    const bool freezes = HOST_IS_ALEXEYAB && !net->layers[0].mean;

    (void)state;
    ocsp_host.free_net(net);
    if (freezes || !HOST_IS_ALEXEYAB)
        check(text);
}

static void of_random_nets(void **state)
{
    (void)state;
    for (int k = 0; k < RANDOM_NETS; k++) {
        struct random random = {(uint64_t)k + 11};
        struct random_cfg cfg;
        random_cfg_make(&cfg, &random);
        check(cfg.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_kind_of_layer_each),
        cmocka_unit_test(of_layers_that_are_frozen),
        cmocka_unit_test(of_random_nets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
