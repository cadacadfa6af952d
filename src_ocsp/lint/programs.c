#include "lint/programs.h"

#include <string.h>

bool ocsp_list_has(const char *list, const char *word, size_t n)
{
    while (list && *list) {
        const size_t length = strcspn(list, " ");
        if (length == n && strncmp(list, word, n) == 0)
            return true;
        list += length + (list[length] == ' ');
    }
    return false;
}

const struct ocsp_program_section *ocsp_program_section(int program, const char *name)
{
    const struct ocsp_program *c = &ocsp_programs[program];
    for (int i = 0; i < c->n_sections; i++)
        if (ocsp_list_has(c->sections[i].names, name, strlen(name)))
            return &c->sections[i];
    return NULL;
}

/* activations.c of each host: what get_activation knows, and what activate() computes */
#define SCALAR_2018                                                                      \
    "logistic loggy relu elu selu relie plse hardtan lhtan linear ramp leaky tanh stair"
#define SCALAR SCALAR_2018 " gelu revleaky"
#define MIXING                                                                           \
    "normalize_channels normalize_channels_softmax normalize_channels_softmax_maxval"

/* --- Debian: parser.c, string_to_layer_type and parse_* */

static const struct ocsp_program_section debian[] = {
    {"net network", "", NULL},
    {"convolutional conv",
     "filters size stride pad padding groups activation batch_normalize binary xnor "
     "flipped dot",
     NULL},
    {"deconvolutional deconv",
     "filters size stride pad padding activation batch_normalize", NULL},
    {"connected conn", "output activation batch_normalize", NULL},
    {"local", "filters size stride pad activation", NULL},
    {"shortcut", "from activation alpha beta", NULL},
    {"route", "layers", NULL},
    {"maxpool max", "stride size padding", NULL},
    {"avgpool avg", "", NULL},
    {"upsample", "stride scale", NULL},
    {"reorg", "stride reverse flatten extra", NULL},
    {"crop", "crop_height crop_width flip angle saturation exposure noadjust shift",
     NULL},
    {"softmax soft", "groups temperature tree spatial noloss", NULL},
    {"activation", "activation", NULL},
    {"rnn", "output activation batch_normalize shortcut", NULL},
    {"gru", "output batch_normalize tanh", NULL},
    {"lstm", "output batch_normalize", NULL},
    {"crnn", "output_filters hidden_filters activation batch_normalize shortcut", NULL},
    {"normalization lrn", "alpha beta kappa size", NULL},
    {"yolo", "classes num mask max map anchors", NULL},
    {"region", "coords classes num softmax background max classfix tree map anchors",
     NULL},
    {"detection", "coords classes num side softmax sqrt max", NULL},
    {"batchnorm", "", NULL},
    {"dropout", "probability", NULL},
    {"cost", "type scale", NULL},
    {"iseg", "classes ids", NULL},
    {"logistic", "", NULL},
    {"l2norm", "", NULL},
};

/* --- AlexeyAB at 59596d78: parser.c; on CPU activate() has no case for relu6 and for
 * those that only some layers compute beside it */

static const struct ocsp_program_section alexeyab[] = {
    {"net network", "", NULL},
    {"convolutional conv",
     "filters groups size stride stride_x stride_y dilation antialiasing pad padding "
     "activation assisted_excitation share_index batch_normalize cbn binary xnor "
     "bin_output "
     "sway rotate stretch stretch_sway flipped dot angle coordconv",
     SCALAR " swish mish hard_mish " MIXING},
    {"connected conn", "output activation batch_normalize", SCALAR},
    {"local", "filters size stride pad activation", SCALAR},
    {"shortcut", "activation weights_type weights_normalization from",
     SCALAR " swish mish"},
    {"route", "layers groups group_id", NULL},
    {"maxpool max",
     "stride stride_x stride_y size padding maxpool_depth out_channels antialiasing",
     NULL},
    {"local_avgpool local_avg", "stride stride_x stride_y size padding", NULL},
    {"avgpool avg", "", NULL},
    {"upsample", "stride scale", NULL},
    {"reorg3d reorg", "stride reverse", NULL},
    {"crop", "crop_height crop_width flip angle saturation exposure noadjust shift",
     NULL},
    {"softmax soft", "groups temperature tree spatial noloss", NULL},
    {"activation", "activation", SCALAR},
    {"scale_channels", "from scale_wh activation", SCALAR},
    {"sam", "from activation", SCALAR},
    {"implicit", "mean std filters atoms", NULL},
    {"rnn", "output hidden activation batch_normalize logistic shortcut", SCALAR},
    {"gru", "output batch_normalize", NULL},
    {"lstm", "output batch_normalize", NULL},
    {"crnn",
     "size stride dilation pad padding output hidden groups activation batch_normalize "
     "xnor "
     "shortcut",
     NULL},
    {"conv_lstm",
     "size stride dilation pad padding output groups activation batch_normalize xnor "
     "peephole bottleneck state_constrain shortcut lstm_activation time_normalizer",
     NULL},
    {"history", "history_size", NULL},
    {"normalization lrn", "alpha beta kappa size", NULL},
    {"yolo", "classes num mask max scale_x_y new_coords map anchors", NULL},
    {"Gaussian_yolo", "classes num mask max scale_x_y map anchors", NULL},
    {"region", "coords classes num softmax max classfix tree map anchors", NULL},
    {"detection", "coords classes num side softmax sqrt max", NULL},
    {"contrastive", "classes yolo_layer temperature", NULL},
    {"batchnorm", "", NULL},
    {"dropout", "probability", NULL},
    {"cost", "type scale", NULL},
    {"empty silence", "", NULL},
};

