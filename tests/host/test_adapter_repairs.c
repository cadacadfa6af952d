/* What the adapter mends of the host's computing, and what it refuses. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "adapter_training.h"

static void names_its_repairs(void **state)
{
    (void)state;
    network *net = host_parse(CLASSIFIER);
    struct record record = {0};
    struct ocsp_host_events events;
    int n = 0;

    install_hooks(net, &events, &record);
    for (const char *const *line = ocsp_repairs(); *line; line++, n++)
        assert_true(strlen(*line) < 90);
    assert_true(n >= 3);
    ocsp_host.free_net(net);
    assert_null(ocsp_repairs()[0]);
}

struct refusal {
    bool debian, alexeyab;
    const char *net, *body, *says;
};

#define FIRST "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
static const struct refusal refusals[] = {
    {true, true, "", FIRST "[convolutional]\nfilters=4\nsize=1\npadding=1\n[cost]\n",
     ":14: layer 1 [convolutional]: Darknet on CPU computes a 1x1 convolution with "
     "padding"},
    {true, !OCSP_HAS_STRIDED_1X1, "",
     FIRST "[convolutional]\nfilters=4\nsize=1\nstride=2\n[cost]\n",
     "write [maxpool] size=1"},
    {false, true, "",
     FIRST "[convolutional]\nfilters=4\nsize=1\nstride_x=1\nstride_y=2\n[cost]\n",
     "write [maxpool] size=1"},
    {true, true, "", FIRST FIRST "stopbackward=9\n[cost]\n",
     "layer 1 [convolutional]: this Darknet takes any stopbackward= for 1"},
    {true, true, "adam=1\n", FIRST "[cost]\n", "adam=1"},
    {true, true, "", FIRST "[crop]\ncrop_width=4\ncrop_height=4\n[cost]\n",
     "layer 1 [crop]: [crop] passes no gradient"},
    {true, true, "",
     "[crop]\ncrop_width=8\ncrop_height=8\n" FIRST "[route]\nlayers=-1,-2\n[cost]\n",
     "layer 2 [route]: [crop] passes no gradient"},
    {false, true, "",
     "[crop]\ncrop_width=8\ncrop_height=8\n[convolutional]\nfilters=3\nsize=3\npad=1\n"
     "[shortcut]\nfrom=-1,0\n[cost]\n",
     "layer 2 [shortcut]: [crop] passes no gradient"},
    {false, true, "",
     "[crop]\ncrop_width=8\ncrop_height=8\n[convolutional]\nfilters=3\nsize=3\npad=1\n"
     "[sam]\nfrom=0\n[cost]\n",
     "layer 2 [sam]: [crop] passes no gradient"},
    {true, true, "", FIRST "[maxpool]\nsize=2\nstride=1\npadding=6\n[cost]\n",
     "holds no input"},
    {true, true, "", FIRST "[softmax]\nspatial=1\n", "spatial=1"},
    {true, false, "", FIRST "[cost]\ntype=wgan\n", "type=wgan"},
    {true, true, "subdivisions=6\n",
     FIRST "[connected]\noutput=3\nbatch_normalize=1\n[softmax]\n",
     "batch / subdivisions must be 2"},
    {true, true, "", "[convolutional]\nbinary=1\nfilters=4\nsize=3\n[cost]\n", "binary="},
    {false, true, "",
     FIRST "[shortcut]\nfrom=-1\nweights_type=per_feature\n"
           "weights_normalization=relu\n"
           "weights_normalizion=relu\n[cost]\n", /* its name until 2020 */
     "weights_type="},
    {false, true, "", FIRST "[activation]\nactivation=mish\n[cost]\n",
     "gradient of this activation"},
    {false, OCSP_HAS_RELU6, "",
     "[convolutional]\nfilters=4\nsize=3\nactivation=relu6\n[cost]\n",
     "gradient of this activation"},
    {false, true, "", FIRST "[dropout]\ndropblock=1\ndropblock_size_abs=3\n[cost]\n",
     "dropblock="},
    {false, OCSP_HAS_DONT_UPDATE, "",
     "[convolutional]\nfilters=4\nsize=3\ndont_update=1\n[cost]\n", "dont_update="},
    {false, OCSP_HAS_GRAD_CENTR, "", FIRST "clip=1\n[cost]\n", "clip="},
    {false, OCSP_HAS_REJECTION, "weights_reject_freq=10\n",
     FIRST FIRST "groups=2\n[cost]\n", "weights_reject_freq="},
    {false, OCSP_HAS_GRAD_CENTR, "", FIRST "grad_centr=1\n[cost]\n", "grad_centr="},
    {false, OCSP_HAS_ADVERSARIAL, "adversarial_lr=.1\n", FIRST "[cost]\n",
     "adversarial_lr="},
    {false, true, "",
     FIRST "[convolutional]\nfilters=4\nsize=3\npad=1\nantialiasing=1\n[cost]\n",
     "antialiasing="},
};

