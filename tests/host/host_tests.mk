# Tests of room host/ through a host's own code, on CPU.
#
#     make host-test HOST_DIR=path/to/darknet      patched or not, of either variant
#
# The host's sources are compiled outside its tree, twice: as they are for the adapter's
# test, and in double precision for the gradients.

ifeq ($(HOST_DIR),)

.PHONY: host-test
host-test: ## tests of host/ in HOST_DIR, an unpacked Darknet
	@echo "host-test: set HOST_DIR to an unpacked Darknet"; exit 2

else

HOST_TEST_VARIANT := $(if $(wildcard $(HOST_DIR)/src/dark_cuda.c),alexeyab,debian)
HOST_TEST_BUILD ?= build/host-test/$(HOST_TEST_VARIANT)
HOST_TEST_DEFINE := $(if $(filter debian,$(HOST_TEST_VARIANT)),DEBIAN,ALEXEYAB)
# -fsanitize=address ... for all of it; name another HOST_TEST_BUILD with it. (-fopenmp:
# run with OMP_NUM_THREADS=1, the cases that crash the stock host fork.)
HOST_TEST_FLAGS ?=

# programs, loops (which a patch makes call the hook), and files that nobody builds
host_test_skip := darknet detector classifier compare yolo_console_dll
host_test_c := $(filter-out $(host_test_skip:%=$(HOST_DIR)/src/%.c),$(wildcard $(HOST_DIR)/src/*.c))
host_test_cpp := $(wildcard $(HOST_DIR)/src/http_stream.cpp $(HOST_DIR)/src/image_opencv.cpp)
host_test_ours := src_ocsp/net/error.c src_ocsp/host/arm.c src_ocsp/host/repair.c \
	src_ocsp/host/host_$(HOST_TEST_VARIANT).c

HOST_TEST_INCLUDE := -I$(HOST_DIR)/include -I$(HOST_DIR)/src -I$(HOST_DIR)/3rdparty/stb/include
# the host's own warnings are its own
host_test_cc := $(CC) -std=gnu11 -O1 -g -w $(HOST_TEST_FLAGS) $(HOST_TEST_INCLUDE)
host_test_our_cc := $(CC) -std=gnu11 -O1 -g -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla $(HOST_TEST_FLAGS) -DOCSP_HOST_$(HOST_TEST_DEFINE) \
	-Isrc_ocsp -Itests/host $(HOST_TEST_INCLUDE:-I%=-isystem %) -MMD -MP
host_test_libs := -lcmocka -lpthread -lstdc++ -lm

# $(call host_test_rules,precision,extra compiler flags,test)
define host_test_rules
host_test_$1_lib := $(HOST_TEST_BUILD)/$1/libhost.a
host_test_$1_ours := $(patsubst %.c,$(HOST_TEST_BUILD)/$1/%.o,$(host_test_ours) tests/host/shim.c tests/host/$3.c)

$(HOST_TEST_BUILD)/$1/host/%.o: $(HOST_DIR)/src/%.c
	@mkdir -p $$(@D)
	$(host_test_cc) $2 -c $$< -o $$@

$(HOST_TEST_BUILD)/$1/host/%.cpp.o: $(HOST_DIR)/src/%.cpp
	@mkdir -p $$(@D)
	$(CXX) -O1 -w $(HOST_TEST_FLAGS) $(HOST_TEST_INCLUDE) -c $$< -o $$@

$$(host_test_$1_lib): $(host_test_c:$(HOST_DIR)/src/%.c=$(HOST_TEST_BUILD)/$1/host/%.o) \
		$(host_test_cpp:$(HOST_DIR)/src/%.cpp=$(HOST_TEST_BUILD)/$1/host/%.cpp.o)
	$(AR) rcs $$@ $$^

$(HOST_TEST_BUILD)/$1/%.o: %.c
	@mkdir -p $$(@D)
	$(host_test_our_cc) $2 -c $$< -o $$@

$(HOST_TEST_BUILD)/$3: $$(host_test_$1_ours) $$(host_test_$1_lib)
	$(CC) $(HOST_TEST_FLAGS) $$^ $(host_test_libs) -o $$@

-include $$(host_test_$1_ours:.o=.d)
endef

$(eval $(call host_test_rules,double,-include tests/host/double.h,test_gradients))
$(eval $(call host_test_rules,float,,test_adapter))

.PHONY: host-test host-test-build
host-test-build: $(HOST_TEST_BUILD)/test_gradients $(HOST_TEST_BUILD)/test_adapter
host-test: host-test-build
	$(HOST_TEST_BUILD)/test_gradients
	$(HOST_TEST_BUILD)/test_adapter

endif
