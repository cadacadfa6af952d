/* Short words for the tables of this room: sets of programs, lists of activations. */
#ifndef OCSP_LINT_PROGRAM_WORDS_H
#define OCSP_LINT_PROGRAM_WORDS_H

#include "lint/programs.h"

#define FOR_DEBIAN OCSP_BIT(OCSP_DEBIAN)
#define FOR_ALEXEYAB OCSP_BIT(OCSP_ALEXEYAB)
#define FOR_HANK OCSP_BIT(OCSP_HANK)
#define FOR_ONNX OCSP_BIT(OCSP_HANK_ONNX)
#define FOR_OPENCV OCSP_BIT(OCSP_OPENCV)
#define FOR_TKDNN OCSP_BIT(OCSP_TKDNN)
#define FOR_DEEPSTREAM OCSP_BIT(OCSP_DEEPSTREAM)
#define FOR_JKJUNG OCSP_BIT(OCSP_JKJUNG)
#define FOR_NCNN OCSP_BIT(OCSP_NCNN)
/* AlexeyAB's Darknet, and hank-ai's, which is made from it; all three Darknets */
#define FOR_ALEXEYABS (FOR_ALEXEYAB | FOR_HANK)
#define FOR_DARKNETS (FOR_DEBIAN | FOR_ALEXEYABS)

/* activations.c of each Darknet: what get_activation knows, and what activate() computes
 */
#define SCALAR_2018                                                                      \
    "logistic loggy relu elu selu relie plse hardtan lhtan linear ramp leaky tanh stair"
#define SCALAR SCALAR_2018 " gelu revleaky"
#define MIXING                                                                           \
    "normalize_channels normalize_channels_softmax normalize_channels_softmax_maxval"

/* texts of several sections */
#define MUST_BE_GIVEN "it must be given"

#endif
