# AlexeyAB's Darknet, see hosts.mk. Its library holds the patched training loops as well.
ocsp_mark_alexeyab := src/darknet.c
ocsp_object_list_alexeyab := OBJ
ocsp_programs_alexeyab = $(EXEC) $(LIBNAMESO)
