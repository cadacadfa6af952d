# Debian's Darknet, patched and built: for the CPU, by the emulated CUDA, and for valgrind. The
# host's make and the patcher know what is out of date.
HOST_DIR ?= build/debian/source
PATCHED := build/host
HOST := build/darknet
GPU_HOST := build/gpu_host
CUDNN_HOST := build/cudnn_host
# Given to the host's own make. No OPENMP=1: Darknet's loops are short, and where the
# cores are shared its spinning threads made training many times slower.
HOST_FLAGS ?= OPTS="-Ofast -march=native"

export DARKNET = $(CURDIR)/$(HOST)
export STOCK_DARKNET ?= /usr/bin/darknet
export GPU_DARKNET ?= $(GPU_HOST)/darknet
export CUDNN_DARKNET ?= $(CUDNN_HOST)/darknet

build/debian/source/Makefile:
	scripts/setup.sh

# $(call patch_copy,TREE): TREE is a patched copy of the folder of the first prerequisite.
define patch_copy
$(Q)[ -d $1 ] || { cp -r $(<D) $1.tmp && mv $1.tmp $1; }
@darknet_patch/apply $1
@mkdir -p $1/obj
endef

# $(call make_host,TREE,LOG,FLAGS): TREE's own make builds its program. Of what it prints, which
# goes to LOG, the screen gets our warnings and all errors.
define make_host
+$(Q)$(MAKE) --no-print-directory -C $1 $3 darknet >$2 2>&1; \
	status=$$?; grep -E 'src_ocsp/.*(warning|error):|[Ee]rror:|undefined|\*\*\*' $2; exit $$status
endef

.PHONY: host host-gpu memcheck $(GPU_HOST) $(CUDNN_HOST)
host: build/debian/source/Makefile ## build/darknet, Debian's darknet with ocsp in it
	$(call patch_copy,$(PATCHED))
	@echo "  $(HOST): see build/host.log"
	$(call make_host,$(PATCHED),build/host.log,$(HOST_FLAGS))
	@cmp -s $(PATCHED)/darknet $(HOST) || cp -f $(PATCHED)/darknet $(HOST)

# GPU builds without and with cuDNN, which run on the CPU. This host calls a cuDNN of its time, and
# its cuda.c calls ceil and sqrt undeclared, which gcc 14 refuses.
host-gpu: $(GPU_HOST) $(CUDNN_HOST) ## the same with GPU=1, run by the CPU

$(GPU_HOST): gpu_flags := -DGPU
$(CUDNN_HOST): gpu_flags := -DGPU -DCUDNN -DCUDNN_MAJOR=7
gpu_host_flags = GPU=1 OPENMP=0 NVCC=$(abspath $(CUDA_TOOL)/nvcc) \
	COMMON="-Iinclude/ -Isrc/ $(gpu_flags) -I$(abspath $(CUDA_TOOL)/include)" \
	CFLAGS="-O2 -fPIC -w -D_GNU_SOURCE -include math.h $(gpu_flags)" \
	LDFLAGS="-lm -pthread -L$(abspath $(CUDA_ON_CPU)) -lcuda -lcudart -lcublas -lcudnn -lcurand \
	-lstdc++ -ljansson -lmd"

$(GPU_HOST) $(CUDNN_HOST): build/debian/source/Makefile $(CUDA_LIBS)
	$(call patch_copy,$@)
	$(Q)[ ! -f $@/darknet ] || [ -z "$$(find $(CUDA_HEADERS) $(CUDA_TOOL)/nvcc -newer $@/darknet)" ] || \
		find $@ -name '*.o' -delete -o -name darknet -type f -delete
	@echo "  $@/darknet: see $@.log"
	$(call make_host,$@,$@.log,$(gpu_host_flags))

# Valgrind knows fewer instructions than -march=native may mean.
memcheck: build/debian/source/Makefile ## valgrind over whole training runs
	$(call patch_copy,build/memcheck)
	$(call make_host,build/memcheck,build/memcheck.log,OPTS="-O1 -g")
	@scripts/memcheck.sh build/memcheck/darknet

# The host as it is, with the same flags, for scripts/bench_cpu.sh to compare with.
STOCK := build/bench/stock

$(STOCK)/darknet: build/debian/source/Makefile
	$(Q)rm -rf $(STOCK) && mkdir -p $(dir $(STOCK)) && cp -r $(<D) $(STOCK) && mkdir -p $(STOCK)/obj
	@echo "  $@: see build/bench/stock.log"
	$(call make_host,$(STOCK),build/bench/stock.log,$(HOST_FLAGS))
	@touch $@

# Rules for the tests of what sees a host, linked with the sources in $(HOST_DIR).
-include tests/host/host_tests.mk
HOST_TESTS := $(patsubst tests/host/%.c,$(HOST_TEST_BUILD)/%,$(wildcard tests/host/test_*.c))
ifneq ($(OCSP_ONEDNN), 1)
HOST_TESTS := $(filter-out $(HOST_TEST_BUILD)/test_engine%,$(HOST_TESTS))
endif
ifneq ($(HOST_TEST_GPU), 1)
HOST_TESTS := $(filter-out %_gpu,$(HOST_TESTS))
endif
