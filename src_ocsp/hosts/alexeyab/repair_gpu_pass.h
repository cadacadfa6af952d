/* Passes of layers whose gradients the host's own get wrong, in AlexeyAB's GPU builds;
 * for l.forward_gpu, l.backward_gpu and l.update_gpu. What is wrong with each is said at
 * its body. Private to repair_gpu*.c. */
#ifndef OCSP_HOSTS_ALEXEYAB_REPAIR_GPU_PASS_H
#define OCSP_HOSTS_ALEXEYAB_REPAIR_GPU_PASS_H

#include "hosts/alexeyab/repair_gpu_replica.h"

ocsp_pass_function ocsp_gpu_forward_gelu, ocsp_gpu_forward_dropout,
    ocsp_gpu_forward_dropblock, ocsp_gpu_forward_softmax, ocsp_gpu_forward_boxes;
ocsp_pass_function ocsp_gpu_backward_added, ocsp_gpu_backward_convolutional,
    ocsp_gpu_backward_connected, ocsp_gpu_backward_batchnorm,
    ocsp_gpu_backward_activation, ocsp_gpu_backward_shortcut, ocsp_gpu_backward_loss,
    ocsp_gpu_backward_local_avgpool, ocsp_gpu_backward_place_scaling,
    ocsp_gpu_backward_dropout, ocsp_gpu_backward_dropblock;
#if OCSP_HAS_LOSS_SCALE
ocsp_gpu_update_function ocsp_gpu_update_connected;
#endif

/* Whether the host's backward of a convolution may write over its input's delta. */
bool ocsp_gpu_convolution_overwrites(const network *net);

#endif
