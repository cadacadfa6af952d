# Tests of room host/ through a host's own code, on CPU.
#
#     make host-test HOST_DIR=path/to/darknet      patched or not, of either variant
#     make ocsp-check                              in a patched tree, see src_ocsp/ocsp.mk
#
# The host's sources are compiled outside its tree, twice: in double precision for the
# gradients, and as they are for all other tests.

ifeq ($(HOST_DIR),)

.PHONY: host-test
host-test: ## tests of host/ in HOST_DIR, an unpacked Darknet
	@echo "host-test: set HOST_DIR to an unpacked Darknet"; exit 2

else

include src_ocsp/hosts.mk
HOST_TEST_VARIANT := $(firstword $(foreach h,$(ocsp_hosts),$(if $(wildcard $(HOST_DIR)/$(ocsp_mark_$h)),$h)))
HOST_TEST_BUILD ?= build/host-test/$(HOST_TEST_VARIANT)
include src_ocsp/engine.mk
# -fsanitize=address ... for all of it; name another HOST_TEST_BUILD with it. (-fopenmp:
# run with OMP_NUM_THREADS=1, the cases that crash the stock host fork.)
HOST_TEST_FLAGS ?=
# How the host itself is compiled, as -Ofast -mavx: for all but the gradients, whose double
# precision the host's AVX code does not know. `make ocsp-check` in a patched tree sets it.
HOST_TEST_HOST_FLAGS ?=

