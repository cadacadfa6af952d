#include "lint/programs.h"

#include <string.h>

#include "lint/program_words.h"

#define KNOWS(names)                                                                     \
    .activations = names, .unknown_activation = "it does not know this activation",      \
    .uncomputed_activation = "it does not know this activation here",                    \
    .refuses_activation = true

const struct ocsp_program ocsp_programs[OCSP_PROGRAMS] = {
    /* parser.c, string_to_layer_type and parse_* */
    [OCSP_DEBIAN] = {.name = "Darknet (Debian)",
                     .base = -1,
                     .common = "dontload dontsave numload dontloadscales",
                     .activations = SCALAR_2018,
                     .unknown_activation = "unknown, it takes relu"},
    /* parser.c at 59596d78; on CPU activate() has no case for relu6 and for those that
     * only some layers compute beside it */
    [OCSP_ALEXEYAB] = {.name = "Darknet (AlexeyAB)",
                       .base = -1,
                       .common = "dontload dontloadscales",
                       .activations = SCALAR " relu6 swish mish hard_mish " MIXING,
                       .unknown_activation = "unknown, it takes relu",
                       .uncomputed_activation =
                           "its CPU code gives 0 for this activation here"},
    /* darknet_cfg.cpp: its keys are complete, since find_unused_lines() stops at any
     * other; create_network() has no case for reorg (but for reorg3d), crop, local,
     * detection, … */
    [OCSP_HANK] = {.name = "hank-ai 5.1",
                   .base = -1,
                   .unknown_fatal = true,
                   .cuts_comments = true,
                   .common = "clip onlyforward dont_update burnin_update stopbackward "
                             "train_only_bn dontload dontloadscales learning_rate",
                   .activations = SCALAR " relu6 swish mish hard_mish " MIXING,
                   .unknown_activation = "it does not know this activation",
                   .uncomputed_activation =
                       "its CPU code gives 0 for this activation here"},
    /* darknet_onnx.cpp, populate_graph_nodes() and add_node_*() */
    [OCSP_HANK_ONNX] = {.name = "hank-ai ONNX export",
                        .base = OCSP_HANK,
                        .cuts_comments = true,
                        .common = "dontload dontloadscales", /* the loader's */
                        KNOWS("leaky relu mish logistic linear")},
    /* modules/dnn/src/darknet/darknet_io.cpp; the activation is a key of every section
     * there */
    [OCSP_OPENCV] = {.name = "OpenCV 4 DNN",
                     .base = -1,
                     .last_wins = true,
                     KNOWS("linear relu leaky swish mish logistic tanh")},
    /* src/DarknetParser.cpp; it knows swish only in some of its versions */
    [OCSP_TKDNN] = {.name = "tkDNN",
                    .base = -1,
                    .cuts_comments = true,
                    .last_wins = true,
                    KNOWS("linear relu leaky mish logistic")},
    /* nvdsinfer_custom_impl_Yolo/yolo.cpp and layers/ */
    [OCSP_DEEPSTREAM] = {.name = "DeepStream-Yolo",
                         .base = -1,
                         KNOWS("linear relu logistic tanh leaky mish swish")},
    /* yolo/yolo_to_onnx.py */
    [OCSP_JKJUNG] = {.name = "yolo_to_onnx (jkjung)",
                     .base = -1,
                     .cuts_comments = true,
                     .last_wins = true,
                     KNOWS("linear leaky mish logistic")},
    /* tools/darknet/darknet2ncnn.cpp; it writes a layer without a type for any section
     * that it does not know */
    [OCSP_NCNN] = {.name = "darknet2ncnn",
                   .base = -1,
                   .last_wins = true,
                   KNOWS("linear relu leaky mish")},
};

const char *ocsp_program_name(int program)
{
    return ocsp_programs[program].name;
}

bool ocsp_program_knows_activation(int program, const char *name)
{
    return ocsp_list_has(ocsp_programs[program].activations, name, strlen(name));
}
