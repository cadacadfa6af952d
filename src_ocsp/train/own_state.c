#include "train/own_state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The sum at the end of the file. False where there is no such file. */
static bool read_sum(const char *path, unsigned char sum[OCSP_STATE_SUM])
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t got = 0;

    if (fd < 0)
        return false;
    bool can_read = lseek(fd, -OCSP_STATE_SUM, SEEK_END) >= 0;
    while (can_read && got < OCSP_STATE_SUM) {
        const ssize_t n = read(fd, sum + got, OCSP_STATE_SUM - got);
        can_read = n > 0 || (n < 0 && errno == EINTR);
        got += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    return got == OCSP_STATE_SUM;
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