/* --- hank-ai 5.1: darknet_cfg.cpp, complete, since find_unused_lines() stops at any
 * other key; create_network() has no case for reorg (but reorg3d), crop, local,
 * detection, … */

#define YOLO_KEYS                                                                        \
    "classes num mask max max_delta counters_per_class label_smooth_eps scale_x_y "      \
    "objectness_smooth iou_normalizer obj_normalizer cls_normalizer delta_normalizer "   \
    "iou_loss iou_thresh_kind beta_nms nms_kind jitter resize ignore_thresh "            \
    "truth_thresh iou_thresh random map anchors"

static const struct ocsp_program_section hank[] = {
    {"net network",
     "max_batches batch learning_rate learning_rate_min sgdr_cycle sgdr_mult momentum "
     "decay "
     "subdivisions time_steps track augment_speed sequential_subdivisions try_fix_nan "
     "weights_reject_freq equidistant_point badlabels_rejection_percentage "
     "num_sigmas_reject_badlabels ema_alpha use_cuda_graph loss_scale dynamic_minibatch "
     "optimized_memory workspace_size_limit_MB adam B1 B2 eps height width channels "
     "inputs "
     "flip blur gaussian_noise mixup cutmix mosaic letter_box mosaic_bound contrastive "
     "contrastive_jit_flip contrastive_color label_smooth_eps resize_step attention "
     "adversarial_lr max_chart_loss angle aspect saturation exposure hue power policy "
     "burn_in step scale steps scales seq_scales gamma show_receptive_field",
     NULL},
    {"convolutional conv",
     "filters groups size stride stride_x stride_y dilation antialiasing pad padding "
     "activation assisted_excitation share_index batch_normalize cbn binary xnor "
     "bin_output "
     "sway rotate stretch stretch_sway flipped dot angle grad_centr reverse coordconv "
     "stream "
     "wait_stream",
     SCALAR " relu6 swish mish hard_mish " MIXING},
    {"connected conn", "output activation batch_normalize", SCALAR " relu6"},
    {"shortcut", "activation weights_type weights_normalization from",
     SCALAR " relu6 swish mish"},
    {"route", "layers groups group_id stream wait_stream", NULL},
    {"maxpool max",
     "stride stride_x stride_y size padding maxpool_depth out_channels antialiasing "
     "maxpool_zero_nonmax",
     NULL},
    {"local_avgpool local_avg", "stride stride_x stride_y size padding", NULL},
    {"avgpool avg", "", NULL},
    {"upsample", "stride scale", NULL},
    {"reorg3d", "stride reverse", NULL},
    {"softmax soft", "groups temperature tree spatial noloss", NULL},
    {"scale_channels", "from scale_wh activation", SCALAR " relu6"},
    {"sam", "from activation", SCALAR " relu6"},
    {"rnn", "output hidden activation batch_normalize logistic shortcut",
     SCALAR " relu6"},
    {"lstm", "output batch_normalize", NULL},
    {"crnn",
     "size stride dilation pad padding output hidden groups activation batch_normalize "
     "xnor "
     "shortcut",
     NULL},
    {"yolo",
     YOLO_KEYS " new_coords focal_loss track_history_size sim_thresh dets_for_track "
               "dets_for_show track_ciou_norm embedding_layer",
     NULL},
    {"Gaussian_yolo", YOLO_KEYS " uc_normalizer yolo_point", NULL},
    {"region",
     "coords classes num max log sqrt softmax focal_loss rescore classfix absolute "
     "bias_match jitter resize thresh random coord_scale object_scale noobject_scale "
     "mask_scale class_scale tree map anchors",
     NULL},
    {"contrastive",
     "classes yolo_layer temperature cls_normalizer max_delta contrastive_neg_max", NULL},
    {"dropout", "dropblock probability dropblock_size_rel dropblock_size_abs", NULL},
    {"cost", "type scale ratio", NULL},
};

