/* A state file from its parts, with right numbers and a right checksum: what is wrong in
 * it is in the parts. */
#ifndef OCSP_TESTS_STATE_FILE_H
#define OCSP_TESTS_STATE_FILE_H

#include <stddef.h>

struct state_parts {
    const char *meta, *csv, *floats;
    size_t meta_size, csv_size, n_floats;
};

/* Finds the parts of a whole file, in it. */
void state_file_split(const char *data, struct state_parts *parts);
/* The file's bytes, malloc'ed; NULL: no memory. */
char *state_file_join(const struct state_parts *parts, size_t *size);

#endif
