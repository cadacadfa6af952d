/* What AlexeyAB's Darknet gained after its oldest version that we take, as bits of
 * ocsp_host_build.features: those that refusals and repairs ask for. OCSP_HAS_* of
 * features.mk says what a tree has. */
#ifndef OCSP_HOSTS_ALEXEYAB_FEATURES_H
#define OCSP_HOSTS_ALEXEYAB_FEATURES_H

enum ocsp_alexeyab_feature {
    OCSP_ALEXEYAB_DONT_UPDATE = 1 << 0,
    OCSP_ALEXEYAB_TRAIN_ONLY_BN = 1 << 1,
    OCSP_ALEXEYAB_RELU6 = 1 << 2,
    OCSP_ALEXEYAB_GELU = 1 << 3,
    OCSP_ALEXEYAB_HARD_MISH = 1 << 4,
    OCSP_ALEXEYAB_STRIDED_1X1 = 1 << 5,
    OCSP_ALEXEYAB_COORDCONV = 1 << 6,
    OCSP_ALEXEYAB_MAXPOOL_ZERO_NONMAX = 1 << 7,
    OCSP_ALEXEYAB_STREAMS = 1 << 8,
    OCSP_ALEXEYAB_CUDA_GRAPH = 1 << 9,
    OCSP_ALEXEYAB_REVLEAKY = 1 << 10,
    OCSP_ALEXEYAB_ADVERSARIAL = 1 << 11,
    OCSP_ALEXEYAB_GRAD_CENTR = 1 << 12,
    OCSP_ALEXEYAB_REJECTION = 1 << 13,
    OCSP_ALEXEYAB_LOSS_SCALE = 1 << 14,
    OCSP_ALEXEYAB_SCALED_RATE = 1 << 15,
    OCSP_ALEXEYAB_CLIP = 1 << 16,
    OCSP_ALEXEYAB_REVERSE = 1 << 17,
    OCSP_ALEXEYAB_UNTRAINED = 1 << 18,
    OCSP_ALEXEYAB_BATCHNORM_BUFFERS = 1 << 19,
    OCSP_ALEXEYAB_NEWEST = (1 << 20) - 1, /* all of them */
    /* no feature: built without OpenCV */
    OCSP_ALEXEYAB_NO_OPENCV = 1 << 20
};

/* Those of the tree that compiles this line. */
#define OCSP_ALEXEYAB_FEATURES                                                           \
    (OCSP_ALEXEYAB_HAS(DONT_UPDATE) | OCSP_ALEXEYAB_HAS(TRAIN_ONLY_BN) |                 \
     OCSP_ALEXEYAB_HAS(RELU6) | OCSP_ALEXEYAB_HAS(GELU) | OCSP_ALEXEYAB_HAS(HARD_MISH) | \
     OCSP_ALEXEYAB_HAS(STRIDED_1X1) | OCSP_ALEXEYAB_HAS(COORDCONV) |                     \
     OCSP_ALEXEYAB_HAS(MAXPOOL_ZERO_NONMAX) | OCSP_ALEXEYAB_HAS(STREAMS) |               \
     OCSP_ALEXEYAB_HAS(CUDA_GRAPH) | OCSP_ALEXEYAB_HAS(REVLEAKY) |                       \
     OCSP_ALEXEYAB_HAS(ADVERSARIAL) | OCSP_ALEXEYAB_HAS(GRAD_CENTR) |                    \
     OCSP_ALEXEYAB_HAS(REJECTION) | OCSP_ALEXEYAB_HAS(LOSS_SCALE) |                      \
     OCSP_ALEXEYAB_HAS(SCALED_RATE) | OCSP_ALEXEYAB_HAS(CLIP) |                          \
     OCSP_ALEXEYAB_HAS(REVERSE) | OCSP_ALEXEYAB_HAS(UNTRAINED) |                         \
     OCSP_ALEXEYAB_HAS(BATCHNORM_BUFFERS) | OCSP_ALEXEYAB_LACKS_OPENCV)
#ifdef OPENCV
#define OCSP_ALEXEYAB_LACKS_OPENCV 0
#else
#define OCSP_ALEXEYAB_LACKS_OPENCV OCSP_ALEXEYAB_NO_OPENCV
#endif
#define OCSP_ALEXEYAB_HAS(name) (OCSP_HAS_##name ? OCSP_ALEXEYAB_##name : 0)

#endif
