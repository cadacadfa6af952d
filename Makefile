# OCSP for Darknet. `make help` lists the targets; CONTRIBUTING.md says more. This file makes
# the program; the rest is in parts, each with one job:
#     mk/recipes.mk     how a file is compiled and a program linked
#     mk/tests.mk       unit tests, tools and benchmarks
#     mk/fuzz.mk        fuzz targets
#     mk/cuda.mk        tests of CUDA code, by tests/cuda_on_cpu/ and on a GPU
#     mk/host.mk        patched hosts; tests/host/host_tests.mk: what is linked with one
#     mk/check.mk       what runs the tests

CONFIG ?= release
CC ?= cc
CFLAGS ?= -O2 -g
LDLIBS := -ljansson -lmd -lm

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

# What the tests find in their environment, with the hosts' programs of mk/host.mk.
export OCSP = $(CURDIR)/$(PROGRAM)
# Debian's Python has the modules that scripts/setup.sh installed.
export PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)

.PHONY: all help setup format check-format clean distclean
.DELETE_ON_ERROR:

all: $(PROGRAM) ## build/ocsp, the program without a host (the default)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' \
		Makefile mk/*.mk tests/cuda_on_cpu/*.mk

setup: ## install what is missing and fetch Debian's darknet
	@scripts/setup.sh

include mk/recipes.mk
include src_ocsp/rooms.mk

# The stand-alone program has every room that needs no host, of cli/ what needs none, and the
# tables of what training refuses in each host.
SRC := $(foreach r,$(filter-out hosts engine train,$(ocsp_rooms)),$(wildcard src_ocsp/$r/*.c))
SRC += $(wildcard src_ocsp/hosts/rules*.c src_ocsp/hosts/*/rules*.c)
SRC := $(filter-out src_ocsp/cli/train.c src_ocsp/cli/train_kind.c src_ocsp/cli/inference% src_ocsp/cli/speed%,$(SRC))
OBJ := $(SRC:src_ocsp/%.c=$B/%.o)
LIB_OBJ := $(filter-out $B/cli/main.o,$(OBJ))

$(PROGRAM): $(OBJ) Makefile src_ocsp/rooms.mk
	$(call link,$(CC),$(LDLIBS))

$(OBJ): $B/%.o: src_ocsp/%.c $(RECIPES)
	$(call compile,CC,$(OUR_CC))

-include $(OBJ:.o=.d)

include mk/tests.mk
include mk/fuzz.mk
include tests/cuda_on_cpu/cuda_on_cpu.mk
include mk/cuda.mk
include mk/host.mk
include mk/check.mk

FORMATTED = $(shell find src_ocsp tests -name '*.[ch]' -o -name '*.cc' -o -name '*.cpp' -o -name '*.cu')

format: ## clang-format our C sources in place
	@clang-format -i $(FORMATTED)

check-format: ## fail when `make format` would change something
	@clang-format --dry-run -Werror $(FORMATTED)

clean: ## remove what was built; the fetched source stays
	rm -rf $(filter-out build/debian,$(wildcard build/*))

distclean: ## remove build/
	rm -rf build
