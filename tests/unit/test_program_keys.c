/* Keys that a program ignores or needs, and its habits in reading lines. */

#include "lint_expect.h"

static void keys_without_effect_are_found(void **state)
{
    (void)state;
    lint_expect(OCSP_DEBIAN, CONV("dilation=2\n"),
                "[convolutional] dilation=2: misread: ignored");
    lint_expect(OCSP_DEBIAN, CONV("dilation=1\n"), "");
    lint_expect(OCSP_OPENCV, CONV("dilation=2\nstride_x=1\nstride_y=2\n"),
                "[convolutional] stride_y=2: misread: ignored\n"
                "[convolutional] dilation=2: misread: ignored");
    lint_expect(OCSP_NCNN, CONV("dilation=2\n"), "");
    lint_expect(OCSP_DEBIAN, CONV("groups=4\n"), "");
    lint_expect(OCSP_OPENCV, CONV("groups=4\n"), "");
    for (int k = 0; k < 3; k++) {
        const int programs[] = {OCSP_HANK_ONNX, OCSP_JKJUNG, OCSP_NCNN};
        lint_expect(programs[k], CONV("groups=4\n"),
                    "[convolutional] groups=4: misread: ignored");
    }
    lint_expect(OCSP_DEBIAN, "[route]\nlayers=-1\ngroups=2\n",
                "[route] groups=2: misread: ignored");
    lint_expect(OCSP_NCNN, "[route]\nlayers=-1\ngroups=2\n",
                "[route] groups=2: misread: ignored");
    lint_expect(OCSP_OPENCV, "[route]\nlayers=-1\ngroups=2\n", "");
    lint_expect(OCSP_ALEXEYAB, "[shortcut]\nfrom=-2\nalpha=.5\n",
                "[shortcut] alpha=.5: misread: ignored");
    lint_expect(OCSP_OPENCV,
                "[shortcut]\nfrom=-2\nweights_type=per_channel\n"
                "weights_normalization=relu\n",
                "[shortcut] weights_type=per_channel: misread: ignored");
    lint_expect(OCSP_TKDNN, "[upsample]\nstride=2\nscale=2\n",
                "[upsample] scale=2: misread: ignored");
    lint_expect(OCSP_DEBIAN, "[maxpool]\nmaxpool_depth=1\nout_channels=4\n",
                "[maxpool] maxpool_depth=1: misread: ignored");
    lint_expect(OCSP_OPENCV, CONV("dontload=1\n"),
                "[convolutional] dontload=1: misread: ignored");
}

static void needed_keys_are_found(void **state)
{
    (void)state;
    lint_expect(OCSP_DEEPSTREAM, "[convolutional]\nactivation=linear\nfilters=8\n",
                "[convolutional] size: refused: it must be given\n"
                "[convolutional] stride: refused: it must be given\n"
                "[convolutional] pad: refused: it must be given");
    lint_expect(OCSP_JKJUNG, "[shortcut]\nfrom=-2\n",
                "[shortcut] activation: refused: it must be given");
    lint_expect(OCSP_HANK_ONNX,
                "[convolutional]\nactivation=linear\nfilters=8\nsize=3\npad=1\n",
                "[convolutional] stride: misread: absent: it takes 2, Darknet 1");
    lint_expect(OCSP_OPENCV, "[convolutional]\nfilters=8\nsize=1\n",
                "[convolutional] activation: misread: absent: it takes linear, Darknet "
                "logistic");
    lint_expect(OCSP_NCNN, "[convolutional]\nfilters=8\nsize=1\n",
                "[convolutional] activation: refused: it must be given");
    lint_expect(OCSP_OPENCV, "[upsample]\n",
                "[upsample] stride: misread: absent: it takes 1, Darknet 2");
    lint_expect(OCSP_HANK, "[convolutional]\n[upsample]\n", "");
}

