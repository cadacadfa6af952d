"""pjreddie's Darknet, as Debian packages it."""

from edits import Variant
from hooks import (CLASSIFIER_LOAD, DETECTOR_LOAD, draw_edits, loop_edits, main_edits,
                   makefile_edit, predict_edits, save_edits, section_edits)

VARIANT = Variant(
    name="pjreddie's Darknet (Debian)",
    edits=(
        *main_edits("examples/darknet.c"),
        *loop_edits("examples/classifier.c", "train_classifier", CLASSIFIER_LOAD),
        *loop_edits("examples/detector.c", "train_detector", DETECTOR_LOAD),
        *draw_edits(),
        *predict_edits("net"),
        *save_edits(),
        *section_edits("1", r"[ \t]+if ?\(l\.dontsave\) ?continue;"),
        makefile_edit("debian"),
    ))