static void refuses_what_the_host_computes_wrongly(void **state)
{
    (void)state;
    struct ocsp_error err;
    char cfg[2048];

    for (size_t k = 0; k < sizeof refusals / sizeof *refusals; k++) {
        const struct refusal *r = &refusals[k];
        if (HOST_IS_ALEXEYAB ? !r->alexeyab : !r->debian)
            continue;
        snprintf(cfg, sizeof cfg, "[net]\n%sbatch=6\nwidth=8\nheight=8\nchannels=3\n%s",
                 r->net, r->body);
        if (refusal_of_text(cfg, ocsp_host.rules, &ocsp_host.build, &err) !=
            OCSP_E_UNSUPPORTED)
            fail_msg("accepted: %s", r->says);
        if (!strstr(err.text, r->says))
            fail_msg("not %s: %s", r->says, err.text);
        assert_ptr_equal(strstr(err.text, "x.cfg:"), err.text);
        ocsp_host.free_net(host_parse(cfg)); /* the host itself takes it */
    }
    assert_int_equal(refusal_of_text(CLASSIFIER, ocsp_host.rules, &ocsp_host.build, &err),
                     OCSP_OK);
}

/* Loss of a pass over one image whose logits are `logits`, and of class 0. */
static float loss_of(const char *head, bool hooked, const float logits[4])
{
    char cfg[256];
    float image[4] = {1}, truth[4] = {1};
    struct ocsp_error err;

    snprintf(cfg, sizeof cfg,
             "[net]\nbatch=1\nsubdivisions=1\nwidth=2\nheight=2\nchannels=1\n"
             "max_batches=9\n"
             "[convolutional]\nfilters=4\nsize=2\nactivation=linear\n[%s]\n",
             head);
    network *net = host_parse(cfg);
    for (int k = 0; k < 4; k++)
        net->layers[0].weights[4 * k] = logits[k];
    if (hooked)
        assert_int_equal(ocsp_repair_install(net, NULL, &err), OCSP_OK);
    const float loss = host_pass(net, image, truth, true);
    /* the gradient is that of the probabilities: truth − p */
    if (!isnan(logits[0]))
        assert_float_equal(net->layers[1].delta[0], 1 - net->layers[1].output[0], 1e-5);
    ocsp_host.free_net(net);
    return loss;
}

static void makes_the_loss_finite(void **unused)
{
    static const float wrong[] = {0, 200, 0, 0}, right[] = {200, 0, 0, 0};
    const float spoilt[] = {NAN, 0, 0, 0};

    (void)unused;
    assert_true(isinf(loss_of("softmax", false, wrong)));
    assert_float_equal(loss_of("softmax", true, wrong), 149 * M_LN2, 1e-4);
    assert_float_equal(loss_of("softmax", true, right), 0, 1e-6);
    assert_true(isnan(loss_of("softmax", true, spoilt)));
#ifndef OCSP_HOST_ALEXEYAB
    const float three_halves = 3 * M_LN2;
    assert_true(isnan(loss_of("logistic", false, right)));
    assert_float_equal(loss_of("logistic", true, right), three_halves, 1e-5);
    /* class 0: p = 1/2; class 1, of truth 0: p = 1; the others 1/2 */
    assert_true(isinf(loss_of("logistic", false, wrong)));
    assert_float_equal(loss_of("logistic", true, wrong), 27 * M_LN2, 1e-4);
    assert_true(isnan(loss_of("logistic", true, spoilt)));
#endif
}

/* As the host's GPU code: by statistics that training does not move. Stock code on CPU
 * writes a batch's through null pointers, where it has none. */
