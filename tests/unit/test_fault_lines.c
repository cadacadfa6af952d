/* Lines of a run with a fault at every call site in turn: whatever fails, they arrive,
 * and a run goes on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "helpers.h"
#include "view/lines.h"

/* The trainer, with stdout and stderr in one file. */
static void train(const char *out, const char *log, bool brief, enum fault fault, int nth)
{
    if (!freopen(out, "w", stdout) || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
        _exit(9);
    fault_start(fault, nth);
    ocsp_lines_begin(brief);
    ocsp_lines_say(OCSP_SAY_LINE, "ocsp: first");
    printf("the host's\n");
    ocsp_lines_say(OCSP_SAY_NEW_LOG, log);
    ocsp_lines_say(OCSP_SAY_STATUS, "0epoch 1");
    ocsp_lines_say(OCSP_SAY_ERROR, "darknet ocsp: second");
    ocsp_lines_say(OCSP_SAY_LAST, "ocsp: last");
    ocsp_lines_end();
    _exit(fault_stop());
}

static int count(const char *path, const char *text)
{
    char data[4096], *at = data;
    int n = 0;
    FILE *f = fopen(path, "r");

    if (!f)
        return 0;
    data[fread(data, 1, sizeof data - 1, f)] = '\0';
    fclose(f);
    for (; (at = strstr(at, text)); at++)
        n++;
    return n;
}

/* Whether the fault has happened. */
static bool lines_arrive(const char *out, const char *log, bool brief, enum fault fault,
                         int nth)
{
    int status;

    fault_start(fault, 0); /* what is shared with the child */
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        train(out, log, brief, fault, nth);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
    /* of a pipe no read fails, and what was in it is lost with its reader */
    if (strstr(fault_place(), "read in"))
        return true;
    static const char *const said[] = {"ocsp: first\n", "darknet ocsp: second\n",
                                       "ocsp: last\n"};
    for (int k = 0; k < 3; k++)
        if (count(out, said[k]) != 1)
            fail_msg("%s: %d times %s", fault_place(), count(out, said[k]), said[k]);
    if (!WEXITSTATUS(status)) {
        assert_int_equal(count(log, "ocsp: last\n"), 1);
        assert_int_equal(count(out, "the host's"), brief ? 0 : 1);
    }
    unlink(log);
    return WEXITSTATUS(status);
}

static void lines_arrive_whatever_fails(void **state)
{
    char out[] = "/tmp/ocsp-out-XXXXXX", log[] = "/tmp/ocsp-log-XXXXXX";
    int n = 0;
    (void)state;

    close(mkstemp(out));
    close(mkstemp(log));
    for (int brief = 0; brief < 2; brief++)
        for (enum fault fault = 0; fault < N_FAULTS; fault++)
            for (int nth = 1; lines_arrive(out, log, brief, fault, nth); nth++)
                n++;
    unlink(out);
    assert_true(n > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_arrive_whatever_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
