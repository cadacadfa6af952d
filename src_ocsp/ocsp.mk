# Read by the host's own Makefile before its first rule; OCSP_HOST names the host's folder in
# hosts/. Adds our objects and libraries to the host's program.
#
# Only hosts/ and engine/ see the host: its struct layer depends on the host's -D
# flags, so these rooms are compiled with the host's own flags. No room gets -Ofast, which would
# remove the tests for NaN.

ocsp_goal := $(.DEFAULT_GOAL)

include src_ocsp/rooms.mk
include src_ocsp/hosts.mk
ifeq ($(filter $(ocsp_hosts),$(OCSP_HOST)),)
$(error OCSP_HOST=$(OCSP_HOST) is none of: $(ocsp_hosts))
endif
ocsp_src := $(foreach r,$(ocsp_rooms) $(call ocsp_host_folders,$(OCSP_HOST)),$(wildcard src_ocsp/$r/*.c))
# what training refuses in any host: `ocsp lint` names it
ocsp_src := $(sort $(filter-out src_ocsp/cli/main.c,$(ocsp_src)) $(wildcard src_ocsp/hosts/*/rules*.c))
ifeq ($(GPU), 1)
OCSP_ONEDNN := 0
endif
ifeq ($(wildcard src_ocsp/hosts/$(OCSP_HOST)/compat.h),)
OCSP_ONEDNN := 0
endif
include src_ocsp/engine.mk
ifneq ($(OCSP_ONEDNN), 1)
ocsp_src := $(filter-out $(ocsp_engine_src),$(ocsp_src))
endif
ocsp_names := $(ocsp_src:src_ocsp/%.c=ocsp/%.o)
ocsp_cpp_names := $(ocsp_opencv_src:src_ocsp/%.cpp=ocsp/%.cpp.o)
ocsp_obj := $(addprefix $(OBJDIR),$(ocsp_names))

