# The CPU engine of src_ocsp/engine/ is built where oneDNN 2 or 3 is (Debian: libdnnl-dev).
# OCSP_ONEDNN=0 leaves it out, OCSP_ONEDNN=1 insists on it.
OCSP_ONEDNN ?= $(shell printf '%s\n' '$(ocsp_hash)include <dnnl.h>' \
	'$(ocsp_hash)if DNNL_VERSION_MAJOR != 2 && DNNL_VERSION_MAJOR != 3' \
	'$(ocsp_hash)error another' '$(ocsp_hash)endif' | \
	$(CC) -x c -E - >/dev/null 2>&1 && echo 1 || echo 0)
ocsp_hash := \#

# asked once, not at every use
OCSP_ONEDNN := $(OCSP_ONEDNN)
ocsp_engine_src := $(wildcard src_ocsp/engine/*.c)
ifeq ($(OCSP_ONEDNN), 1)
ocsp_engine_flags := -DOCSP_ONEDNN -fopenmp
ocsp_engine_libs := -ldnnl -fopenmp
endif