/* --- its ONNX export: darknet_onnx.cpp, populate_graph_nodes() and add_node_*() */

static const struct ocsp_program_section hank_onnx[] = {
    {"net network", "", NULL},
    {"convolutional conv", "filters size stride pad padding activation batch_normalize",
     NULL},
    {"shortcut", "from activation", NULL},
    {"route", "layers groups group_id", NULL},
    {"maxpool max", "stride size pad padding", NULL},
    {"upsample", "stride", NULL},
    {"yolo", "classes mask anchors scale_x_y", NULL},
};

/* --- OpenCV 4.x: modules/dnn/src/darknet/darknet_io.cpp. The activation is a key of
 * every section there. */

static const struct ocsp_program_section opencv[] = {
    {"net", "", NULL},
    {"convolutional",
     "filters size stride pad padding groups batch_normalize flipped activation", NULL},
    {"connected", "output batch_normalize activation", NULL},
    {"shortcut", "from alpha beta activation", NULL},
    {"route", "layers groups group_id activation", NULL},
    {"maxpool", "size stride padding activation", NULL},
    {"avgpool", "activation", NULL},
    {"upsample", "stride activation", NULL},
    {"reorg", "stride activation", NULL},
    {"softmax", "activation", NULL},
    {"scale_channels sam", "from activation", NULL},
    {"yolo", "classes num mask anchors scale_x_y new_coords", NULL},
    {"region", "coords classes num softmax classfix tree anchors", NULL},
    {"dropout cost", "activation", NULL},
};

/* --- tkDNN: src/DarknetParser.cpp */

static const struct ocsp_program_section tkdnn[] = {
    {"net", "width height channels", NULL},
    {"convolutional",
     "filters size stride stride_x stride_y pad padding groups batch_normalize "
     "activation",
     NULL},
    {"shortcut", "from activation", NULL},
    {"route", "layers groups group_id activation", NULL},
    {"maxpool", "size stride stride_x stride_y pad padding activation", NULL},
    {"avgpool", "size stride pad activation", NULL},
    {"upsample", "stride activation", NULL},
    {"reorg", "stride activation", NULL},
    {"yolo", "classes num mask anchors scale_x_y new_coords", NULL},
    {"region", "coords classes num anchors", NULL},
};

/* --- DeepStream-Yolo: nvdsinfer_custom_impl_Yolo/yolo.cpp and layers/ */

static const struct ocsp_program_section deepstream[] = {
    {"net", "", NULL},
    {"convolutional", "filters size stride pad padding groups batch_normalize activation",
     NULL},
    {"deconvolutional", "filters size stride pad", NULL},
    {"batchnorm", "activation", NULL},
    {"shortcut sam", "from activation", NULL},
    {"route", "layers groups group_id", NULL},
    {"maxpool max", "size stride padding", NULL},
    {"avgpool avg", "", NULL},
    {"upsample", "stride", NULL},
    {"reorg reorg3d", "stride", NULL},
    {"implicit", "filters atoms", NULL},
    {"yolo region", "classes num mask anchors scale_x_y new_coords softmax coords", NULL},
    {"dropout", "", NULL},
};

/* --- tensorrt_demos: yolo/yolo_to_onnx.py */

static const struct ocsp_program_section jkjung[] = {
    {"net", "", NULL},
    {"convolutional", "filters size stride pad padding batch_normalize activation", NULL},
    {"shortcut", "from activation", "linear"},
    {"route", "layers groups group_id", NULL},
    {"maxpool", "size stride padding", NULL},
    {"upsample", "stride", NULL},
    /* decoded behind the ONNX file, by plugins/yolo_layer.cu */
    {"yolo", "classes num mask anchors scale_x_y new_coords", NULL},
};

/* --- ncnn: tools/darknet/darknet2ncnn.cpp; it writes a layer without a type for any
 * other section */

static const struct ocsp_program_section ncnn[] = {
    {"net", "", NULL},
    {"convolutional",
     "filters size stride pad padding dilation batch_normalize activation", NULL},
    {"shortcut", "from activation", "linear"},
    {"route", "layers", NULL},
    {"maxpool", "size stride padding", NULL},
    {"upsample", "stride", NULL},
    {"yolo", "classes num mask anchors scale_x_y", NULL},
};

