/* Preloaded (LD_PRELOAD), kills the process with SIGKILL at a chosen system call of those
 * that change files. Before and after every open for writing, write, fsync, rename and
 * unlink is a point, numbered from 1.
 *
 *     KILL_AT=K        at point K; 0 or nothing: never
 *     KILL_PATH=TEXT   count only calls on files whose path holds TEXT
 *     KILL_DELAY_US=D  D microseconds after it
 *     KILL_COUNT=FILE  where the process ends by itself: write the number of points there
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FD 1024

static const char *wanted; /* KILL_PATH */
static long kill_at, delay, points;
static bool is_counted[MAX_FD]; /* file descriptors of files that count */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static long number_of(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    wanted = getenv("KILL_PATH");
    kill_at = number_of("KILL_AT");
    delay = number_of("KILL_DELAY_US");
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("KILL_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;

    if (!file)
        return;
    fprintf(file, "%ld\n", points);
    fclose(file);
}

static void *wait_and_kill(void *unused)
{
    usleep((useconds_t)delay);
    kill(getpid(), SIGKILL);
    return unused;
}

static void point(bool counts)
{
    pthread_t thread;

    if (!counts)
        return;
    pthread_mutex_lock(&lock);
    const bool now = ++points == kill_at;
    pthread_mutex_unlock(&lock);
    if (now && (delay == 0 || pthread_create(&thread, NULL, wait_and_kill, NULL)))
        kill(getpid(), SIGKILL);
}

static bool counts(const char *path)
{
    return !wanted || strstr(path, wanted);
}

static bool counts_fd(int fd)
{
    return fd >= 0 && fd < MAX_FD && is_counted[fd];
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    /* folders are opened for their fsync */
    const bool counted = (flags & (O_CREAT | O_DIRECTORY)) && counts(path);
    point(counted);
    const int fd = REAL(open)(path, flags, mode);
    if (fd >= 0 && fd < MAX_FD)
        is_counted[fd] = counted;
    point(counted);
    return fd;
}

ssize_t write(int fd, const void *data, size_t size)
{
    point(counts_fd(fd));
    const ssize_t n = REAL(write)(fd, data, size);
    point(counts_fd(fd));
    return n;
}

int fsync(int fd)
{
    point(counts_fd(fd));
    const int status = REAL(fsync)(fd);
    point(counts_fd(fd));
    return status;
}

int rename(const char *from, const char *to)
{
    point(counts(to));
    const int status = REAL(rename)(from, to);
    point(counts(to));
    return status;
}

int unlink(const char *path)
{
    point(counts(path));
    const int status = REAL(unlink)(path);
    point(counts(path));
    return status;
}
