/* Reads the fields of one object in a state's JSON. Reading goes on after a bad field;
 * the error names the first of them. */
#ifndef OCSP_CYCLE_STATE_READER_H
#define OCSP_CYCLE_STATE_READER_H

#include <jansson.h>
#include <stdbool.h>

#include "cycle/state.h"

struct ocsp_state_reader {
    const struct ocsp_state *state;
    const json_t *object; /* borrowed */
    const char *wrong;    /* name of the first bad field, or NULL */
};

/* Of the member `name`, an object, of the whole JSON. */
struct ocsp_state_reader ocsp_state_reader(const struct ocsp_state *state,
                                           const char *name);

/* Notes that the field is wrong, unless it is good. */
void ocsp_state_expect(struct ocsp_state_reader *r, bool good, const char *name);
/* A number; NaN where it is null. */
double ocsp_state_read_real(struct ocsp_state_reader *r, const char *name);
/* A whole number from low to high; and from low, or from 0, on. */
json_int_t ocsp_state_read_whole(struct ocsp_state_reader *r, const char *name,
                                 json_int_t low, json_int_t high);
int ocsp_state_read_int(struct ocsp_state_reader *r, const char *name, int low);
uint64_t ocsp_state_read_count(struct ocsp_state_reader *r, const char *name);

/* Refuses the state where a field was wrong. */
enum ocsp_status ocsp_state_read_result(const struct ocsp_state_reader *r,
                                        struct ocsp_error *err);
/* Refuses a state for what is wrong with it. */
enum ocsp_status ocsp_state_damaged(const struct ocsp_state *state, const char *what,
                                    struct ocsp_error *err);

#endif