static void hank_takes_what_it_knows(void **state)
{
    (void)state;
    lint_expect_net(OCSP_HANK, "max_crop=448\n", "",
                    "[net] max_crop=448: refused: it does not know this key");
    lint_expect_net(OCSP_DEBIAN, "max_crop=448\n", "", "");
    lint_expect_net(OCSP_HANK, "learning_rate=0.001\n", "", "");
    lint_expect_net(
        OCSP_HANK, "learning_rate=1e-3\n", "",
        "[net] learning_rate=1e-3: refused: it takes digits, '.' and '-' alone for "
        "a number");
    lint_expect_net(OCSP_HANK, "momentum=.9\nmomentum=.9\n", "",
                    "[net] momentum=.9: refused: the key stands twice in this section");
    lint_expect_net(OCSP_HANK, "policy=steps\nsteps=1,2\nscales=.1,.1\n", "", "");
    lint_expect_net(OCSP_HANK, "policy=poly\nsteps=1,2\n", "",
                    "[net] steps=1,2: refused: unused with this policy= or adam=");
    lint_expect_net(OCSP_HANK, "policy=cosine\n", "",
                    "[net] policy=cosine: refused: it does not know this word");
    lint_expect_net(OCSP_HANK, "policy=steps\nsteps=1,2\n", "",
                    "[net] policy=steps: refused: it needs steps= and scales=");
    lint_expect_net(OCSP_HANK, "B1=.9\n", "",
                    "[net] B1=.9: refused: unused with this policy= or adam=");
    lint_expect(OCSP_HANK, CONV("bias=1\n"),
                "[convolutional] bias=1: refused: it does not know this key");
    lint_expect(OCSP_HANK_ONNX, CONV("bias=1\n"),
                "[convolutional] bias=1: refused: it does not know this key");
    lint_expect(OCSP_HANK, CONV("stopbackward=1\n"), "");
}

static void parsers_have_habits(void **state)
{
    static const char crlf[] = "[net]\r\n" SIZES CONV("");
    (void)state;
    lint_expect_text(OCSP_DEBIAN, crlf, "[net]: refused: lines that end with CR LF");
    lint_expect_text(OCSP_ALEXEYAB, crlf, "");
    lint_expect(
        OCSP_OPENCV, CONV("filters=9\n"),
        "[convolutional] filters=9: misread: given twice: it takes the last, Darknet "
        "the first");
    lint_expect(OCSP_OPENCV, CONV("filters=8\n"), "");
    lint_expect(OCSP_DEEPSTREAM, CONV("filters=9\n"), "");
    lint_expect(OCSP_DEEPSTREAM, CONV(" # a comment\n groups=1\n"),
                "[convolutional]: misread: it skips lines that begin with a blank");
    lint_expect(OCSP_TKDNN, "[shortcut]\nfrom = -2\nactivation = linear\n",
                "[shortcut]: refused: blanks around the activation's name");
    lint_expect(OCSP_TKDNN, "[shortcut]\nfrom = -2 # two back\nactivation=linear\n", "");
    lint_expect(OCSP_TKDNN, CONV("  \n"), "[convolutional]: refused: a line of blanks");
    lint_expect(OCSP_TKDNN, CONV("\n"), "");
    lint_expect(OCSP_TKDNN, CONV("; words\n"),
                "[convolutional]: refused: a comment behind ';'");
    lint_expect(
        OCSP_TKDNN, CONV("stride_x=2\nstride_y=2\n"),
        "[convolutional] stride_x=2: misread: it takes it for another key, which it "
        "contains\n"
        "[convolutional] stride_y=2: misread: it takes it for another key, which it "
        "contains");
    lint_expect(OCSP_TKDNN, CONV("stride_x=1\n"), "");
    lint_expect(OCSP_JKJUNG, CONV("; words\n"),
                "[convolutional]: refused: a comment behind ';'");
    lint_expect_net(OCSP_JKJUNG, "policy=steps\nsteps=1,2\nscales=.1,.1\ndecay=1e-4\n",
                    "", "");
    lint_expect_net(OCSP_JKJUNG, "seq_scales=1,1\n", "",
                    "[net] seq_scales=1,1: refused: it cannot read this value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_without_effect_are_found),
        cmocka_unit_test(needed_keys_are_found),
        cmocka_unit_test(hank_takes_what_it_knows),
        cmocka_unit_test(parsers_have_habits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
