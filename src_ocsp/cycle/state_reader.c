#include "cycle/state_reader.h"

#include <math.h>
#include <stdio.h>

enum ocsp_status ocsp_state_damaged(const struct ocsp_state *s, const char *what,
                                    struct ocsp_error *err)
{
    return ocsp_fail(err, OCSP_E_FORMAT, s->path, 0,
                     "not a state of this version of ocsp: %s; begin anew by -restart",
                     what);
}

void ocsp_state_expect(struct ocsp_state_reader *r, bool good, const char *name)
{
    if (!good && !r->wrong)
        r->wrong = name;
}

double ocsp_state_read_real(struct ocsp_state_reader *r, const char *name)
{
    const json_t *value = json_object_get(r->object, name);

    ocsp_state_expect(r, json_is_number(value) || json_is_null(value), name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

json_int_t ocsp_state_read_whole(struct ocsp_state_reader *r, const char *name,
                                 json_int_t low, json_int_t high)
{
    const json_t *value = json_object_get(r->object, name);
    const json_int_t number = json_integer_value(value);
    const bool good = json_is_integer(value) && number >= low && number <= high;

    ocsp_state_expect(r, good, name);
    return good ? number : low;
}

int ocsp_state_read_int(struct ocsp_state_reader *r, const char *name, int low)
{
    return (int)ocsp_state_read_whole(r, name, low, INT32_MAX);
}

uint64_t ocsp_state_read_count(struct ocsp_state_reader *r, const char *name)
{
    return (uint64_t)ocsp_state_read_whole(r, name, 0, INT64_MAX);
}

enum ocsp_status ocsp_state_read_result(const struct ocsp_state_reader *r,
                                        struct ocsp_error *err)
{
    char what[80];

    if (!r->wrong)
        return OCSP_OK;
    snprintf(what, sizeof what, "'%s' is missing or wrong", r->wrong);
    return ocsp_state_damaged(r->state, what, err);
}

struct ocsp_state_reader ocsp_state_reader(const struct ocsp_state *state,
                                           const char *name)
{
    const json_t *object = json_object_get(state->meta, name);

    return (struct ocsp_state_reader){state, object,
                                      json_is_object(object) ? NULL : name};
}
