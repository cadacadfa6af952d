"""The calls that every Darknet gets, as edits. A host's file in hosts/ says where each belongs.

src_ocsp/train/hook.h and src_ocsp/cli/train.h say what the functions do.
"""

from edits import Edit


def c_linkage(*prototypes):
    """AlexeyAB's tree may be built as C++; our functions stay C."""
    return ("#ifdef __cplusplus", 'extern "C" {', "#endif", *prototypes,
            "#ifdef __cplusplus", "}", "#endif")


def main_edits(file):
    return [
        Edit(file, "after", r"extern void run_detector\(",
             c_linkage("int ocsp_main_early(int argc, char **argv);",
                       "int ocsp_main(int argc, char **argv);")),
        # before anything is printed or set up for a network: the output of a command may be
        # JSON, and a restart must not print twice
        Edit(file, "before", r"#ifndef GPU", (
            "    const int ocsp_status = ocsp_main_early(argc, argv);",
            "    if (ocsp_status >= 0)",
            "        return ocsp_status;"), "main"),
        Edit(file, "before", r'[ \t]*if ?\(0 == strcmp\(argv\[1\], "average"\)\)',
             ('if (0 == strcmp(argv[1], "ocsp")) return ocsp_main(argc - 1, argv + 1);',)),
    ]


def loop_edits(file, function, first_load):
    """The insertions that hook one of the host's training loops; `first_load` is the anchor
    of the place before which the first batch is loaded."""
    return [
        Edit(file, "before", r"void %s\(" % function, c_linkage(
            "void ocsp_hook_seed(void);",
            "void ocsp_hook_start(void *nets, int ngpus, void *net, char **base);",
            "void ocsp_hook_loader(int *threads);",
            "void ocsp_hook_begin(void *loader);",
            "void ocsp_hook_batch(void *data, void *loader);",
            "void ocsp_hook_step(char **base, float loss, float *average_loss);")),
        Edit(file, "after", r"[ \t]+srand\(seed\);", ("ocsp_hook_seed();",), function),
        Edit(file, "after", r"[ \t]+network ?\*? ?net ?= ?nets\[0\];",
             ("ocsp_hook_start(nets, ngpus, &net, &base);",), function),
        Edit(file, "before", first_load, ("ocsp_hook_loader(&args.threads);",), function),
        Edit(file, "after", r"[ \t]+while ?\(get_current_(batch|iteration)\(net\) ?< ?net",
             ("    ocsp_hook_begin(&load_thread);",), function),
        Edit(file, "before", r"[ \t]+float loss ?= ?0;",
             ("ocsp_hook_batch(&train, &load_thread);",), function),
        Edit(file, "after", r"[ \t]+avg_loss ?= ?avg_loss ?\* ?0?\.9 ?\+ ?loss ?\* ?0?\.1;",
             ("ocsp_hook_step(&base, loss, &avg_loss);",), function),
    ]


# The one `args.threads` counts that is set last.
CLASSIFIER_LOAD = r"[ \t]+args\.d ?= ?&buffer;"
DETECTOR_LOAD = r"[ \t]+pthread_t load_thread ?= ?load_data\(args\);"


def map_edits(file, function):
    """-map copies the network in training to a second one, of the cfg's shapes."""
    return [
        Edit(file, "before", r"void %s\(" % function, c_linkage(
            "void ocsp_hook_map(void *map, float *best);",
            "void ocsp_hook_map_value(float value);")),
        Edit(file, "before", r"[ \t]+copy_weights_net\(net, &net_map\);",
             ("ocsp_hook_map(&net_map, &best_map);",), function),
        Edit(file, "after", r"[ \t]+mean_average_precision ?= ?validate_detector_map\(",
             ("ocsp_hook_map_value(mean_average_precision);",), function),
    ]


def predict_edits(net):
    """The insertions for inference; `net` is the network's address. The prototype is weak:
    the hosts' libraries hold network.c, and one of them none of our objects."""
    return [
        Edit("src/network.c", "before", r"float \*network_predict\(network", c_linkage(
            "void ocsp_hook_predict(void *net) __attribute__((weak));")),
        Edit("src/network.c", "after", r"\{",
             ("    if (ocsp_hook_predict) ocsp_hook_predict(%s);" % net,), "network_predict"),
    ]


