#include "hosts/alexeyab/words.h"

const struct ocsp_host_flag ocsp_alexeyab_flags[] = {
    {"-gpus", true, true, true},
    {"-clear", false, true, true},
    {"-c", true, true, true},
    {"-t", true, true, false},
    {"-thresh", true, false, true},
    {"-hier", true, false, true},
    {"-s", true, false, true},
    {"-out", true, false, true},
    {"-prefix", true, false, true},
    {"-dont_show", false, true, true},
    {"-mjpeg_port", true, true, true},
    {"-dontuse_opencv", false, true, false},
    {"-show_imgs", false, true, true},
    {"-chart", true, true, true},
    {"-benchmark", false, true, true},
    {"-benchmark_layers", false, true, true},
    {"-cuda_debug_sync", false, true, true},
    {"-map", false, false, true},
    {"-mAP_epochs", true, false, true},
    {"-points", true, false, true},
    {"-iou_thresh", true, false, true},
    {"-letter_box", false, false, true},
    {"-save_labels", false, false, true},
    {"-show", false, false, true},
    {"-ext_output", false, false, true},
    {NULL, false, false, false}};

const char *const ocsp_alexeyab_commands[] = {"detector recall",
                                              "detector calc_anchors",
                                              "detector draw",
                                              "detector demo",
                                              "classifier try",
                                              "classifier demo",
                                              "classifier gun",
                                              "classifier threat",
                                              "classifier test",
                                              "classifier label",
                                              "classifier validmulti",
                                              "classifier valid10",
                                              "classifier validcrop",
                                              "classifier validfull",
                                              "average",
                                              "yolo",
                                              "voxel",
                                              "super",
                                              "detect",
                                              "cifar",
                                              "go",
                                              "rnn",
                                              "vid",
                                              "coco",
                                              "classify",
                                              "art",
                                              "tag",
                                              "compare",
                                              "dice",
                                              "writing",
                                              "3d",
                                              "test",
                                              "captcha",
                                              "nightmare",
                                              "rgbgr",
                                              "reset",
                                              "denormalize",
                                              "statistics",
                                              "normalize",
                                              "rescale",
                                              "ops",

                                              "oneoff",
                                              "partial",
                                              "visualize",
                                              "imtest",
                                              NULL};

/* By itself it would leave the training loop with a freed workspace. */
const struct ocsp_host_flag ocsp_alexeyab_measuring_flags[] = {
    {"-topk", false, true, false}, {NULL, false, false, false}};

const char *const ocsp_alexeyab_policies[] = {
    "random", "poly", "constant", "step", "exp", "sigmoid", "steps", "sgdr", NULL};

/* The last one is another Darknet's, which may have trained in the folder before. */
const char *const ocsp_alexeyab_results[] = {"_#.weights",
                                             "_last.weights",
                                             "_final.weights",
                                             "_best.weights",
                                             "_ema.weights",
                                             ".backup",
                                             NULL};

/* With track= the loop takes as many loader threads as there are subdivisions, which
 * -seed's one thread has no room for. */
const char *const ocsp_alexeyab_unseeded_keys[] = {"track", NULL};
