# The hosts: folders of hosts/, of which a build takes the one that OCSP_HOST names. Their list
# is hosts/list.h, for C, make and CMake.
ocsp_hosts := $(shell sed -n 's/^OCSP_HOST_ENTRY(\(.*\))$$/\1/p' src_ocsp/hosts/list.h)

# A hosts/NAME/host.mk says for make:
#   ocsp_mark_NAME        a file that only trees of this host have; darknet_patch/apply reads it,
#                         too
#   ocsp_object_list_NAME the variable with the program's objects; the tree's Makefile puts its
#                         $(OBJDIR) before each name
#   ocsp_programs_NAME    what is linked with them
# and a hosts/NAME/features.mk, if there is one, fills
#   ocsp_feature_list_NAME  what some trees of this host have and others lack, each as
#                         NAME:FILE:TEXT, quoted; ocsp.cmake reads the list, too
include $(ocsp_hosts:%=src_ocsp/hosts/%/host.mk)
-include $(ocsp_hosts:%=src_ocsp/hosts/%/features.mk)

# $(call ocsp_host_folders,HOST): those of its code. A host in C, whose callbacks take a layer by
# value, has a compat.h: it gets what is in by_value/, and the engine.
ocsp_host_folders = hosts/$1 $(if $(wildcard src_ocsp/hosts/$1/compat.h),hosts/by_value)

# $(call ocsp_features,HOST,TREE): -DOCSP_HAS_NAME=1 where FILE of the tree holds TEXT, and =0
# where not.
ocsp_features = $(if $(ocsp_feature_list_$1),$(shell cd "$2" && IFS=: && \
	for f in $(ocsp_feature_list_$1); do set -- $$f; \
	has=0; if grep -qsF -- "$$3" "$$2"; then has=1; fi; echo "-DOCSP_HAS_$$1=$$has"; done))
