# Makes the emulator: build/cuda_on_cpu/, libraries with the names of CUDA's. Needs RECIPES and
# the recipe `compile` of mk/recipes.mk.
CUDA_TOOL := tests/cuda_on_cpu
CUDA_ON_CPU := build/cuda_on_cpu
CUDA_HEADERS := $(wildcard $(CUDA_TOOL)/*.h $(CUDA_TOOL)/include/*.h)
CUDA_OBJ := $(patsubst $(CUDA_TOOL)/%.cc,$(CUDA_ON_CPU)/%.o,$(wildcard $(CUDA_TOOL)/*.cc))
CUDA_LIBS := $(patsubst %,$(CUDA_ON_CPU)/lib%.a,cuda cudart cublas cudnn curand)
CUDA_CXX = $(CXX) -std=c++17 -Wall -Wextra $(if $(WERROR),-Werror) -O3 -g -fPIC \
	-ftls-model=initial-exec -I$(CUDA_TOOL)/include
# its nvcc, in whose place $(NVCC) stands where there is a GPU; and what a file that it
# compiles depends on
CUDA_NVCC = $(CUDA_TOOL)/nvcc -Wall -Wextra $(if $(WERROR),-Werror) $(CFLAGS) $(SANITIZE)
CUDA_NVCC_NEEDS := $(CUDA_TOOL)/nvcc $(CUDA_HEADERS) $(RECIPES) $(CUDA_TOOL)/cuda_on_cpu.mk

$(CUDA_OBJ): $(CUDA_ON_CPU)/%.o: $(CUDA_TOOL)/%.cc $(CUDA_HEADERS) $(RECIPES) $(CUDA_TOOL)/cuda_on_cpu.mk
	$(call compile,CXX,$(CUDA_CXX))

$(CUDA_ON_CPU)/libcuda_on_cpu.a: $(CUDA_OBJ)
	@echo "  AR $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Texts that the linker reads.
$(CUDA_LIBS): $(CUDA_ON_CPU)/libcuda_on_cpu.a $(CUDA_TOOL)/cuda_on_cpu.mk
	$(Q)echo "INPUT(-lcuda_on_cpu -lstdc++ -lm -lpthread)" >$@

.PHONY: cuda-on-cpu
cuda-on-cpu: $(CUDA_LIBS) ## build/cuda_on_cpu: CUDA for machines without a GPU
