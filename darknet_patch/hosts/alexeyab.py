"""AlexeyAB's Darknet, from March 2020 on. src_ocsp/hosts/alexeyab/features.mk lists what newer
trees have besides."""

from edits import Edit, Requirement, Variant
from hooks import (CLASSIFIER_LOAD, DETECTOR_LOAD, draw_edits, loop_edits, main_edits,
                   makefile_edit, map_edits, predict_edits, save_edits, section_edits)

VARIANT = Variant(
    name="AlexeyAB's Darknet",
    requirements=(
        Requirement("include/darknet.h", "cur_iteration",
                    "tag darknet_yolo_v3_optimal of March 2020"),
    ),
    edits=(
        *main_edits("src/darknet.c"),
        *loop_edits("src/classifier.c", "train_classifier", CLASSIFIER_LOAD),
        # Until June 2020 every training ended in an abort, because these networks were freed
        # before.
        Edit("src/classifier.c", "before", r"[ \t]+free\(nets\);", ("nets = 0;",),
             "train_classifier", second_match=True),
        *loop_edits("src/detector.c", "train_detector", DETECTOR_LOAD),
        *map_edits("src/detector.c", "train_detector"),
        *draw_edits(),
        *predict_edits("&net"),
        *save_edits(),
        *section_edits("params.train", r"[ \t]+layer l ?= ?net(\.|->)layers\[i\];"),
        makefile_edit("alexeyab"),
        Edit("CMakeLists.txt", "after",
             r"target_compile_definitions\(uselib PRIVATE -DUSE_CMAKE_LIBS\)",
             ("set(OCSP_HOST alexeyab)", "set(OCSP_TARGETS dark darknet)",
              "include(src_ocsp/ocsp.cmake)"), optional=True),
    ))