# programs, loops (which a patch makes call the hook), and files that nobody builds
host_test_skip := darknet detector classifier compare yolo_console_dll
host_test_c := $(filter-out $(host_test_skip:%=$(HOST_DIR)/src/%.c),$(wildcard $(HOST_DIR)/src/*.c))
host_test_cpp := $(wildcard $(HOST_DIR)/src/http_stream.cpp $(HOST_DIR)/src/image_opencv.cpp)
# per program: what it needs besides its own file
# what training refuses: of the cfg alone
host_test_rules := $(addprefix src_ocsp/,net/error.c net/cfg.c net/class_tree.c net/file.c net/line_list.c net/nearest.c \
	net/new_file.c prune/depthwise.c) $(wildcard src_ocsp/layers/*.c \
	src_ocsp/lint/*.c src_ocsp/hosts/rules*.c src_ocsp/hosts/*/rules*.c) tests/host/refusal.c
# errors that end a process are lines of ours
host_test_fatal := $(addprefix src_ocsp/,hosts/fatal.c net/error.c net/file.c net/new_file.c net/unfinished.c \
	$(addprefix view/,lines.c run_log.c screen.c screen_process.c status_line.c))
host_test_adapter := $(host_test_fatal) \
	$(foreach f,$(call ocsp_host_folders,$(HOST_TEST_VARIANT)),$(wildcard src_ocsp/$f/*.c)) tests/host/host_calls.c
host_test_adapter := $(sort $(host_test_adapter) $(host_test_rules))
# nothing of it is in the gradients' program: oneDNN knows no double precision
ifeq ($(OCSP_ONEDNN), 1)
host_test_engine := $(ocsp_engine_src)
endif
# random nets
host_test_nets := tests/host/random_cfg.c tests/unit/helpers.c $(foreach r,net layers prune lint,$(wildcard src_ocsp/$r/*.c))
test_exact_sources := tests/unit/helpers.c tests/unit/random_net.c tests/unit/reference_forward.c \
	$(foreach r,net layers prune lint,$(wildcard src_ocsp/$r/*.c))
host_test_rooms := $(foreach r,net layers prune lint cycle view,$(wildcard src_ocsp/$r/*.c)) tests/unit/helpers.c
test_golden_sources := $(sort $(host_test_adapter) $(host_test_engine) $(host_test_rooms)) tests/unit/golden_case.c
test_label_files_sources := $(sort $(test_golden_sources) $(wildcard src_ocsp/cli/label_*.c))
training_loop_sources := $(sort $(host_test_adapter) $(host_test_engine) $(host_test_rooms)) tests/host/training_loop.c \
	$(filter-out $(addprefix src_ocsp/train/,device.c openmp_restart.c predict.c predictor.c speed.c), \
	$(wildcard src_ocsp/train/*.c))

HOST_TEST_INCLUDE := -I$(HOST_DIR)/include -I$(HOST_DIR)/src -I$(HOST_DIR)/3rdparty/stb/include
host_test_features := $(call ocsp_features,$(HOST_TEST_VARIANT),$(HOST_DIR))
# the host's own warnings are its own
host_test_cc := $(CC) -std=gnu11 -O1 -g -w $(HOST_TEST_FLAGS) $(HOST_TEST_INCLUDE)
host_test_our_cc := $(CC) -std=gnu11 -O1 -g -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla $(HOST_TEST_FLAGS) -DOCSP_HOST=$(HOST_TEST_VARIANT) \
	$(host_test_features) -Isrc_ocsp -Itests/host -Itests/unit $(HOST_TEST_INCLUDE:-I%=-isystem %) -MMD -MP
# our sources never by what removes the tests for NaN, as in src_ocsp/ocsp.mk
host_test_our_float := $(ocsp_engine_flags) $(patsubst -Ofast,-O2,$(HOST_TEST_HOST_FLAGS)) \
	-fno-fast-math
host_test_libs := $(ocsp_engine_libs) -lcmocka -ljansson -lmd -lpthread -lstdc++ -lm

# what was built by other flags is built anew
host_test_flags := $(HOST_TEST_BUILD)/flags
host_test_h := $(wildcard $(HOST_DIR)/include/*.h $(HOST_DIR)/src/*.h)

.PHONY: host-test-flags
$(host_test_flags): host-test-flags
	@mkdir -p $(@D)
	@echo '$(host_test_our_cc) $(HOST_TEST_HOST_FLAGS) $(ocsp_engine_flags)' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# $(call host_test_precision,name,flags of the host's sources,flags of ours): the host's
# library, and our objects
define host_test_precision
host_test_$1_lib := $(HOST_TEST_BUILD)/$1/libhost.a

$(HOST_TEST_BUILD)/$1/host/%.o: $(HOST_DIR)/src/%.c $(host_test_h) $(host_test_flags)
	@mkdir -p $$(@D)
	$(Q)$(host_test_cc) $2 -c $$< -o $$@

$(HOST_TEST_BUILD)/$1/patched/%.o: $(HOST_TEST_BUILD)/patched/%.c $(host_test_h) $(host_test_flags)
	@mkdir -p $$(@D)
	$(Q)$(host_test_cc) $2 -c $$< -o $$@

$(HOST_TEST_BUILD)/$1/host/%.cpp.o: $(HOST_DIR)/src/%.cpp $(host_test_h) $(host_test_flags)
	@mkdir -p $$(@D)
	$(Q)$(CXX) -O1 -w $(HOST_TEST_FLAGS) $(HOST_TEST_INCLUDE) -c $$< -o $$@

$$(host_test_$1_lib): $(host_test_c:$(HOST_DIR)/src/%.c=$(HOST_TEST_BUILD)/$1/host/%.o) \
		$(host_test_cpp:$(HOST_DIR)/src/%.cpp=$(HOST_TEST_BUILD)/$1/host/%.cpp.o)
	@echo "  AR $$@"
	$(Q)rm -f $$@ && $(AR) rcs $$@ $$^

$(HOST_TEST_BUILD)/$1/%.o: %.c $(host_test_flags)
	$$(call compile,CC,$$(host_test_our_cc) $3,$1)
endef

# our sources with faults, see tests/unit/fault.h; the host's are those of float
host_test_fault_lib := $(HOST_TEST_BUILD)/float/libhost.a

$(HOST_TEST_BUILD)/fault/src_ocsp/%.o: src_ocsp/%.c $(host_test_flags)
	$(call compile,CC,$(host_test_our_cc) $(host_test_our_float) -include tests/unit/fault_calls.h,faults)

$(HOST_TEST_BUILD)/fault/tests/%.o: tests/%.c $(host_test_flags)
	$(call compile,CC,$(host_test_our_cc) $(host_test_our_float),faults)

# What the patch makes of files of the host, whether $(HOST_DIR) is patched or not: for the
# tests of sections that only a patched host reads. They stand before the host's library.
host_test_patched := parser network

$(host_test_patched:%=$(HOST_TEST_BUILD)/patched/%.c): $(HOST_TEST_BUILD)/patched/%.c: $(HOST_DIR)/src/%.c \
		tests/host/patched_source.py $(wildcard darknet_patch/*.py darknet_patch/hosts/*.py)
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tests/host/patched_source.py $(HOST_TEST_VARIANT) $(HOST_DIR) src/$*.c >$@

# $(call host_test_program,name,precision,sources,linker flags,other objects)
define host_test_program
$1_objects := $5 $(patsubst %.c,$(HOST_TEST_BUILD)/$2/%.o,$3 tests/host/$1.c)

$(HOST_TEST_BUILD)/$1: $$($1_objects) $$(host_test_$2_lib) tests/host/host_tests.mk
	@echo "  LD $$@"
	$(Q)$(CC) $(HOST_TEST_FLAGS) $(if $(filter-out double,$2),$(HOST_TEST_HOST_FLAGS)) $4 $$(filter %.o %.a,$$^) $(host_test_libs) -o $$@

host_test_programs += $(HOST_TEST_BUILD)/$1
-include $$($1_objects:.o=.d)
endef

host_test_programs :=
$(eval $(call host_test_precision,double,-include tests/host/double.h,-include tests/host/double.h))
$(eval $(call host_test_precision,float,$(ocsp_engine_flags) $(HOST_TEST_HOST_FLAGS),$(host_test_our_float)))
$(eval $(call host_test_program,test_gradients,double,$(sort $(host_test_adapter) $(host_test_nets))))
$(foreach t,test_adapter test_adapter_loop test_adapter_repairs,$(eval $(call \
	host_test_program,$t,float,$(host_test_adapter) $(host_test_engine) tests/host/adapter_training.c)))
$(eval $(call host_test_program,test_repairs,float,$(sort $(host_test_adapter) $(host_test_nets) $(host_test_engine))))
$(eval $(call host_test_program,test_augment,float,src_ocsp/train/augment.c))
$(eval $(call host_test_program,test_image_order,float,src_ocsp/train/image_order.c $(host_test_fatal)))
ifeq ($(OCSP_ONEDNN), 1)
$(foreach t,test_engine test_engine_winograd test_engine_inference,$(eval $(call \
	host_test_program,$t,float,$(sort $(host_test_adapter) $(host_test_engine) $(host_test_nets) tests/host/engine_record.c))))
endif
$(eval $(call host_test_program,test_exact,float,tests/host/host_calls.c $(test_exact_sources)))
$(eval $(call host_test_program,test_golden,float,$(test_golden_sources)))
$(eval $(call host_test_program,test_label_files,float,$(test_label_files_sources)))
$(eval $(call host_test_program,test_sparse,float,$(training_loop_sources)))
$(eval $(call host_test_program,test_rollback,float,$(training_loop_sources)))
# lets a test spoil what the surgery has copied
$(eval $(call host_test_program,test_surgery,float,$(training_loop_sources) tests/host/surgery_run.c,-Xlinker --wrap=ocsp_rewrite_params))
$(eval $(call host_test_program,test_surgery_outside,float,$(training_loop_sources) tests/host/surgery_run.c))

# sections that the tests make up
own_objects = $(host_test_patched:%=$(HOST_TEST_BUILD)/$1/patched/%.o)
$(eval $(call host_test_program,test_own_section,float,$(training_loop_sources) tests/host/made_up_sections.c,,$(call own_objects,float)))
$(eval $(call host_test_program,test_own_gradients,double,$(sort $(host_test_adapter) $(host_test_nets)) tests/host/made_up_sections.c,,$(call own_objects,double)))
$(eval $(call host_test_program,test_own_faults,fault,$(sort $(host_test_adapter) $(host_test_rooms)) tests/host/made_up_sections.c tests/unit/fault.c))

# what is not named here gets all that the training loop's tests get
host_test_named := test_gradients% test_training_gpu test_adapter% test_repairs test_augment test_image_order test_engine% \
	test_exact test_golden test_label_files test_sparse test_rollback test_surgery% test_faults test_own_%
$(foreach t,$(filter-out $(host_test_named),$(patsubst tests/host/%.c,%,$(wildcard tests/host/test_*.c))), \
	$(eval $(call host_test_program,$t,float,$(training_loop_sources))))

$(eval $(call host_test_program,test_faults,fault,$(training_loop_sources) tests/unit/fault.c))

# HOST_TEST_GPU=1: the gradients of the host's GPU build, on the device. `make ocsp-check`
# of such a tree hands these over. Without -lcuda: it is where a driver is.
HOST_TEST_NVCC ?= nvcc
HOST_TEST_ARCH ?= -arch=native
# -DGPU, -DCUDNN, -DCUDNN_HALF, and where CUDA's headers and libraries are
HOST_TEST_CUDA_FLAGS ?= -DGPU -I/usr/local/cuda/include
HOST_TEST_CUDA_LIBS ?= -L/usr/local/cuda/lib64 -lcudart -lcublas -lcurand
# double: where CUDA is emulated
HOST_TEST_CUDA_PRECISION ?= single

ifeq ($(HOST_TEST_GPU), 1)
host_test_device := $(HOST_TEST_BUILD)/device
# in double precision no room fits the numbers of 16 bits
host_test_device_flags := $(if $(filter double,$(HOST_TEST_CUDA_PRECISION)), \
	$(filter-out -DCUDNN_HALF,$(HOST_TEST_CUDA_FLAGS)) -include tests/host/double_cuda.h, \
	$(HOST_TEST_CUDA_FLAGS))
host_test_cu := $(wildcard $(HOST_DIR)/src/*.cu)
host_test_cu := $(filter-out %/deconvolutional_kernels.cu,$(host_test_cu))
host_test_device_lib := $(host_test_device)/libhost.a
host_test_gpu_programs := test_gradients_gpu test_training_gpu
host_test_gpu_objects := $(patsubst %,$(host_test_device)/%.o,$(sort $(host_test_rules) $(host_test_fatal)) \
	$(addprefix src_ocsp/hosts/by_value/,layer_edges.c loss.c repair_table.c) $(wildcard src_ocsp/hosts/alexeyab/repair_gpu*.c) \
	src_ocsp/hosts/alexeyab/repair_gpu_kernels.cu tests/host/host_calls.c tests/host/device_run.c)

# what was built by other flags is built anew
$(host_test_device)/flags: host-test-flags
	@mkdir -p $(@D)
	@echo '$(host_test_our_cc) $(HOST_TEST_NVCC) $(HOST_TEST_ARCH) $(host_test_device_flags)' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(host_test_device)/host/%.c.o: $(HOST_DIR)/src/%.c $(host_test_h) $(host_test_device)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O1 -g -w $(host_test_device_flags) $(HOST_TEST_INCLUDE) -c $< -o $@

$(host_test_device)/host/%.cu.o: $(HOST_DIR)/src/%.cu $(host_test_h) $(host_test_device)/flags
	$(call compile,NVCC,$(HOST_TEST_NVCC) $(HOST_TEST_ARCH) -O1 -w $(host_test_device_flags) $(HOST_TEST_INCLUDE))

$(host_test_device)/host/%.cpp.o: $(HOST_DIR)/src/%.cpp $(host_test_h) $(host_test_device)/flags
	@mkdir -p $(@D)
	$(Q)$(CXX) -O1 -w $(HOST_TEST_CUDA_FLAGS) $(HOST_TEST_INCLUDE) -c $< -o $@

$(host_test_device_lib): $(patsubst $(HOST_DIR)/src/%,$(host_test_device)/host/%.o,$(host_test_c) $(host_test_cpp) $(host_test_cu))
	@echo "  AR $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(host_test_device)/%.c.o: %.c $(host_test_device)/flags
	$(call compile,CC,$(host_test_our_cc) $(host_test_device_flags:-I%=-isystem %),device)

$(host_test_device)/%.cu.o: %.cu $(wildcard src_ocsp/train/*.h src_ocsp/hosts/*/*.h) $(host_test_device)/flags
	$(call compile,NVCC,$(HOST_TEST_NVCC) $(HOST_TEST_ARCH) -O1 $(host_test_device_flags) -Isrc_ocsp)

# random numbers that a test can repeat
$(host_test_gpu_programs:%=$(HOST_TEST_BUILD)/%): $(HOST_TEST_BUILD)/%: $(host_test_device)/tests/host/%.c.o \
		$(host_test_gpu_objects) $(host_test_device_lib)
	@echo "  LD $@"
	$(Q)$(CC) -Xlinker --wrap=cuda_random -Xlinker --wrap=rand $^ $(HOST_TEST_CUDA_LIBS) -lcmocka -ljansson -lmd -lpthread -lstdc++ -lm -o $@

host_test_programs += $(host_test_gpu_programs:%=$(HOST_TEST_BUILD)/%)
-include $(host_test_gpu_objects:.o=.d) $(host_test_gpu_programs:%=$(host_test_device)/tests/host/%.c.d)
endif

# tools: programs that tests run
$(eval $(call host_test_program,run_net,float,tests/host/host_calls.c))
HOST_RUNNER := $(HOST_TEST_BUILD)/run_net

.PHONY: host-test host-test-build
host-test-build: $(host_test_programs)
host-test: host-test-build
	$(if $(filter double,$(HOST_TEST_CUDA_PRECISION)),CUDA_ON_CPU_DEVICES=2) tests/run $(filter-out $(HOST_RUNNER),$(host_test_programs))

endif
