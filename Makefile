# OCSP for Darknet. `make help` lists the targets; CONTRIBUTING.md says more.

CONFIG ?= release
CC ?= cc
CFLAGS ?= -O2 -g
LDLIBS := -ljansson -lmd -lm
# Given to the host's own make. No OPENMP=1: Darknet's loops are short, and where the
# cores are shared its spinning threads made training many times slower.
HOST_FLAGS ?= OPTS="-Ofast -march=native"

STD := -std=c11 -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700
WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	$(if $(WERROR),-Werror)

B := build/$(CONFIG)
ifeq ($(CONFIG), release)
PROGRAM := build/ocsp
else
PROGRAM := $(B)/ocsp
endif
ifeq ($(CONFIG), asan)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
# `make fuzz` builds this one; clang alone knows the flags.
ifeq ($(CONFIG), fuzz)
SANITIZE := -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifeq ($(CONFIG), coverage)
SANITIZE := --coverage -O0
endif
# `make V=1` shows the commands.
Q := $(if $(V),,@)
COMPILE = $(Q)$(CC) $(STD) $(WARN) $(CFLAGS) $(SANITIZE) -Isrc_ocsp -MMD -MP

# The stand-alone program has every room that needs no host, and of cli/ what needs none.
include src_ocsp/rooms.mk
SRC := $(foreach r,$(filter-out hosts engine train,$(ocsp_rooms)),$(wildcard src_ocsp/$r/*.c))
SRC := $(filter-out src_ocsp/cli/train% src_ocsp/cli/inference% src_ocsp/cli/speed%,$(SRC))
OBJ := $(SRC:src_ocsp/%.c=$B/%.o)
LIB_OBJ := $(filter-out $B/cli/main.o,$(OBJ))

# A tests/unit/test_*.c is a program; all tests share the other files there.
TEST_OBJ := $(patsubst %.c,$B/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
UNIT_TESTS := $(patsubst %.c,$B/%,$(wildcard tests/unit/test_*.c))
SHELL_TESTS := $(sort $(wildcard tests/test_*.sh tests/commands/test_*.sh tests/cuda/test_*.sh))
# Those that run the stand-alone program ($OCSP) and no host ($DARKNET).
CLI_TESTS := $(if $(SHELL_TESTS),$(shell grep -lw OCSP $(SHELL_TESTS) | xargs -r grep -Lw DARKNET))

# Debian's tree as fetched, and our patched copy of it.
HOST_DIR ?= build/debian/source
PATCHED := build/host
HOST := build/darknet

# What the tests find in their environment.
export OCSP = $(CURDIR)/$(PROGRAM)
export DARKNET = $(CURDIR)/$(HOST)
export STOCK_DARKNET ?= /usr/bin/darknet
# Debian's Python has the modules that scripts/setup.sh installed.
export PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)

.PHONY: all help host check check-programs check-long asan asan-programs memcheck fuzz coverage \
	coverage-programs bench setup cuda-on-cpu host-gpu \
	format check-format clean distclean
.DELETE_ON_ERROR:

all: $(PROGRAM) ## build/ocsp, the program without a host (the default)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

$(PROGRAM): $(OBJ)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $^ -o $@ $(LDLIBS)

$(OBJ): $B/%.o: src_ocsp/%.c Makefile
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(COMPILE) -c $< -o $@

$B/tests/%.o: tests/%.c Makefile
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(COMPILE) -Itests/unit -c $< -o $@

# The calls of these that may fail do so where tests/unit/fault.h says; for tests/unit/test_fault*.
FAULT_OBJ := $(LIB_OBJ:$B/%=$B/fault/%)
FAULT_TESTS := $(filter $B/tests/unit/test_fault%,$(UNIT_TESTS))

$(FAULT_OBJ): $B/fault/%.o: src_ocsp/%.c Makefile
	@mkdir -p $(@D)
	@echo "  CC $< (faults)"
	$(COMPILE) -include tests/unit/fault_calls.h -c $< -o $@

$(filter-out $(FAULT_TESTS),$(UNIT_TESTS)): %: %.o $(TEST_OBJ) $(LIB_OBJ)
	@echo "  LD $@"
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $^ -o $@ -lcmocka $(LDLIBS)

$(FAULT_TESTS): %: %.o $(TEST_OBJ) $(FAULT_OBJ)
	@echo "  LD $@"
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $^ -o $@ -lcmocka $(LDLIBS)

.SECONDARY: $(UNIT_TESTS:=.o)

# Measurements: a tests/bench/X.c is a program, and never a test.
BENCHES := $(patsubst tests/bench/%.c,$B/bench/%,$(wildcard tests/bench/*.c))

$(BENCHES): $B/bench/%: $B/tests/bench/%.o $(LIB_OBJ)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $^ -o $@ $(LDLIBS)

.SECONDARY: $(BENCHES:$B/bench/%=$B/tests/bench/%.o)

# What tests run but is none: a tests/tools/X.c is a program.
TOOLS := $(patsubst tests/tools/%.c,$B/tools/%,$(wildcard tests/tools/*.c))

$(TOOLS): $B/tools/%: $B/tests/tools/%.o $(LIB_OBJ)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $^ -o $@ $(LDLIBS)

.SECONDARY: $(TOOLS:$B/tools/%=$B/tests/tools/%.o)

# A tests/fuzz/fuzz_X.c is a fuzz target. Linked with replay.c it is the test $B/fuzz/X, over
# the inputs kept in tests/fuzz/corpus/X and tests/fuzz/crashes/X; with libFuzzer a fuzzer.
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS := $(FUZZ_TARGETS:%=$B/fuzz/%)

$(REPLAYS): $B/fuzz/%: $B/tests/fuzz/fuzz_%.o $B/tests/fuzz/fuzz.o $B/tests/unit/state_file.o $B/tests/fuzz/replay.o $(LIB_OBJ)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $^ -o $@ $(LDLIBS)

$(FUZZ_TARGETS:%=$B/fuzzer/%): $B/fuzzer/%: $B/tests/fuzz/fuzz_%.o $B/tests/fuzz/fuzz.o $B/tests/unit/state_file.o $(LIB_OBJ)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -fsanitize=fuzzer $(LDFLAGS) $^ -o $@ $(LDLIBS)

.SECONDARY: $(patsubst %.c,$B/%.o,$(wildcard tests/fuzz/*.c))

-include $(patsubst %.c,$B/%.d,$(wildcard tests/fuzz/*.c))
-include $(OBJ:.o=.d) $(FAULT_OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(addsuffix .d,$(UNIT_TESTS))
-include $(BENCHES:$B/bench/%=$B/tests/bench/%.d) $(TOOLS:$B/tools/%=$B/tests/tools/%.d)

# CUDA on the CPU: a library with the names of CUDA's, and a compiler for .cu files. A
# tests/cuda/test_*.cu is a test.
CUDA_ON_CPU := build/cuda_on_cpu
CUDA_TOOL := tests/cuda_on_cpu
CUDA_HEADERS := $(wildcard $(CUDA_TOOL)/*.h $(CUDA_TOOL)/include/*.h)
CUDA_OBJ := $(patsubst $(CUDA_TOOL)/%.cc,$(CUDA_ON_CPU)/%.o,$(wildcard $(CUDA_TOOL)/*.cc))
CUDA_LIBS := $(patsubst %,$(CUDA_ON_CPU)/lib%.a,cuda cudart cublas cudnn curand)
CUDA_TESTS := $(patsubst %.cu,$B/%,$(wildcard tests/cuda/test_*.cu))

$(CUDA_OBJ): $(CUDA_ON_CPU)/%.o: $(CUDA_TOOL)/%.cc $(CUDA_HEADERS) Makefile
	@mkdir -p $(@D)
	@echo "  CXX $<"
	$(Q)$(CXX) -std=c++17 -Wall -Wextra $(if $(WERROR),-Werror) -O3 -g -fPIC -ftls-model=initial-exec -I$(CUDA_TOOL)/include -c $< -o $@

$(CUDA_ON_CPU)/libcuda_on_cpu.a: $(CUDA_OBJ)
	@echo "  AR $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Texts that the linker reads.
$(CUDA_LIBS): $(CUDA_ON_CPU)/libcuda_on_cpu.a Makefile
	$(Q)echo "INPUT(-lcuda_on_cpu -lstdc++ -lm -lpthread)" >$@

cuda-on-cpu: $(CUDA_LIBS) ## build/cuda_on_cpu: CUDA for machines without a GPU

$(CUDA_TESTS:=.o): $B/%.o: %.cu tests/cuda/cuda_array.h $(CUDA_HEADERS) $(CUDA_TOOL)/nvcc Makefile
	@mkdir -p $(@D)
	@echo "  NVCC $<"
	$(Q)$(CUDA_TOOL)/nvcc -Wall -Wextra $(if $(WERROR),-Werror) $(CFLAGS) $(SANITIZE) -Itests/unit -c $< -o $@

$(CUDA_TESTS): %: %.o $(CUDA_LIBS)
	@echo "  LD $@"
	$(Q)$(CXX) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $< -o $@ -lcmocka -L$(CUDA_ON_CPU) -lcuda -lcudart -lcublas -lcudnn -lcurand

.SECONDARY: $(CUDA_TESTS:=.o)

# src_ocsp/train/device.h without a host: its kernels on the CPU, and by nvcc where that is.
DEVICE_SRC := src_ocsp/train/device.c src_ocsp/hosts/give_up.c tests/cuda/test_device.c
DEVICE_CUDA := src_ocsp/train/device_kernels.cu
NVCC ?= $(firstword $(wildcard /usr/local/cuda/bin/nvcc) $(shell command -v nvcc))
# for nvcc, as ARCH="-gencode arch=compute_90,code=sm_90"; left out: its default
ARCH ?=

$B/device/%.o: %.c $(CUDA_HEADERS) Makefile
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(COMPILE) -DGPU -I$(CUDA_TOOL)/include -Itests/unit -c $< -o $@

$B/device/%.cu.o: %.cu $(CUDA_HEADERS) $(CUDA_TOOL)/nvcc src_ocsp/train/device_kernels.h Makefile
	@mkdir -p $(@D)
	@echo "  NVCC $<"
	$(Q)$(CUDA_TOOL)/nvcc -Wall -Wextra $(if $(WERROR),-Werror) $(CFLAGS) $(SANITIZE) -Isrc_ocsp -c $< -o $@

-include $(DEVICE_SRC:%.c=$B/device/%.d) $(DEVICE_SRC:%.c=build/gpu/%.d)

CUDA_TESTS += $B/tests/cuda/test_device
$B/tests/cuda/test_device: $(DEVICE_SRC:%.c=$B/device/%.o) $(DEVICE_CUDA:%=$B/device/%.o) $(TEST_OBJ) $(LIB_OBJ) $(CUDA_LIBS)
	@echo "  LD $@"
	$(Q)$(CXX) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $(filter %.o,$^) -o $@ -lcmocka $(LDLIBS) -L$(CUDA_ON_CPU) -lcudart

ifneq ($(NVCC),)
CUDA_HOME := $(patsubst %/bin/nvcc,%,$(NVCC))
DEVICE_TEST := build/gpu/test_device

build/gpu/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC $< (gpu)"
	$(COMPILE) -DGPU -isystem $(CUDA_HOME)/include -Itests/unit -c $< -o $@

build/gpu/%.cu.o: %.cu $(wildcard src_ocsp/train/*.h src_ocsp/hosts/*/*.h) Makefile
	@mkdir -p $(@D)
	@echo "  NVCC $< (gpu)"
	$(Q)$(NVCC) $(ARCH) -O2 -DGPU -Isrc_ocsp -c $< -o $@

# every .cu that there is: whether they compile and link
$(DEVICE_TEST): $(DEVICE_SRC:%.c=build/gpu/%.o) $(patsubst %,build/gpu/%.o,$(wildcard src_ocsp/train/*.cu src_ocsp/hosts/*/*.cu)) $(TEST_OBJ) $(LIB_OBJ)
	@echo "  LD $@"
	$(Q)$(CXX) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $^ -o $@ -lcmocka $(LDLIBS) \
		-L$(CUDA_HOME)/lib64 -Wl,-rpath,$(CUDA_HOME)/lib64 -lcudart
endif

.PHONY: device-test
device-test: $(DEVICE_TEST) ## the kernels on this machine's GPU; ARCH= is nvcc's
	@[ -n "$(DEVICE_TEST)" ] || { echo "device-test: no nvcc: set NVCC"; exit 1; }
	@tests/run $(DEVICE_TEST)

# Rules for the tests of what sees a host, linked with the sources in $(HOST_DIR).
-include tests/host/host_tests.mk
HOST_TESTS := $(patsubst tests/host/%.c,$(HOST_TEST_BUILD)/%,$(wildcard tests/host/test_*.c))
ifneq ($(OCSP_ONEDNN), 1)
HOST_TESTS := $(filter-out %/test_engine,$(HOST_TESTS))
endif
ifneq ($(HOST_TEST_GPU), 1)
HOST_TESTS := $(filter-out %_gpu,$(HOST_TESTS))
endif

setup: ## install what is missing and fetch Debian's darknet
	@scripts/setup.sh

build/debian/source/Makefile:
	scripts/setup.sh

# The host's make and the patcher know what is out of date.
host: build/debian/source/Makefile ## build/darknet, Debian's darknet with ocsp in it
	$(Q)[ -d $(PATCHED) ] || { cp -r $(<D) $(PATCHED).tmp && mv $(PATCHED).tmp $(PATCHED); }
	@darknet_patch/apply $(PATCHED)
	@mkdir -p $(PATCHED)/obj
	@echo "  $(HOST): see build/host.log"
	+$(Q)$(MAKE) --no-print-directory -C $(PATCHED) $(HOST_FLAGS) darknet >build/host.log 2>&1; \
		status=$$?; grep -E 'src_ocsp/.*(warning|error):|undefined|\*\*\*' build/host.log; exit $$status
	@cmp -s $(PATCHED)/darknet $(HOST) || cp $(PATCHED)/darknet $(HOST)

# The patched host's GPU builds, without and with cuDNN, which run on the CPU. This host
# calls a cuDNN of its time.
GPU_HOST := build/gpu_host
CUDNN_HOST := build/cudnn_host
export GPU_DARKNET ?= $(GPU_HOST)/darknet
export CUDNN_DARKNET ?= $(CUDNN_HOST)/darknet

.PHONY: $(GPU_HOST) $(CUDNN_HOST)
host-gpu: $(GPU_HOST) $(CUDNN_HOST) ## the same with GPU=1, run by the CPU

$(GPU_HOST): gpu_flags := -DGPU
$(CUDNN_HOST): gpu_flags := -DGPU -DCUDNN -DCUDNN_MAJOR=7
$(GPU_HOST) $(CUDNN_HOST): build/debian/source/Makefile $(CUDA_LIBS)
	$(Q)[ -d $@ ] || { cp -r $(<D) $@.tmp && mv $@.tmp $@; }
	@darknet_patch/apply $@
	@mkdir -p $@/obj
	$(Q)[ ! -f $@/darknet ] || [ -z "$$(find $(CUDA_HEADERS) $(CUDA_TOOL)/nvcc -newer $@/darknet)" ] || \
		find $@ -name '*.o' -delete -o -name darknet -type f -delete
	@echo "  $@/darknet: see $@.log"
	+$(Q)$(MAKE) --no-print-directory -C $@ GPU=1 OPENMP=0 NVCC=$(abspath $(CUDA_TOOL)/nvcc) \
		COMMON="-Iinclude/ -Isrc/ $(gpu_flags) -I$(abspath $(CUDA_TOOL)/include)" CFLAGS="-O2 -fPIC -w $(gpu_flags)" \
		LDFLAGS="-lm -pthread -L$(abspath $(CUDA_ON_CPU)) -lcuda -lcudart -lcublas -lcudnn -lcurand -lstdc++ -ljansson -lmd" \
		darknet >$@.log 2>&1; \
		status=$$?; grep -E 'error:|undefined|\*\*\*' $@.log; exit $$status

# The host as it is, with the same flags, for scripts/bench_cpu.sh to compare with.
STOCK := build/bench/stock

$(STOCK)/darknet: build/debian/source/Makefile
	$(Q)rm -rf $(STOCK) && mkdir -p $(dir $(STOCK)) && cp -r $(<D) $(STOCK) && mkdir -p $(STOCK)/obj
	@echo "  $@: see build/bench/stock.log"
	+$(Q)$(MAKE) --no-print-directory -C $(STOCK) $(HOST_FLAGS) darknet >build/bench/stock.log 2>&1
	@touch $@

check-programs: $(PROGRAM) $(UNIT_TESTS) $(CUDA_TESTS) $(DEVICE_TEST) $(REPLAYS) $(TOOLS) host host-gpu $(HOST_TESTS) $(HOST_RUNNER)

# What does not build counts as failed there; the rest still runs.
check: ## every test that takes seconds; sets itself up
	@scripts/setup.sh
	+@$(MAKE) --no-print-directory -k check-programs || true
	@tests/run $(UNIT_TESTS) $(CUDA_TESTS) $(DEVICE_TEST) $(REPLAYS) $(SHELL_TESTS) $(HOST_TESTS)

check-long: check-programs ## the tests that take minutes
	@TEST_LIMIT_S=7200 tests/run $(sort $(wildcard tests/long/*.sh))

asan: ## unit and command line tests under AddressSanitizer and UBSan
	+@$(MAKE) --no-print-directory CONFIG=asan asan-programs

asan-programs: $(PROGRAM) $(UNIT_TESTS) $(CUDA_TESTS) $(REPLAYS)
	@tests/run $(UNIT_TESTS) $(CUDA_TESTS) $(REPLAYS) $(CLI_TESTS)

FUZZ ?= cfg
FUZZ_SECONDS ?= 60

fuzz: ## libFuzzer on one target, as FUZZ=cfg FUZZ_SECONDS=60
	@command -v clang >/dev/null || { echo "make fuzz needs clang with libFuzzer"; exit 1; }
	+@$(MAKE) --no-print-directory CONFIG=fuzz CC=clang CFLAGS="-O1 -g" build/fuzz/fuzzer/$(FUZZ)
	@scripts/fuzz.sh $(FUZZ) $(FUZZ_SECONDS)

coverage: ## lines of net/, layers/, prune/ and lint/ that unit tests and replays execute
	+@$(MAKE) --no-print-directory CONFIG=coverage coverage-programs
	@scripts/coverage.sh build/coverage net layers prune lint

coverage-programs: $(UNIT_TESTS) $(REPLAYS)
	@find $B -name '*.gcda' -delete
	@tests/run $(UNIT_TESTS) $(REPLAYS) >$B/tests.log || { tail -n 1 $B/tests.log; exit 1; }
	@tail -n 1 $B/tests.log

# Valgrind knows fewer instructions than -march=native may mean.
memcheck: build/debian/source/Makefile ## valgrind over whole training runs
	$(Q)[ -d build/memcheck ] || { cp -r $(<D) build/memcheck.tmp && mv build/memcheck.tmp build/memcheck; }
	@darknet_patch/apply build/memcheck
	@mkdir -p build/memcheck/obj
	+$(Q)$(MAKE) --no-print-directory -C build/memcheck OPTS="-O1 -g" darknet >build/memcheck.log 2>&1
	@scripts/memcheck.sh build/memcheck/darknet

bench: $(BENCHES) ## measures what a decision of pruning costs
	@set -e; for program in $(BENCHES); do $$program; done

FORMATTED = $(shell find src_ocsp tests -name '*.[ch]' -o -name '*.cc' -o -name '*.cu')

format: ## clang-format our C sources in place
	clang-format -i $(FORMATTED)

check-format: ## fail when `make format` would change something
	clang-format --dry-run -Werror $(FORMATTED)

clean: ## remove what was built; the fetched source stays
	rm -rf build/release build/asan build/fuzz build/coverage build/host-test build/gpu $(GPU_HOST) $(GPU_HOST).tmp $(CUDNN_HOST) $(CUDNN_HOST).tmp build/memcheck build/bench $(CUDA_ON_CPU) $(PATCHED) $(PATCHED).tmp build/ocsp $(HOST) \
		build/*.log

distclean: ## remove build/
	rm -rf build
