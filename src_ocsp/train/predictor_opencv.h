/* OpenCV's DNN as a predictor. */
#ifndef OCSP_TRAIN_PREDICTOR_OPENCV_H
#define OCSP_TRAIN_PREDICTOR_OPENCV_H

#include "train/predictor.h"

/* NULL where it is not built in. */
const struct ocsp_predictor *ocsp_predictor_opencv(void);

#endif
