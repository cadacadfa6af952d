#!/bin/bash
# The same of a build with cuDNN, $CUDNN_DARKNET, whose convolutions round their factors as
# tensor cores do, on a device that is as late as CUDA lets it be.
export CUDA_ON_CPU_TF32=1 CUDA_ON_CPU_LATE=default
GPU_DARKNET=${CUDNN_DARKNET:-} exec "$(dirname "$0")/test_gpu.sh"