#define SECTIONS(table) .sections = table, .n_sections = sizeof table / sizeof *table
#define KNOWS(names)                                                                     \
    .activations = names, .unknown_activation = "it does not know this activation",      \
    .uncomputed_activation = "it does not know this activation here",                    \
    .refuses_activation = true

const struct ocsp_program ocsp_programs[OCSP_PROGRAMS] = {
    [OCSP_DEBIAN] = {.name = "Darknet (Debian)",
                     .base = -1,
                     .common = "dontload dontsave numload dontloadscales",
                     .activations = SCALAR_2018,
                     .unknown_activation = "unknown, it takes relu",
                     SECTIONS(debian)},
    [OCSP_ALEXEYAB] = {.name = "Darknet (AlexeyAB)",
                       .base = -1,
                       .common = "dontload dontloadscales",
                       .activations = SCALAR " relu6 swish mish hard_mish " MIXING,
                       .unknown_activation = "unknown, it takes relu",
                       .uncomputed_activation =
                           "its CPU code gives 0 for this activation "
                           "here",
                       SECTIONS(alexeyab)},
    [OCSP_HANK] = {.name = "hank-ai 5.1",
                   .base = -1,
                   .unknown_fatal = true,
                   .cuts_comments = true,
                   .common = "clip onlyforward dont_update burnin_update stopbackward "
                             "train_only_bn dontload dontloadscales learning_rate",
                   .activations = SCALAR " relu6 swish mish hard_mish " MIXING,
                   .unknown_activation = "it does not know this activation",
                   .uncomputed_activation =
                       "its CPU code gives 0 for this activation here",
                   SECTIONS(hank)},
    [OCSP_HANK_ONNX] = {.name = "hank-ai ONNX export",
                        .base = OCSP_HANK,
                        .cuts_comments = true,
                        .common = "dontload dontloadscales", /* the loader's */
                        KNOWS("leaky relu mish logistic linear"),
                        SECTIONS(hank_onnx)},
    [OCSP_OPENCV] = {.name = "OpenCV 4 DNN",
                     .base = -1,
                     .last_wins = true,
                     KNOWS("linear relu leaky swish mish logistic tanh"),
                     SECTIONS(opencv)},
    /* swish: only in some of its versions */
    [OCSP_TKDNN] = {.name = "tkDNN",
                    .base = -1,
                    .cuts_comments = true,
                    .last_wins = true,
                    KNOWS("linear relu leaky mish logistic"),
                    SECTIONS(tkdnn)},
    [OCSP_DEEPSTREAM] = {.name = "DeepStream-Yolo",
                         .base = -1,
                         KNOWS("linear relu logistic tanh leaky mish swish"),
                         SECTIONS(deepstream)},
    [OCSP_JKJUNG] = {.name = "yolo_to_onnx (jkjung)",
                     .base = -1,
                     .cuts_comments = true,
                     .last_wins = true,
                     KNOWS("linear leaky mish logistic"),
                     SECTIONS(jkjung)},
    [OCSP_NCNN] = {.name = "darknet2ncnn",
                   .base = -1,
                   .last_wins = true,
                   KNOWS("linear relu leaky mish"),
                   SECTIONS(ncnn)},
};

