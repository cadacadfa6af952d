/* for the two functions of posix_spawn whose names end with _np */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "view/plotter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "net/clock.h"
#include "net/file.h"
#include "view/plots.h"
#include "view/svg_ids.h"

#define PROGRAM "gnuplot"
#define LOWEST_PRIORITY 19
/* Of the run's time, drawing takes one part in so many, where epochs are that short. */
#define SHARE_OF_TIME 10
#define MOMENT_NS 10000000

extern char **environ;

/* `end`: what the last bytes of a whole file have. */
static const struct format {
    const char *name, *end;
} formats[] = {{"svg", "</svg>"}, {"png", "IEND"}};
enum { N_FORMATS = sizeof formats / sizeof *formats, TAIL = 16 };

enum ocsp_status ocsp_plotter_init(struct ocsp_plotter *plotter, const char *folder,
                                   const char *base, struct ocsp_error *err)
{
    *plotter = (struct ocsp_plotter){.folder = strdup(folder), .base = strdup(base)};
    if (plotter->folder && plotter->base)
        return OCSP_OK;
    ocsp_plotter_clear(plotter);
    return ocsp_fail_memory(err);
}

/* --- pictures --- */

static bool picture_name(const struct ocsp_plotter *p, const char *picture,
                         const char *format, char name[PATH_MAX])
{
    return snprintf(name, PATH_MAX, "%s_ocsp_%s.%s", p->base, picture, format) < PATH_MAX;
}

/* The program says nothing when the disk is full. */
static bool is_whole(const char *data, size_t size, const char *end)
{
    const size_t n = strlen(end);

    for (size_t k = size > TAIL ? size - TAIL : 0; k + n <= size; k++)
        if (memcmp(data + k, end, n) == 0)
            return true;
    return false;
}

/* Not synced: the next drawing makes them anew. */
static enum ocsp_status write_picture(const char *path, const char *data, size_t size,
                                      struct ocsp_error *err)
{
    struct ocsp_new_file file;
    enum ocsp_status status = ocsp_new_file_open(&file, path, err);

    if (!status)
        status = ocsp_new_file_write(&file, data, size, err);
    if (!status)
        status = ocsp_new_file_rename(&file, err);
    ocsp_new_file_discard(&file);
    return status;
}

/* Takes one picture out of the drawing's folder; one that was not drawn, as there is
 * nothing to see yet, was left by another run. */
static enum ocsp_status take(const struct ocsp_plotter *p, const char *picture,
                             const struct format *format, struct ocsp_error *err)
{
    char name[PATH_MAX], *data = NULL;
    struct stat info;
    size_t size = 0;
    char *to = picture_name(p, picture, format->name, name)
                   ? ocsp_file_path(p->folder, name, "")
                   : NULL;
    enum ocsp_status status = to ? OCSP_OK : ocsp_fail_memory(err);

    if (!status && fstatat(p->drawing.fd, name, &info, AT_SYMLINK_NOFOLLOW)) {
        if (errno == ENOENT)
            unlink(to);
        else
            status = ocsp_fail(err, OCSP_E_IO, name, 0, "cannot look for it: %s",
                               strerror(errno));
        goto out;
    }
    if (!status)
        status = ocsp_file_read_in(p->drawing.fd, name, &data, &size, err);
    if (!status && !is_whole(data, size, format->end))
        status = ocsp_fail(err, OCSP_E_IO, to, 0, "is cut off (is the disk full?)");
    if (!status && strcmp(format->name, "svg") == 0)
        status = ocsp_svg_name_ids(&data, &size, picture, err);
    if (!status)
        status = write_picture(to, data, size, err);
out:
    free(data);
    free(to);
    return status;
}

static enum ocsp_status take_all(const struct ocsp_plotter *p, struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    for (int k = 0; ocsp_plots_picture(k) && !status; k++)
        for (int f = 0; f < N_FORMATS && !status; f++)
            status = take(p, ocsp_plots_picture(k), &formats[f], err);
    return status;
}

