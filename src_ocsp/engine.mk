# The CPU engine of src_ocsp/engine/ is built where oneDNN 2 or 3 is (Debian: libdnnl-dev).
# OCSP_ONEDNN=0 leaves it out, OCSP_ONEDNN=1 insists on it.
OCSP_ONEDNN ?= $(shell printf '%s\n' '$(ocsp_hash)include <dnnl.h>' \
	'$(ocsp_hash)if DNNL_VERSION_MAJOR != 2 && DNNL_VERSION_MAJOR != 3' \
	'$(ocsp_hash)error another' '$(ocsp_hash)endif' | \
	$(CC) -x c -E - >/dev/null 2>&1 && echo 1 || echo 0)
ocsp_hash := \#

OCSP_CXX ?= g++

# asked once, not at every use
OCSP_ONEDNN := $(OCSP_ONEDNN)
ocsp_engine_src := $(wildcard src_ocsp/engine/*.c)
ifeq ($(OCSP_ONEDNN), 1)
ocsp_engine_flags := -DOCSP_ONEDNN -fopenmp
ocsp_engine_libs := -ldnnl -fopenmp
endif

# OpenCV's DNN, for `ocsp speed -engine opencv` alone: where the host is built with OPENCV=1, or
# OCSP_OPENCV=1 says so, and its headers are (Debian: libopencv-dev, or libopencv-dnn-dev).
OCSP_OPENCV ?= $(if $(filter 1,$(OPENCV)),1,0)
ifeq ($(OCSP_OPENCV), 1)
ocsp_opencv_include := $(or $(shell pkg-config --cflags opencv4 2>/dev/null),-I/usr/include/opencv4)
# OpenCV 5 reads no cfg any more
ifneq ($(shell printf '%s\n' '$(ocsp_hash)include <opencv2/dnn.hpp>' '$(ocsp_hash)if CV_VERSION_MAJOR > 4' \
	'$(ocsp_hash)error another' '$(ocsp_hash)endif' | $(OCSP_CXX) -x c++ -E $(ocsp_opencv_include) - >/dev/null 2>&1 && echo 1),)
ocsp_opencv_src := src_ocsp/engine/opencv_dnn.cpp
ocsp_opencv_flags := -DOCSP_OPENCV_DNN
ocsp_opencv_libs := $(shell pkg-config --libs-only-L opencv4 2>/dev/null) -lopencv_dnn -lopencv_core -lstdc++
endif
endif
