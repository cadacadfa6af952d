#define OCSP_TESTS_FAULT_ITSELF
#include "fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>

#include <jansson.h>

#include "fault_calls.h"

enum { MOST_PLACES = 1024 };

/* Shared with the children. */
static struct shared {
    enum fault fault;
    int nth; /* 0: none */
    int calls;
    bool happened;
    char place[128];
    int held;
    int n_places;
    struct fault_site places[MOST_PLACES];
} * shared;

/* What a call takes, and so which faults it can have. */
enum taken { MEMORY, ROOM, READING, WRITING, OTHER };

static bool can_have(enum fault fault, enum taken taken)
{
    switch (fault) {
    case FAULT_SHORT:
    case FAULT_INTERRUPTED:
        return taken == READING || taken == WRITING;
    case FAULT_ENDS:
        return taken == READING;
    default:
        return true;
    }
}

static void remember(const struct fault_site *site)
{
    const char *file = strstr(site->file, "src_ocsp/");

    snprintf(shared->place, sizeof shared->place, "%s in %s:%d", site->call,
             file ? file + strlen("src_ocsp/") : site->file, site->line);
    for (int i = 0; i < shared->n_places; i++)
        if (shared->places[i].line == site->line &&
            strcmp(shared->places[i].file, site->file) == 0 &&
            strcmp(shared->places[i].call, site->call) == 0)
            return;
    if (shared->n_places < MOST_PLACES)
        shared->places[shared->n_places++] = *site;
}

/* Whether this call is the one; errno is set. */
static bool strikes(struct fault_site site, enum taken taken)
{
    static const int codes[] = {ENOMEM, ENOSPC, EIO, ENOSPC, EIO};

    if (!shared || shared->nth == 0 || !can_have(shared->fault, taken))
        return false;
    shared->calls++;
    const bool hit = shared->calls == shared->nth;
    if (hit) {
        remember(&site);
        shared->happened = true;
    }
    errno = shared->fault == FAULT_INTERRUPTED ? EINTR : codes[taken];
    return hit || (shared->fault == FAULT_STAYS && shared->calls > shared->nth &&
                   (taken == MEMORY || taken == ROOM || taken == WRITING));
}

static void *hold(void *memory)
{
    if (memory && shared)
        shared->held++;
    return memory;
}

static void *json_malloc(size_t size)
{
    return fault_malloc((struct fault_site){"jansson's malloc", "jansson", 0}, size);
}

void fault_start(enum fault fault, int nth)
{
    if (!shared) {
        void *memory = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            abort();
        shared = memory;
        json_set_alloc_funcs(json_malloc, fault_free);
    }
    shared->fault = fault;
    shared->nth = nth;
    shared->calls = shared->held = 0;
    shared->happened = false;
    shared->place[0] = '\0';
}

bool fault_stop(void)
{
    shared->nth = 0;
    return shared->happened;
}

const char *fault_place(void)
{
    return shared->place;
}

int fault_held(void)
{
    return shared->held;
}

int fault_places(void)
{
    return shared ? shared->n_places : 0;
}

void *fault_malloc(struct fault_site site, size_t size)
{
    return strikes(site, MEMORY) ? NULL : hold(malloc(size));
}

void *fault_calloc(struct fault_site site, size_t n, size_t size)
{
    return strikes(site, MEMORY) ? NULL : hold(calloc(n, size));
}

void *fault_realloc(struct fault_site site, void *old, size_t size)
{
    if (strikes(site, MEMORY))
        return NULL;
    return old ? realloc(old, size) : hold(malloc(size));
}

void *fault_aligned_alloc(struct fault_site site, size_t alignment, size_t size)
{
    return strikes(site, MEMORY) ? NULL : hold(aligned_alloc(alignment, size));
}

char *fault_strdup(struct fault_site site, const char *text)
{
    return strikes(site, MEMORY) ? NULL : hold(strdup(text));
}

char *fault_strndup(struct fault_site site, const char *text, size_t n)
{
    return strikes(site, MEMORY) ? NULL : hold(strndup(text, n));
}

/* `resolved` is NULL: the result is the caller's to free. */
char *fault_realpath(struct fault_site site, const char *path, char *resolved)
{
    return strikes(site, MEMORY) ? NULL : hold(realpath(path, resolved));
}

void fault_free(void *memory)
{
    if (memory && shared)
        shared->held--;
    free(memory);
}

