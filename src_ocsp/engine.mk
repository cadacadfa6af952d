# The CPU engine of src_ocsp/host/ on oneDNN 2 (libdnnl-dev): `make OCSP_ONEDNN=1`. Off by
# default: it is complete for classifiers' layers and tested, but its flags, its benchmark
# and its figures on AlexeyAB's older trees are still to come.
OCSP_ONEDNN ?= 0

ocsp_engine_src := $(wildcard src_ocsp/host/engine*.c)
ifeq ($(OCSP_ONEDNN), 1)
ocsp_engine_flags := -DOCSP_ONEDNN -fopenmp
ocsp_engine_libs := -ldnnl -fopenmp
endif