static void computes_frozen_layers_as_in_inference(void **unused)
{
    (void)unused;
#ifdef OCSP_HOST_ALEXEYAB
    enum { FROZEN = 4 };
    network *net = host_parse(
        NET FIRST "batch_normalize=1\n" FIRST "batch_normalize=1\nactivation=gelu\n"
                  "[maxpool]\nsize=2\nstride=2\n[batchnorm]\n" FIRST
                  "batch_normalize=1\nstopbackward=1\n[avgpool]\n[softmax]\n");
    struct record record = {0};
    struct ocsp_host_events events;
    struct ocsp_host_layer before, l;
    float expected[FROZEN][3 * 4 * 8 * 8];
    float images[3 * 3 * 8 * 8], truth[3 * 4] = {1, 0, 0, 0, 1, 0, 0, 0, 1};

    if (net->layers[0].mean) { /* older ones freeze no layer before */
        ocsp_host.free_net(net);
        return;
    }
    randomize(net, 7);
    fill(images, sizeof images / sizeof *images, -1, 1);
    install_hooks(net, &events, &record);
    host_pass(net, images, truth, false);
    for (int i = 0; i < FROZEN; i++)
        ocsp_host.read_output(net, i, expected[i]);
    ocsp_host.layer(net, 0, &before);
    const float mean = before.memory.value.mean[0];
    host_pass(net, images, truth, true);
    for (int i = 0; i < FROZEN; i++)
        for (int k = 0; k < net->layers[i].batch * net->layers[i].outputs; k++)
            assert_float_equal(net->layers[i].output[k], expected[i][k], 0);
    ocsp_host.layer(net, 0, &l);
    assert_true(l.memory.value.mean[0] == mean);
    assert_true(net->layers[FROZEN].mean != NULL);
    ocsp_host.free_net(net);
#endif
}

#ifdef OCSP_HOST_ALEXEYAB

/* One pass over one object, whose box's logits have the biases 0, but for one plane. */
static void pass_one_box(const char *head, int plane, float bias, bool hooked, int bad[3])
{
    char cfg[512];
    float image[64] = {0}, truth[200 * 5] = {.3f, .3f, .4f, .4f, 0};
    struct ocsp_error err;

    snprintf(cfg, sizeof cfg,
             "[net]\nbatch=1\nsubdivisions=1\nwidth=8\nheight=8\nchannels=1\n"
             "max_batches=9\n[convolutional]\nfilters=%d\nsize=1\nactivation=linear\n"
             "[%s]\nmask=0\nanchors=1,1\nclasses=1\nnum=1\niou_loss=ciou\n"
             "ignore_thresh=.7\ntruth_thresh=1\n",
             strcmp(head, "yolo") ? 10 : 6, head);
    network *net = host_parse(cfg);
    const layer *l = &net->layers[1];
    net->layers[0].biases[plane] = bias;
    if (hooked)
        assert_int_equal(ocsp_repair_install(net, NULL, &err), OCSP_OK);
    host_pass(net, image, truth, true);
    bad[0] = bad[1] = 0;
    for (int k = 0; k < l->outputs; k++) {
        bad[0] += !isfinite(l->output[k]);
        bad[1] += !isfinite(l->delta[k]);
    }
    bad[2] = !isfinite(l->cost[0]);
    if (hooked && plane > 3) /* the object is missed: its gradient is 1, with weight 1 */
        assert_float_equal(l->delta[plane * 64 + 2 * 8 + 2], 1, 1e-6);
    ocsp_host.free_net(net);
}

static void trains_boxes_of_extreme_logits(void **state)
{
    static const struct {
        const char *head;
        int plane;
        float bias;
    } cases[] = {{"yolo", 4, -200},
                 {"yolo", 2, -200},
                 {"yolo", 3, 200},
                 {"Gaussian_yolo", 8, -200}};
    int bad[3], stock = 0;
    (void)state;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        pass_one_box(cases[k].head, cases[k].plane, cases[k].bias, false, bad);
        stock += bad[0] + bad[1] + bad[2];
        pass_one_box(cases[k].head, cases[k].plane, cases[k].bias, true, bad);
        if (bad[0] || bad[1] || bad[2])
            fail_msg("[%s] plane %d: %d outputs, %d gradients, %d costs are no numbers",
                     cases[k].head, cases[k].plane, bad[0], bad[1], bad[2]);
    }
    print_message("# without the repair %d numbers are none\n", stock);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_its_repairs),
        cmocka_unit_test(makes_the_loss_finite),
        cmocka_unit_test(refuses_what_the_host_computes_wrongly),
        cmocka_unit_test(computes_frozen_layers_as_in_inference),
#ifdef OCSP_HOST_ALEXEYAB
        cmocka_unit_test(trains_boxes_of_extreme_logits),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
