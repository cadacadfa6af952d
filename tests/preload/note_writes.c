/* Preloaded (LD_PRELOAD), appends a line to the file that NOTE_WRITES names for each path
 * that the process opens for writing, makes, or gives to a file or folder:
 *
 *     open FLAGS PATH      FLAGS: x made exclusively, n no link is followed, a appended
 * to name PATH            by rename, link or mkdir
 *
 * Paths are absolute, but for /proc/self/fd/N. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void note(const char *what, int folder, const char *path)
{
    char line[2 * PATH_MAX + 64], at[PATH_MAX] = "", link[64];
    const char *list = getenv("NOTE_WRITES");

    if (!list)
        return;
    if (*path != '/') {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        const ssize_t n =
            readlink(folder == AT_FDCWD ? "/proc/self/cwd" : link, at, sizeof at - 2);
        strcpy(at + (n > 0 ? n : 0), "/");
        if (strncmp(path, "./", 2) == 0)
            path += 2;
    }
    const int length = snprintf(line, sizeof line, "%s %s%s\n", what, at, path);
    const long file =
        syscall(SYS_openat, AT_FDCWD, list, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (syscall(SYS_write, file, line, (size_t)length) != length)
        abort(); /* one write: lines stay whole */
    syscall(SYS_close, file);
}

static void note_open(int folder, const char *path, int flags)
{
    char what[16];

    if ((flags & O_ACCMODE) == O_RDONLY && !(flags & (O_CREAT | O_TRUNC)))
        return;
    if ((flags & O_TMPFILE) == O_TMPFILE)
        return; /* it has no name */
    snprintf(what, sizeof what, "open %c%c%c", flags & O_EXCL ? 'x' : '-',
             flags & O_NOFOLLOW ? 'n' : '-', flags & O_APPEND ? 'a' : '-');
    note(what, folder, path);
}

static mode_t mode_of(int flags, va_list *rest)
{
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(*rest, mode_t)
                                                               : 0;
}

#define OPEN(name)                                                                       \
    int name(const char *path, int flags, ...)                                           \
    {                                                                                    \
        va_list rest;                                                                    \
        va_start(rest, flags);                                                           \
        const mode_t mode = mode_of(flags, &rest);                                       \
        va_end(rest);                                                                    \
        note_open(AT_FDCWD, path, flags);                                                \
        return REAL(name)(path, flags, mode);                                            \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                     \
    int name(int folder, const char *path, int flags, ...)                               \
    {                                                                                    \
        va_list rest;                                                                    \
        va_start(rest, flags);                                                           \
        const mode_t mode = mode_of(flags, &rest);                                       \
        va_end(rest);                                                                    \
        note_open(folder, path, flags);                                                  \
        return REAL(name)(folder, path, flags, mode);                                    \
    }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                                      \
    FILE *name(const char *path, const char *mode)                                       \
    {                                                                                    \
        if (*mode != 'r' || strchr(mode, '+'))                                           \
            note_open(AT_FDCWD, path, O_WRONLY | (strchr(mode, 'x') ? O_EXCL : 0));      \
        return REAL(name)(path, mode);                                                   \
    }
FOPEN(fopen)
FOPEN(fopen64)

/* The library's own open of a name that it has made up. */
int mkstemps(char *path, int ending)
{
    const int fd = REAL(mkstemps)(path, ending);
    note_open(AT_FDCWD, path, O_RDWR | O_EXCL | O_NOFOLLOW);
    return fd;
}

int rename(const char *from, const char *to)
{
    note("name", AT_FDCWD, to);
    return REAL(rename)(from, to);
}

int link(const char *from, const char *to)
{
    note("name", AT_FDCWD, to);
    return REAL(link)(from, to);
}

int mkdir(const char *path, mode_t mode)
{
    note("name", AT_FDCWD, path);
    return REAL(mkdir)(path, mode);
}
