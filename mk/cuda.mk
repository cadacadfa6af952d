# Tests of CUDA code: by the emulator of tests/cuda_on_cpu/, and on a GPU where nvcc is.
CUDA_MK := $(CUDA_NVCC_NEEDS) mk/cuda.mk

# A tests/cuda/test_X.cu tests the emulator.
CUDA_TESTS := $(patsubst %.cu,$B/%,$(wildcard tests/cuda/test_*.cu))

$(CUDA_TESTS:=.o): $B/%.o: %.cu tests/cuda/cuda_array.h $(CUDA_MK)
	$(call compile,NVCC,$(CUDA_NVCC))

$(CUDA_TESTS): %: %.o $(CUDA_LIBS) mk/cuda.mk
	$(call link,$(CXX),-lcmocka -L$(CUDA_ON_CPU) -lcuda -lcudart -lcublas -lcudnn -lcurand)

.SECONDARY: $(CUDA_TESTS:=.o)

# src_ocsp/train/device.h without a host: its kernels on the CPU, and by nvcc where that is.
DEVICE_SRC := src_ocsp/train/device.c src_ocsp/hosts/fatal.c tests/cuda/test_device.c
DEVICE_CUDA := src_ocsp/train/device_kernels.cu
NVCC ?= $(firstword $(wildcard /usr/local/cuda/bin/nvcc) $(shell command -v nvcc))
# for nvcc, as ARCH="-gencode arch=compute_90,code=sm_90"; left out: its default
ARCH ?=

$B/device/%.o: %.c $(CUDA_MK)
	$(call compile,CC,$(OUR_CC) -DGPU -I$(CUDA_TOOL)/include -Itests/unit)

$B/device/%.cu.o: %.cu src_ocsp/train/device_kernels.h $(CUDA_MK)
	$(call compile,NVCC,$(CUDA_NVCC) -Isrc_ocsp)

DEVICE_ON_CPU := $B/tests/cuda/test_device
CUDA_TESTS += $(DEVICE_ON_CPU)
$(DEVICE_ON_CPU): $(DEVICE_SRC:%.c=$B/device/%.o) $(DEVICE_CUDA:%=$B/device/%.o) $(TEST_OBJ) $(LIB_OBJ) $(CUDA_LIBS) mk/cuda.mk
	$(call link,$(CXX),-lcmocka $(LDLIBS) -L$(CUDA_ON_CPU) -lcudart)

ifneq ($(NVCC),)
CUDA_HOME := $(patsubst %/bin/nvcc,%,$(NVCC))
DEVICE_TEST := build/gpu/test_device

build/gpu/%.o: %.c $(RECIPES) mk/cuda.mk
	$(call compile,CC,$(OUR_CC) -DGPU -isystem $(CUDA_HOME)/include -Itests/unit,gpu)

build/gpu/%.cu.o: %.cu $(wildcard src_ocsp/train/*.h src_ocsp/hosts/*/*.h) $(RECIPES) mk/cuda.mk
	$(call compile,NVCC,$(NVCC) $(ARCH) -O2 -DGPU -Isrc_ocsp,gpu)

# every .cu that there is: whether they compile and link
$(DEVICE_TEST): $(DEVICE_SRC:%.c=build/gpu/%.o) $(patsubst %,build/gpu/%.o,$(wildcard src_ocsp/train/*.cu src_ocsp/hosts/*/*.cu)) $(TEST_OBJ) $(LIB_OBJ) mk/cuda.mk
	$(call link,$(CXX),-lcmocka $(LDLIBS) -L$(CUDA_HOME)/lib64 -Wl$(comma)-rpath$(comma)$(CUDA_HOME)/lib64 -lcudart)
comma := ,
endif

-include $(DEVICE_SRC:%.c=$B/device/%.d) $(DEVICE_SRC:%.c=build/gpu/%.d)

.PHONY: device-test
device-test: $(DEVICE_TEST) ## the kernels on this machine's GPU; ARCH= is nvcc's
	@[ -n "$(DEVICE_TEST)" ] || { echo "device-test: no nvcc: set NVCC"; exit 1; }
	@tests/run $(DEVICE_TEST)