const struct ocsp_meaning ocsp_meanings[] = {
    {"convolutional conv", "groups", "1"},
    {"convolutional conv", "stride_x", "=stride"},
    {"convolutional conv", "stride_y", "=stride"},
    {"convolutional conv", "dilation", "1"},
    {"convolutional conv", "antialiasing", "0"},
    {"convolutional conv", "share_index", NULL},
    {"convolutional conv", "cbn", "0"},
    {"convolutional conv", "binary", "0"},
    {"convolutional conv", "xnor", "0"},
    {"convolutional conv", "flipped", "0"},
    {"convolutional conv", "sway", "0"},
    {"convolutional conv", "rotate", "0"},
    {"convolutional conv", "stretch", "0"},
    {"convolutional conv", "stretch_sway", "0"},
    {"convolutional conv", "coordconv", "0"},
    {"shortcut", "weights_type", "none"},
    {"shortcut", "alpha", "1"},
    {"shortcut", "beta", "1"},
    {"route", "groups", "1"},
    {"maxpool max", "stride_x", "=stride"},
    {"maxpool max", "stride_y", "=stride"},
    {"maxpool max", "maxpool_depth", "0"},
    {"maxpool max", "antialiasing", "0"},
    {"upsample", "scale", "1"},
    {"reorg", "reverse", "0"},
    {"reorg", "flatten", "0"},
    {"reorg", "extra", "0"},
    {"reorg3d", "reverse", "0"},
    {"softmax soft", "groups", "1"},
    {"softmax soft", "temperature", "1"},
    {"softmax soft", "tree", NULL},
    {"softmax soft", "spatial", "0"},
    {"scale_channels", "scale_wh", "0"},
    {"implicit", "atoms", "1"},
    {"rnn", "hidden", "=output"},
    {"rnn", "logistic", "0"},
    {"gru", "tanh", "0"},
    {"crnn", "output", NULL},
    {"crnn", "hidden", NULL},
    {"crnn", "output_filters", NULL},
    {"crnn", "hidden_filters", NULL},
    {"crnn", "groups", "1"},
    {"yolo Gaussian_yolo", "scale_x_y", "1"},
    {"yolo", "new_coords", "0"},
    {"region", "tree", NULL},
    /* layers that are not in the .weights file */
    {"*", "dontload", "0"},
    {"*", "dontsave", "0"},
    {"*", "numload", "0"},
    {"*", "dontloadscales", "0"},
};
const int ocsp_n_meanings = sizeof ocsp_meanings / sizeof *ocsp_meanings;

#define MISSING "it must be given"

const struct ocsp_needed_keys ocsp_needed_keys[] = {
    {OCSP_BIT(OCSP_DEEPSTREAM) | OCSP_BIT(OCSP_JKJUNG),
     "net",
     {"width", "height", "channels"},
     true,
     MISSING},
    {OCSP_BIT(OCSP_OPENCV) | OCSP_BIT(OCSP_TKDNN) | OCSP_BIT(OCSP_NCNN),
     "net",
     {"width", "height", "channels"},
     false,
     "absent, and it reads no inputs="},
    {OCSP_BIT(OCSP_DEEPSTREAM),
     "convolutional",
     {"filters", "size", "stride", "pad", "activation"},
     true,
     MISSING},
    {OCSP_BIT(OCSP_JKJUNG),
     "convolutional",
     {"filters", "size", "stride", "activation"},
     true,
     MISSING},
    {OCSP_BIT(OCSP_OPENCV), "convolutional", {"filters", "size"}, true, MISSING},
    {OCSP_BIT(OCSP_NCNN), "convolutional", {"activation"}, true, MISSING},
    {OCSP_BIT(OCSP_OPENCV) | OCSP_BIT(OCSP_TKDNN),
     "convolutional connected",
     {"activation"},
     false,
     "absent: it takes linear, Darknet logistic"},
    {OCSP_BIT(OCSP_HANK_ONNX),
     "convolutional conv",
     {"stride"},
     false,
     "absent: it takes 2, Darknet 1"},
    {OCSP_BIT(OCSP_HANK_ONNX),
     "convolutional conv",
     {"size"},
     false,
     "absent: it takes 3, Darknet 1"},
    {OCSP_BIT(OCSP_DEEPSTREAM) | OCSP_BIT(OCSP_JKJUNG),
     "maxpool max",
     {"size", "stride"},
     true,
     MISSING},
    {OCSP_BIT(OCSP_DEEPSTREAM) | OCSP_BIT(OCSP_JKJUNG),
     "upsample",
     {"stride"},
     true,
     MISSING},
    {OCSP_BIT(OCSP_OPENCV) | OCSP_BIT(OCSP_TKDNN),
     "upsample",
     {"stride"},
     false,
     "absent: it takes 1, Darknet 2"},
    {OCSP_BIT(OCSP_OPENCV), "reorg", {"stride"}, false, "absent: it takes 2, Darknet 1"},
    {OCSP_BIT(OCSP_JKJUNG), "shortcut", {"activation"}, true, MISSING},
    {OCSP_BIT(OCSP_DEEPSTREAM), "batchnorm", {"activation"}, true, MISSING},
    {OCSP_BIT(OCSP_DEEPSTREAM),
     "yolo region",
     {"classes", "num", "anchors"},
     true,
     MISSING},
    {OCSP_BIT(OCSP_TKDNN), "yolo", {"classes", "num", "mask"}, true, MISSING},
    {OCSP_BIT(OCSP_OPENCV), "yolo", {"classes", "num", "mask", "anchors"}, true, MISSING},
    {OCSP_BIT(OCSP_OPENCV), "region", {"classes", "num", "anchors"}, true, MISSING},
};
const int ocsp_n_needed_keys = sizeof ocsp_needed_keys / sizeof *ocsp_needed_keys;
