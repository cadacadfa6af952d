/* OpenCV's DNN module, which reads a cfg and a .weights file by itself. It sees neither a
 * host nor a host's network. Built where OCSP_OPENCV=1 asks for it: see engine.mk. */
#ifndef OCSP_ENGINE_OPENCV_DNN_H
#define OCSP_ENGINE_OPENCV_DNN_H

#include <stddef.h>

#include "net/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ocsp_opencv_net;

/* shape: of a batch of images, n, c, h and w. `name`: of the cfg, for messages. The files
 * are not needed any more once it returns. */
enum ocsp_status ocsp_opencv_open(struct ocsp_opencv_net **out, const char *cfg,
                                  const char *weights, const int shape[4],
                                  const char *name, struct ocsp_error *err);
/* images [n, c, h, w]. */
enum ocsp_status ocsp_opencv_predict(struct ocsp_opencv_net *net, float *images,
                                     struct ocsp_error *err);
/* Seconds [n_layers] that each section of the cfg took in the last prediction: its layers
 * of OpenCV's together. What is computed together with a layer before has none. */
void ocsp_opencv_layer_seconds(const struct ocsp_opencv_net *net, double *seconds,
                               int n_layers);
void ocsp_opencv_close(struct ocsp_opencv_net *net); /* accepts NULL */

/* "OpenCV 4.6.0" */
void ocsp_opencv_describe(char *text, size_t size);
/* threads > 0; else it takes all cores. */
void ocsp_opencv_set_threads(int threads);

#ifdef __cplusplus
}
#endif

#endif