ifeq ($(GPU), 1)
ocsp_cuda_names := $(patsubst src_ocsp/%.cu,ocsp/%.cu.o,$(wildcard src_ocsp/train/*.cu src_ocsp/hosts/$(OCSP_HOST)/*.cu))
ocsp_cuda := $(addprefix $(OBJDIR),$(ocsp_cuda_names))
endif

$(ocsp_object_list_$(OCSP_HOST)) += $(ocsp_names) $(ocsp_cpp_names) $(ocsp_cuda_names)
$(ocsp_programs_$(OCSP_HOST)): LDFLAGS += $(ocsp_engine_libs) $(ocsp_opencv_libs) -ljansson -lmd -lm

# What C itself forbids ends a build, as with newer compilers: a call of another signature
# would crash.
OCSP_FLAGS := -DOCSP_HOST=$(OCSP_HOST) $(ocsp_opencv_flags) $(call ocsp_features,$(OCSP_HOST),.) -std=gnu11 -fPIC -Wall \
	-Werror=implicit-function-declaration -Werror=incompatible-pointer-types -Werror=int-conversion -Isrc_ocsp
ifeq ($(OPENMP), 1)
OCSP_FLAGS += -fopenmp
endif
OCSP_OPT := $(if $(filter 1,$(DEBUG)),-O0 -g,-O2)

# Host headers come by -isystem: our warnings are not for them. -MD, unlike -MMD, still
# notes them as dependencies.
OCSP_HOST_FLAGS = $(patsubst -I%,-isystem %,$(patsubst -Ofast,-O2,$(COMMON) $(CFLAGS))) \
	-fno-fast-math -isystem include -isystem src

$(ocsp_obj): OCSP_ROOM_FLAGS := $(OCSP_OPT) -MMD
# it has the loops over all weights
$(filter $(OBJDIR)ocsp/prune/%,$(ocsp_obj)): OCSP_ROOM_FLAGS := $(OCSP_OPT:-O2=-O3) \
	$(filter -fopenmp,$(ocsp_engine_flags)) -MMD
$(filter $(addprefix $(OBJDIR)ocsp/,hosts/% engine/% train/%),$(ocsp_obj)): OCSP_ROOM_FLAGS = $(OCSP_HOST_FLAGS) $(ocsp_engine_flags) -MD

# -x c: the host's CC may be g++ (USE_CPP=1); our code is C.
$(ocsp_obj): $(OBJDIR)ocsp/%.o: src_ocsp/%.c $(wildcard src_ocsp/*.mk src_ocsp/hosts/*/*.mk) Makefile
	@mkdir -p $(@D)
	$(CC) $(OCSP_ROOM_FLAGS) $(OCSP_FLAGS) -MP -x c -c $< -o $@

# it sees no host
ocsp_cpp := $(addprefix $(OBJDIR),$(ocsp_cpp_names))
$(ocsp_cpp): $(OBJDIR)ocsp/%.cpp.o: src_ocsp/%.cpp $(wildcard src_ocsp/*.mk) Makefile
	@mkdir -p $(@D)
	$(OCSP_CXX) -std=gnu++17 -O2 -fPIC -Wall -Isrc_ocsp $(patsubst -I%,-isystem %,$(ocsp_opencv_include)) -MMD -MP -c $< -o $@

# compiled with it, or without
$(if $(ocsp_cpp),$(OBJDIR)ocsp/train/predictor_opencv.o: $(ocsp_cpp))

$(ocsp_cuda): $(OBJDIR)ocsp/%.cu.o: src_ocsp/%.cu $(wildcard src_ocsp/*/*.h src_ocsp/hosts/*/*.h) Makefile
	@mkdir -p $(@D)
	$(NVCC) $(ARCH) $(COMMON) -Isrc_ocsp -Iinclude -Isrc \
		--compiler-options "$(patsubst -Ofast,-O2,$(CFLAGS))" -c $< -o $@

-include $(ocsp_obj:.o=.d) $(ocsp_cpp:.o=.d)

# The tests stay in the checkout that apply came from. It compiles them with this tree's
# sources, by those of this tree's flags that say how to compute.
ocsp_check_flags = $(filter -O% -m% -f%,$(CFLAGS))
# A GPU build's gradients are tested on the device; -lcuda is only where a driver is.
ocsp_check_gpu = $(if $(filter 1,$(GPU)),HOST_TEST_GPU=1 HOST_TEST_NVCC="$(NVCC)" HOST_TEST_ARCH="$(ARCH)" \
	HOST_TEST_CUDA_FLAGS="$(sort $(filter -DGPU -DCUDNN -DCUDNN_HALF -I/%,$(COMMON) $(CFLAGS)))" \
	HOST_TEST_CUDA_LIBS="$(filter-out -lcuda,$(filter -L/% -lcu%,$(LDFLAGS)))")
ocsp_refuse = { echo "ocsp-check: $1" >&2; exit 1; }

.PHONY: ocsp-check
ocsp-check:
	@checkout=$$(cat src_ocsp/checkout); apply=$$checkout/darknet_patch/apply; \
	[ -x "$$apply" ] || \
		$(call ocsp_refuse,no OCSP checkout at $$checkout: run the apply of another on this tree); \
	[ $(words $(CURDIR)) = 1 ] || $(call ocsp_refuse,the tests need a path without spaces); \
	state=$$("$$apply" --check "$(CURDIR)") || exit 1; \
	case $$state in *"with this version"*) ;; \
		*) $(call ocsp_refuse,not the version of $$checkout: run its apply on this tree) ;; esac; \
	$(if $(filter 1,$(GPU)),echo "ocsp-check: GPU=1: gradients on the device and all else on the CPU";) \
	$(MAKE) --no-print-directory -C "$$checkout" host-test HOST_DIR="$(CURDIR)" \
		HOST_TEST_BUILD="$(abspath $(OBJDIR)ocsp/check)" OCSP_ONEDNN=$(OCSP_ONEDNN) \
		HOST_TEST_HOST_FLAGS="$(ocsp_check_flags)" $(ocsp_check_gpu) $(if $(findstring ++,$(CC)),,CC="$(CC)")

.DEFAULT_GOAL := $(ocsp_goal)
