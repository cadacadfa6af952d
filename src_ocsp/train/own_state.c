#include "train/own_state.h"

#include <string.h>

#include "net/file.h"

/* The sum at the end of the file. False where there is no such file. */
static bool read_sum(const char *path, unsigned char sum[OCSP_STATE_SUM])
{
    struct ocsp_error ignored;

    return ocsp_file_read_end(path, sum, OCSP_STATE_SUM, &ignored) == OCSP_OK;
}

void ocsp_own_state_find(struct ocsp_run *run)
{
    run->has_state = read_sum(run->state, run->state_sum);
}

void ocsp_own_state_note(struct ocsp_run *run, const char *data, size_t size)
{
    run->has_state = size >= OCSP_STATE_SUM;
    if (run->has_state)
        memcpy(run->state_sum, data + size - OCSP_STATE_SUM, OCSP_STATE_SUM);
}

enum ocsp_status ocsp_own_state_check(const struct ocsp_run *run, struct ocsp_error *err)
{
    unsigned char sum[OCSP_STATE_SUM];

    if (!read_sum(run->state, sum) ||
        (run->has_state && memcmp(sum, run->state_sum, sizeof sum) == 0))
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_CONFLICT, run->state, 0,
                     "another run has written it while this one was at work: this one "
                     "has stopped and left its files alone; give each a folder of its "
                     "own as backup=");
}
