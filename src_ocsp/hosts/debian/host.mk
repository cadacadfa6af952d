# Debian's source package, see hosts.mk.
ocsp_mark_debian := examples/darknet.c
ocsp_object_list_debian := EXECOBJA
ocsp_programs_debian = $(EXEC)
