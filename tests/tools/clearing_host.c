/* A made-up host that treats the terminal as badly as any: it clears the screen and rings
 * the bell in each iteration, right behind our lines; it leaves lines unfinished, changes
 * them by CR, and says something on stderr at its end.
 *
 * usage: clearing_host [-brief] [-log PATH] [-ms N] [-end exit|return|abort|hang|fork] N
 *
 * N iterations; `ours` after each third. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "view/lines.h"

static void wait_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void show_status(int k, int n)
{
    struct ocsp_status_line status = {0};
    char packed[OCSP_STATUS_SIZE];

    ocsp_status_add(&status, 0, "epoch %d/%d 50%%", k, n);
    ocsp_status_add(&status, 1, "sparse");
    ocsp_status_add(&status, 2, "a part that is as long as a part may be, so");
    ocsp_status_add(&status, 3, "another part that is as long as one may be");
    ocsp_status_pack(&status, packed);
    ocsp_lines_say(OCSP_SAY_STATUS, packed);
}

static void iterate(int k, int n)
{
    char line[64];

    if (k % 3 == 0) {
        snprintf(line, sizeof line, "ocsp: line %d", k / 3);
        ocsp_lines_say(OCSP_SAY_LINE, line);
    }
    show_status(k, n);
    printf("\033[H\033[J");
    printf("%d/%d: loss=0.1 hours left=0.1\007", k, n);
    fflush(stdout);
    printf("\n %d: 0.1, 0.1 avg loss\n", k);
    fprintf(stderr, "\r%d", k);
}

static void end(const char *how)
{
    if (strcmp(how, "exit") == 0) {
        printf("a line without an end");
        exit(3);
    }
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "hang") == 0)
        wait_ms(60000);
    if (strcmp(how, "fork") == 0) { /* another process that ends first */
        const pid_t child = fork();
        if (child == 0)
            exit(0);
        waitpid(child, NULL, 0);
        ocsp_lines_say(OCSP_SAY_LINE, "ocsp: behind the child's end");
    }
}

int main(int argc, char **argv)
{
    bool brief = false;
    long ms = 0;
    const char *log = NULL, *how = "return";
    int n = 0;

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-brief") == 0)
            brief = true;
        else if (i + 1 < argc && strcmp(argv[i], "-log") == 0)
            log = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "-ms") == 0)
            ms = atol(argv[++i]);
        else if (i + 1 < argc && strcmp(argv[i], "-end") == 0)
            how = argv[++i];
        else
            n = atoi(argv[i]);
    ocsp_lines_begin(brief);
    printf("the host begins\n");
    ocsp_lines_say(OCSP_SAY_LINE, "ocsp: line 0");
    if (log)
        ocsp_lines_say(OCSP_SAY_NEW_LOG, log);
    for (int k = 1; k <= n; k++) {
        iterate(k, n);
        wait_ms(ms);
    }
    ocsp_lines_say(OCSP_SAY_LAST, "ocsp: done");
    end(how);
    fprintf(stderr, "\nSaving weights\n");
    return 0;
}