/* Its buffer is the caller's to free. */
FILE *fault_open_memstream(struct fault_site site, char **buffer, size_t *size)
{
    return strikes(site, MEMORY) ? NULL : hold(open_memstream(buffer, size));
}

/* A descriptor or stream is closed even where its last data could not be written. */
int fault_fclose(struct fault_site site, FILE *file)
{
    const int status = fclose(file);
    return strikes(site, OTHER) ? EOF : status;
}

FILE *fault_fopen(struct fault_site site, const char *path, const char *mode)
{
    return strikes(site, OTHER) ? NULL : fopen(path, mode);
}

int fault_open(struct fault_site site, const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list args;

    va_start(args, flags);
    if (flags & O_CREAT)
        mode = va_arg(args, mode_t);
    va_end(args);
    if (strikes(site, flags & O_CREAT ? ROOM : OTHER))
        return -1;
    return open(path, flags, mode);
}

int fault_close(struct fault_site site, int fd)
{
    const int status = close(fd);
    return strikes(site, OTHER) ? -1 : status;
}

ssize_t fault_read(int fd, void *data, size_t size)
{
    const struct fault_site site = {"read", "net/file.c", 0};

    if (!strikes(site, READING))
        return read(fd, data, size);
    if (shared->fault == FAULT_SHORT)
        return read(fd, data, 1);
    return shared->fault == FAULT_ENDS ? 0 : -1;
}

ssize_t fault_write(struct fault_site site, int fd, const void *data, size_t size)
{
    if (!strikes(site, WRITING))
        return write(fd, data, size);
    return shared->fault == FAULT_SHORT ? write(fd, data, 1) : -1;
}

/* No test pulls the plug: it need not wait for the disk. */
int fault_fsync(struct fault_site site, int fd)
{
    (void)fd;
    return strikes(site, ROOM) ? -1 : 0;
}

int fault_ftruncate(struct fault_site site, int fd, off_t size)
{
    return strikes(site, OTHER) ? -1 : ftruncate(fd, size);
}

int fault_fstat(struct fault_site site, int fd, struct stat *info)
{
    return strikes(site, OTHER) ? -1 : fstat(fd, info);
}

int fault_lstat(struct fault_site site, const char *path, struct stat *info)
{
    return strikes(site, OTHER) ? -1 : lstat(path, info);
}

int fault_flock(struct fault_site site, int fd, int operation)
{
    return strikes(site, OTHER) ? -1 : flock(fd, operation);
}

int fault_openat(struct fault_site site, int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list args;

    va_start(args, flags);
    if (flags & O_CREAT)
        mode = va_arg(args, mode_t);
    va_end(args);
    return strikes(site, flags & O_CREAT ? ROOM : OTHER)
               ? -1
               : openat(folder, path, flags, mode);
}

int fault_rmdir(struct fault_site site, const char *path)
{
    return strikes(site, OTHER) ? -1 : rmdir(path);
}

int fault_fstatat(struct fault_site site, int folder, const char *path, struct stat *info,
                  int flags)
{
    return strikes(site, OTHER) ? -1 : fstatat(folder, path, info, flags);
}

DIR *fault_fdopendir(struct fault_site site, int fd)
{
    return strikes(site, OTHER) ? NULL : fdopendir(fd);
}

int fault_link(struct fault_site site, const char *from, const char *to)
{
    return strikes(site, OTHER) ? -1 : link(from, to);
}

int fault_rename(struct fault_site site, const char *from, const char *to)
{
    return strikes(site, OTHER) ? -1 : rename(from, to);
}

int fault_unlink(struct fault_site site, const char *path)
{
    return strikes(site, OTHER) ? -1 : unlink(path);
}

int fault_unlinkat(struct fault_site site, int folder, const char *path, int flags)
{
    return strikes(site, OTHER) ? -1 : unlinkat(folder, path, flags);
}

int fault_access(struct fault_site site, const char *path, int mode)
{
    return strikes(site, OTHER) ? -1 : access(path, mode);
}

DIR *fault_opendir(struct fault_site site, const char *path)
{
    return strikes(site, OTHER) ? NULL : opendir(path);
}

int fault_pipe(struct fault_site site, int ends[2])
{
    return strikes(site, OTHER) ? -1 : pipe(ends);
}

pid_t fault_fork(struct fault_site site)
{
    return strikes(site, MEMORY) ? -1 : fork();
}

int fault_mkdir(struct fault_site site, const char *path, mode_t mode)
{
    return strikes(site, OTHER) ? -1 : mkdir(path, mode);
}