def draw_edits():
    """What draws a batch's images; weak as in predict_edits. Where the first function is,
    the second calls it."""
    functions = ("get_random_paths_custom", "get_random_paths")
    return [
        Edit("src/data.c", "after", r"pthread_mutex_t mutex ?=", c_linkage(
            "int ocsp_hook_draw(char **paths, int n, int m, char **drawn)",
            "    __attribute__((weak));")),
        Edit("src/data.c", "after", r"[ \t]+char ?\*\* ?random_paths ?= ?.*calloc\(n,", (
            "if (ocsp_hook_draw && ocsp_hook_draw(paths, n, m, random_paths))",
            "    return random_paths;"), functions),
    ]


def save_edits():
    """The host's own weights, whole or not there; weak as in predict_edits."""
    function = "save_weights_upto"
    return [
        Edit("src/parser.c", "before", r"void %s\(" % function, c_linkage(
            "char *ocsp_hook_save(char *path) __attribute__((weak));",
            "void ocsp_hook_saved(FILE *file) __attribute__((weak));")),
        Edit("src/parser.c", "before", r"[ \t]+FILE \*fp = fopen\(filename",
             ("if (ocsp_hook_save) filename = ocsp_hook_save(filename);",), function),
        Edit("src/parser.c", "before", r"[ \t]+fclose\(fp\);",
             ("if (ocsp_hook_saved) ocsp_hook_saved(fp);",), function),
    ]


def section_edits(train, save_anchor):
    """Sections that no Darknet knows: the parser asks us, leaves us their part of a .weights
    file, and we resize them; weak as in predict_edits. `train`: whether the layer will be
    trained; `save_anchor`: what stands before the first type of layer that is saved."""
    resize = "resize_network"
    return [
        Edit("src/parser.c", "before", r"LAYER_TYPE string_to_layer_type\(char ?\* ?type\)\s*$",
             c_linkage(
                 "int ocsp_hook_section(void *l, const char *name, void *options, int index,",
                 "    const int shape[6]) __attribute__((weak));",
                 "void ocsp_hook_load_section(const void *l, void *file) __attribute__((weak));",
                 "void ocsp_hook_save_section(const void *l, void *file) __attribute__((weak));")),
        Edit("src/parser.c", "before", r'[ \t]+fprintf\(stderr, "Type not recognized', (
            "const int ocsp_shape[6] = {params.batch, params.w, params.h, params.c,",
            "                           params.inputs, %s};" % train,
            "if (!ocsp_hook_section ||",
            "    !ocsp_hook_section(&l, s->type, options, count, ocsp_shape))")),
        Edit("src/parser.c", "after", r"[ \t]+if ?\(l\.dontload\) ?continue;",
             ("if (ocsp_hook_load_section) ocsp_hook_load_section(&l, fp);",),
             "load_weights_upto"),
        Edit("src/parser.c", "after", save_anchor,
             ("if (ocsp_hook_save_section) ocsp_hook_save_section(&l, fp);",),
             "save_weights_upto"),
        Edit("src/network.c", "before", r"int %s\(" % resize, c_linkage(
            "int ocsp_hook_resize_section(void *l, int w, int h) __attribute__((weak));")),
        Edit("src/network.c", "after", r"[ \t]+layer l ?= ?net->layers\[i\];", (
            "if (ocsp_hook_resize_section && ocsp_hook_resize_section(&l, w, h)) {",
            "    net->layers[i] = l;",
            "    w = l.out_w;",
            "    h = l.out_h;",
            "    inputs = l.outputs;",
            "    continue;",
            "}"), resize),
    ]


def makefile_edit(variant):
    """Before the first rule: the host's variables are set, its rules not yet read."""
    return Edit("Makefile", "before", r"all:",
                ("OCSP_HOST = " + variant, "include src_ocsp/ocsp.mk"))