/* --- the process --- */

static int lay_files(posix_spawn_file_actions_t *actions, int folder, int errors)
{
    int code = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);

    if (!code)
        code = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    if (!code)
        code = posix_spawn_file_actions_adddup2(actions, errors, 2);
    if (!code)
        code = posix_spawn_file_actions_addfchdir_np(actions, folder);
#if defined __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 34)
    if (!code) /* a host's files are not closed by themselves */
        code = posix_spawn_file_actions_addclosefrom_np(actions, 3);
#endif
#endif
    return code;
}

/* A group of its own, and signals as in a new process. */
static int lay_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    int code;

    sigemptyset(&none);
    sigfillset(&all);
    code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
                                                    POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
    if (!code)
        code = posix_spawnattr_setpgroup(attributes, 0);
    if (!code)
        code = posix_spawnattr_setsigmask(attributes, &none);
    if (!code)
        code = posix_spawnattr_setsigdefault(attributes, &all);
    return code;
}

/* Starts the program with its stderr in `errors`; returns errno's code. */
static int spawn(const struct ocsp_plotter *p, int errors, pid_t *child)
{
    char script[PATH_MAX];
    char *const argv[] = {(char[]){PROGRAM}, (char[]){"-d"}, script, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int code;

    if (snprintf(script, sizeof script, "../%s" OCSP_PLOTS_SCRIPT, p->base) >=
        (int)sizeof script)
        return ENAMETOOLONG;
    code = posix_spawn_file_actions_init(&actions);
    if (code)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (!code) {
        code = lay_files(&actions, p->drawing.fd, errors);
        if (!code)
            code = lay_signals(&attributes);
        if (!code)
            code = posix_spawnp(child, PROGRAM, &actions, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static enum ocsp_status fail_to_start(int code, struct ocsp_error *err)
{
    if (code == ENOENT)
        return ocsp_fail(err, OCSP_E_IO, NULL, 0,
                         PROGRAM " is not there: apt-get install gnuplot-nox");
    return ocsp_fail(err, OCSP_E_IO, NULL, 0, "cannot start " PROGRAM ": %s",
                     strerror(code));
}

bool ocsp_plotter_is_ready(const struct ocsp_plotter *plotter)
{
    const double took = plotter->ended - plotter->began;

    return plotter->child == 0 &&
           ocsp_seconds_now() - plotter->ended >= (SHARE_OF_TIME - 1) * took;
}

/* A process that outlives its run writes into its own. */
static enum ocsp_status make_drawing(struct ocsp_plotter *p, struct ocsp_error *err)
{
    char *beside = ocsp_file_path(p->folder, p->base, "_ocsp_plots");
    const enum ocsp_status status =
        beside ? ocsp_new_folder_make(&p->drawing, beside, err) : ocsp_fail_memory(err);

    free(beside);
    return status;
}

enum ocsp_status ocsp_plotter_start(struct ocsp_plotter *plotter, bool beside,
                                    struct ocsp_error *err)
{
    int ends[2], code;
    pid_t child;

    if (make_drawing(plotter, err))
        return err->status;
    if (pipe(ends)) {
        code = errno;
        ocsp_new_folder_discard(&plotter->drawing);
        return fail_to_start(code, err);
    }
    for (int k = 0; k < 2; k++)
        fcntl(ends[k], F_SETFD, FD_CLOEXEC);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    plotter->began = plotter->ended = ocsp_seconds_now();
    code = spawn(plotter, ends[1], &child);
    close(ends[1]);
    if (code) {
        close(ends[0]);
        ocsp_new_folder_discard(&plotter->drawing);
        return fail_to_start(code, err);
    }
    if (beside) /* where it fails, the drawing has the run's priority */
        setpriority(PRIO_PROCESS, (id_t)child, LOWEST_PRIORITY);
    plotter->child = child;
    plotter->errors = ends[0];
    plotter->said[0] = '\0';
    return OCSP_OK;
}

/* Keeps the first bytes of what the program says, and lets the others go: it must not
 * wait for a reader. */
static void listen_to(struct ocsp_plotter *p)
{
    char bytes[512];
    ssize_t n;

    while ((n = read(p->errors, bytes, sizeof bytes)) > 0) {
        const size_t said = strlen(p->said), room = sizeof p->said - 1 - said;
        const size_t more = (size_t)n < room ? (size_t)n : room;
        memcpy(p->said + said, bytes, more);
        p->said[said + more] = '\0';
    }
}

/* Says in one line how the program failed. */
static enum ocsp_status fail_to_draw(struct ocsp_plotter *p, int how,
                                     struct ocsp_error *err)
{
    char *first = p->said + strspn(p->said, " \t\n^");
    char ended[64];

    first[strcspn(first, "\n")] = '\0';
    for (char *c = first; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    if (WIFSIGNALED(how))
        snprintf(ended, sizeof ended, "was ended by signal %d", WTERMSIG(how));
    else
        snprintf(ended, sizeof ended, "ended with status %d", WEXITSTATUS(how));
    return ocsp_fail(err, OCSP_E_IO, NULL, 0, PROGRAM " %s%s%s", ended,
                     *first ? ": " : "", first);
}

static void forget(struct ocsp_plotter *p)
{
    listen_to(p);
    close(p->errors);
    p->child = 0;
    p->ended = ocsp_seconds_now();
}

enum ocsp_status ocsp_plotter_look(struct ocsp_plotter *plotter, struct ocsp_error *err)
{
    int how = 0;
    enum ocsp_status status;

    if (plotter->child == 0)
        return OCSP_OK;
    const pid_t done = waitpid(plotter->child, &how, WNOHANG);
    if (done == 0 || (done < 0 && errno == EINTR)) {
        listen_to(plotter);
        return OCSP_OK;
    }
    /* where the host ignores SIGCHLD, only its stderr tells how it ended */
    forget(plotter);
    if (done < 0 && plotter->said[0])
        how = 1 << 8;
    status = how == 0 ? take_all(plotter, err) : fail_to_draw(plotter, how, err);
    ocsp_new_folder_discard(&plotter->drawing);
    return status;
}

static void end_drawing(struct ocsp_plotter *p)
{
    kill(-p->child, SIGKILL);
    while (waitpid(p->child, NULL, 0) < 0 && errno == EINTR)
        continue;
    forget(p);
    ocsp_new_folder_discard(&p->drawing);
}

enum ocsp_status ocsp_plotter_wait(struct ocsp_plotter *plotter, double seconds,
                                   struct ocsp_error *err)
{
    const struct timespec moment = {0, MOMENT_NS};
    const double until = ocsp_seconds_now() + seconds;

    for (;;) {
        const enum ocsp_status status = ocsp_plotter_look(plotter, err);
        if (status || plotter->child == 0)
            return status;
        if (ocsp_seconds_now() >= until)
            break;
        nanosleep(&moment, NULL);
    }
    end_drawing(plotter);
    return ocsp_fail(err, OCSP_E_IO, NULL, 0, PROGRAM " was not done after %.3g s",
                     seconds);
}

void ocsp_plotter_clear(struct ocsp_plotter *plotter)
{
    if (plotter->child)
        end_drawing(plotter);
    free(plotter->folder);
    free(plotter->base);
    *plotter = (struct ocsp_plotter){0};
}

void ocsp_plotter_abandon(const struct ocsp_plotter *plotter)
{
    const pid_t child = plotter->child;
    siginfo_t unused;

    if (child == 0)
        return;
    kill(-child, SIGKILL);
    /* without taking its status from a thread that may wait for it */
    while (waitid(P_PID, (id_t)child, &unused, WEXITED | WNOWAIT) && errno == EINTR)
        continue;
    ocsp_new_folder_remove(&plotter->drawing);
}
