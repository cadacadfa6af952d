#!/bin/bash
# The same of a build with cuDNN, $CUDNN_DARKNET, whose convolutions round their factors as
# tensor cores do.
export CUDA_ON_CPU_TF32=1
GPU_DARKNET=${CUDNN_DARKNET:-} exec "$(dirname "$0")/test_gpu.sh"
