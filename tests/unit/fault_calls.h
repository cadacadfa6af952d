/* For `-include`: the calls of a source of ours that may fail, led through fault.c. The
 * system's declarations come first, as they are. */
#ifndef OCSP_TESTS_FAULT_CALLS_H
#define OCSP_TESTS_FAULT_CALLS_H

/* a source that wants it would come too late */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct fault_site {
    const char *call, *file;
    int line;
};

void *fault_malloc(struct fault_site site, size_t size);
void *fault_calloc(struct fault_site site, size_t n, size_t size);
void *fault_realloc(struct fault_site site, void *old, size_t size);
void *fault_aligned_alloc(struct fault_site site, size_t alignment, size_t size);
char *fault_strdup(struct fault_site site, const char *text);
char *fault_strndup(struct fault_site site, const char *text, size_t n);
char *fault_realpath(struct fault_site site, const char *path, char *resolved);
void fault_free(void *memory);
FILE *fault_open_memstream(struct fault_site site, char **buffer, size_t *size);
FILE *fault_fopen(struct fault_site site, const char *path, const char *mode);
int fault_fclose(struct fault_site site, FILE *file);
int fault_open(struct fault_site site, const char *path, int flags, ...);
int fault_close(struct fault_site site, int fd);
ssize_t fault_read(int fd, void *data, size_t size);
ssize_t fault_write(struct fault_site site, int fd, const void *data, size_t size);
int fault_fsync(struct fault_site site, int fd);
int fault_ftruncate(struct fault_site site, int fd, off_t size);
int fault_fstat(struct fault_site site, int fd, struct stat *info);
int fault_lstat(struct fault_site site, const char *path, struct stat *info);
int fault_flock(struct fault_site site, int fd, int operation);
int fault_openat(struct fault_site site, int folder, const char *path, int flags, ...);
int fault_fstatat(struct fault_site site, int folder, const char *path, struct stat *info,
                  int flags);
DIR *fault_fdopendir(struct fault_site site, int fd);
int fault_link(struct fault_site site, const char *from, const char *to);
int fault_rename(struct fault_site site, const char *from, const char *to);
int fault_unlink(struct fault_site site, const char *path);
int fault_unlinkat(struct fault_site site, int folder, const char *path, int flags);
int fault_access(struct fault_site site, const char *path, int mode);
DIR *fault_opendir(struct fault_site site, const char *path);
int fault_mkdir(struct fault_site site, const char *path, mode_t mode);
int fault_rmdir(struct fault_site site, const char *path);
int fault_pipe(struct fault_site site, int ends[2]);
pid_t fault_fork(struct fault_site site);

#ifndef OCSP_TESTS_FAULT_ITSELF
#define FAULT_SITE(call)                                                                 \
    (struct fault_site)                                                                  \
    {                                                                                    \
        call, __FILE__, __LINE__                                                         \
    }
#define malloc(size) fault_malloc(FAULT_SITE("malloc"), size)
#define calloc(n, size) fault_calloc(FAULT_SITE("calloc"), n, size)
#define realloc(old, size) fault_realloc(FAULT_SITE("realloc"), old, size)
#define aligned_alloc(alignment, size)                                                   \
    fault_aligned_alloc(FAULT_SITE("aligned_alloc"), alignment, size)
#undef strdup
#define strdup(text) fault_strdup(FAULT_SITE("strdup"), text)
#undef strndup
#define strndup(text, n) fault_strndup(FAULT_SITE("strndup"), text, n)
#define realpath(path, resolved) fault_realpath(FAULT_SITE("realpath"), path, resolved)
#define free(memory) fault_free(memory)
#define open_memstream(buffer, size)                                                     \
    fault_open_memstream(FAULT_SITE("open_memstream"), buffer, size)
#define fopen(path, mode) fault_fopen(FAULT_SITE("fopen"), path, mode)
#define fclose(file) fault_fclose(FAULT_SITE("fclose"), file)
#define open(...) fault_open(FAULT_SITE("open"), __VA_ARGS__)
#define close(fd) fault_close(FAULT_SITE("close"), fd)
#define read fault_read /* a member of a struct, too */
#define write(fd, data, size) fault_write(FAULT_SITE("write"), fd, data, size)
#define fsync(fd) fault_fsync(FAULT_SITE("fsync"), fd)
#define ftruncate(fd, size) fault_ftruncate(FAULT_SITE("ftruncate"), fd, size)
#define fstat(fd, info) fault_fstat(FAULT_SITE("fstat"), fd, info)
#define lstat(path, info) fault_lstat(FAULT_SITE("lstat"), path, info)
#define flock(fd, operation) fault_flock(FAULT_SITE("flock"), fd, operation)
#define openat(folder, ...) fault_openat(FAULT_SITE("openat"), folder, __VA_ARGS__)
#define fstatat(folder, path, info, flags)                                               \
    fault_fstatat(FAULT_SITE("fstatat"), folder, path, info, flags)
#define fdopendir(fd) fault_fdopendir(FAULT_SITE("fdopendir"), fd)
#define link(from, to) fault_link(FAULT_SITE("link"), from, to)
#define rename(from, to) fault_rename(FAULT_SITE("rename"), from, to)
#define unlink(path) fault_unlink(FAULT_SITE("unlink"), path)
#define remove(path) fault_unlink(FAULT_SITE("remove"), path)
#define unlinkat(folder, path, flags)                                                    \
    fault_unlinkat(FAULT_SITE("unlinkat"), folder, path, flags)
#define access(path, mode) fault_access(FAULT_SITE("access"), path, mode)
#define opendir(path) fault_opendir(FAULT_SITE("opendir"), path)
#define mkdir(path, mode) fault_mkdir(FAULT_SITE("mkdir"), path, mode)
#define rmdir(path) fault_rmdir(FAULT_SITE("rmdir"), path)
#define pipe(ends) fault_pipe(FAULT_SITE("pipe"), ends)
#define fork() fault_fork(FAULT_SITE("fork"))
#endif

#endif
