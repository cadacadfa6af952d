/* What a program must say of a cfg: "[section] key=value: refused: text", a line each;
 * "": it accepts it. */
#ifndef OCSP_TESTS_LINT_EXPECT_H
#define OCSP_TESTS_LINT_EXPECT_H

#include "helpers.h"
#include "lint/linter.h"

#define CONV(rest)                                                                       \
    "[convolutional]\nfilters=8\nsize=3\nstride=1\npad=1\nactivation=leaky\n"            \
    "batch_normalize=1\n" rest
#define HEAD(scale)                                                                      \
    "[convolutional]\nfilters=18\nsize=1\nstride=1\npad=1\nactivation=linear\n"          \
    "[yolo]\nmask=0,1,2\nanchors=1,2, 3,4, 5,6\nclasses=1\nnum=3\n" scale
#define SIZES "width=64\nheight=64\nchannels=3\n"
#define ADD(from) "[shortcut]\nactivation=linear\nfrom=" from "\n"
#define NET "[net]\n" SIZES CONV("")

/* A small YOLO of two heads: [net] with `net`, layers 0 and 1, `layers`, the heads. ONNX
 * export and Debian's Darknet agree on no scale_x_y. */
void lint_parse(struct net *parsed, int program, const char *net, const char *layers);
void lint_must_say(const struct net *net, int program, const char *wanted);
/* With these layers in the middle of the small YOLO, and with [net] keys. */
void lint_expect_net(int program, const char *net, const char *layers,
                     const char *wanted);
void lint_expect(int program, const char *layers, const char *wanted);
/* A whole cfg. */
void lint_expect_text(int program, const char *text, const char *wanted);

#endif
