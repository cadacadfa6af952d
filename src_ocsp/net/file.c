#include "net/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/unfinished.h"

#define MAX_FILE ((off_t)64 << 30)
#define MAX_TEXT ((off_t)64 << 20)

const char *ocsp_file_obstacle(const char *path)
{
    struct stat info;

    if (stat(path, &info))
        return strerror(errno);
    if (!S_ISREG(info.st_mode))
        return "not a regular file";
    return access(path, R_OK) ? strerror(errno) : NULL;
}

static enum ocsp_status read_all(int fd, const char *path, char *data, size_t size,
                                 struct ocsp_error *err)
{
    size_t got = 0;
    while (got < size) {
        const ssize_t n = read(fd, data + got, size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ocsp_fail_system(err, path, "cannot read");
        if (n == 0)
            return ocsp_fail(err, OCSP_E_IO, path, 0, "the file shrank while being read");
        got += (size_t)n;
    }
    return OCSP_OK;
}

/* Reads what `fd` is, and closes it; −1 with errno: it could not be opened. */
static enum ocsp_status read_open(int fd, const char *path, off_t largest, char **data,
                                  size_t *size, struct ocsp_error *err)
{
    enum ocsp_status status;
    struct stat info;
    char *buffer = NULL;

    if (fd < 0)
        return ocsp_fail_system(err, path, "cannot open");
    if (fstat(fd, &info)) {
        status = ocsp_fail_system(err, path, "cannot read");
        goto out;
    }
    if (!S_ISREG(info.st_mode)) {
        status = ocsp_fail(err, OCSP_E_IO, path, 0, "not a regular file");
        goto out;
    }
    if (info.st_size > largest) {
        status = ocsp_fail(err, OCSP_E_IO, path, 0, "larger than %s",
                           largest == MAX_TEXT ? "64 MiB" : "64 GiB");
        goto out;
    }
    buffer = malloc((size_t)info.st_size + 1);
    if (!buffer) {
        status = ocsp_fail_memory(err);
        goto out;
    }
    status = read_all(fd, path, buffer, (size_t)info.st_size, err);
    if (status)
        goto out;
    buffer[info.st_size] = '\0';
    *data = buffer;
    *size = (size_t)info.st_size;
    buffer = NULL;
out:
    free(buffer);
    close(fd);
    return status;
}

static enum ocsp_status read_file(const char *path, off_t largest, char **data,
                                  size_t *size, struct ocsp_error *err)
{
    /* without O_NONBLOCK, opening a pipe that nobody writes to would never return */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    return read_open(fd, path, largest, data, size, err);
}

enum ocsp_status ocsp_file_read_in(int folder, const char *name, char **data,
                                   size_t *size, struct ocsp_error *err)
{
    const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);

    return read_open(fd, name, MAX_FILE, data, size, err);
}

enum ocsp_status ocsp_file_read(const char *path, char **data, size_t *size,
                                struct ocsp_error *err)
{
    return read_file(path, MAX_FILE, data, size, err);
}

enum ocsp_status ocsp_file_read_end(const char *path, void *data, size_t size,
                                    struct ocsp_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum ocsp_status status = OCSP_OK;

    if (fd < 0)
        return ocsp_fail_system(err, path, "cannot open");
    if (lseek(fd, -(off_t)size, SEEK_END) < 0)
        status = ocsp_fail_system(err, path, "cannot read");
    if (!status)
        status = read_all(fd, path, data, size, err);
    close(fd);
    return status;
}

enum ocsp_status ocsp_file_read_text(const char *path, char **text, size_t *size,
                                     struct ocsp_error *err)
{
    char *read = NULL; /* for compilers that do not see that read_file sets both */
    size_t n = 0;
    int line = 1;
    const enum ocsp_status status = read_file(path, MAX_TEXT, &read, &n, err);

    if (status)
        return status;
    const size_t length = strlen(read);
    if (length < n) {
        for (size_t i = 0; i < length; i++)
            line += read[i] == '\n';
        free(read);
        return ocsp_fail(err, OCSP_E_FORMAT, path, line,
                         "a zero byte: this is not a text file");
    }
    *text = read;
    *size = n;
    return OCSP_OK;
}

enum ocsp_status ocsp_folder_sync(const char *folder, struct ocsp_error *err)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum ocsp_status status = OCSP_OK;

    if (fd < 0)
        return ocsp_fail_system(err, folder, "cannot open the folder");
    if (fsync(fd) && errno != EINVAL) /* some file systems cannot */
        status = ocsp_fail_system(err, folder, "cannot sync the folder");
    close(fd);
    return status;
}

/* A rename is safe on disk only after its folder was synced. */
static enum ocsp_status sync_folder_of(const char *path, struct ocsp_error *err)
{
    char copy[PATH_MAX];

    snprintf(copy, sizeof copy, "%s", path);
    return ocsp_folder_sync(dirname(copy), err);
}

static enum ocsp_status remove_file(const char *path, struct ocsp_error *err)
{
    return unlink(path) && errno != ENOENT ? ocsp_fail_system(err, path, "cannot remove")
                                           : OCSP_OK;
}

/* The file that had the path before: on a file system without hard links it has no second
 * name, from which it can be restored. */
struct before {
    bool was_there;
    char *name; /* the second one, or NULL */
    int lock;   /* that keeps others from cleaning it away; −1: none */
};

/* One file of a write. */
struct exchange {
    struct ocsp_new_file file;
    struct before before;
};

static enum ocsp_status write_new(const struct ocsp_file_content *content,
                                  struct ocsp_new_file *file, struct ocsp_error *err)
{
    if (!content->data)
        return OCSP_OK;
    if (ocsp_new_file_open(file, content->path, err) ||
        ocsp_new_file_write(file, content->data, content->size, err) ||
        ocsp_new_file_sync(file, err))
        return err->status;
    return OCSP_OK;
}

/* link follows no link: one at `path` gets a second name itself. */
static enum ocsp_status keep_old(const char *path, struct before *before,
                                 struct ocsp_error *err)
{
    char *name = ocsp_side_name(path, OCSP_OLD);

    if (!name)
        return ocsp_fail_memory(err);
    before->was_there = true;
    before->lock = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (before->lock >= 0)
        flock(before->lock, LOCK_SH | LOCK_NB);
    if (link(path, name) == 0) {
        before->name = name;
        return OCSP_OK;
    }
    const int cause = errno;
    free(name);
    errno = cause;
    if (cause == ENOENT)
        before->was_there = false;
    else if (cause != EPERM && cause != EOPNOTSUPP && cause != ENOSYS)
        return ocsp_fail_system(err, path, "cannot keep the old file");
    return OCSP_OK;
}

static void restore_old(const char *path, const struct before *before)
{
    if (!before->was_there)
        unlink(path);
    else if (before->name) {
        rename(before->name, path);
        unlink(before->name); /* two names of one file: the rename did nothing */
    }
}

static void remove_old(const struct before *before)
{
    if (before->name)
        unlink(before->name);
}

static void exchanges_clear(struct exchange *exchanges, int n)
{
    for (int i = 0; exchanges && i < n; i++) {
        ocsp_new_file_discard(&exchanges[i].file);
        free(exchanges[i].before.name);
        if (exchanges[i].before.lock >= 0)
            close(exchanges[i].before.lock);
    }
    free(exchanges);
}

/* All that must hold before the first byte is written. */
static enum ocsp_status check_all(const struct ocsp_file_content *files, int n,
                                  struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    for (int i = 0; i < n && !status; i++)
        if (files[i].data)
            status = ocsp_new_file_check(files[i].path, err);
    return status;
}

/* Writes all, and renames them in order; the first `*renamed` are in place then. */
static enum ocsp_status exchange_all(const struct ocsp_file_content *files, int n,
                                     struct exchange *exchanges, int *renamed,
                                     struct ocsp_error *err)
{
    enum ocsp_status status = check_all(files, n, err);

    for (int i = 0; i < n && !status; i++)
        status = write_new(&files[i], &exchanges[i].file, err);
    for (int i = 0; i + 1 < n && !status; i++) /* the last rename needs no undoing */
        status = keep_old(files[i].path, &exchanges[i].before, err);
    /* whole now: where the process ends from here on, the next one finds them */
    for (int i = 0; i < n && !status; i++)
        if (exchanges[i].file.temporary)
            ocsp_unfinished_drop(exchanges[i].file.temporary);
    for (; *renamed < n && !status; *renamed += !status) {
        const int i = *renamed;
        status = files[i].data ? ocsp_new_file_rename(&exchanges[i].file, err)
                               : remove_file(files[i].path, err);
    }
    return status;
}

enum ocsp_status ocsp_files_write(const struct ocsp_file_content *files, int n,
                                  struct ocsp_error *err)
{
    struct exchange *exchanges = calloc((size_t)n + 1, sizeof *exchanges);
    int renamed = 0;
    enum ocsp_status status;

    if (!exchanges)
        return ocsp_fail_memory(err);
    for (int i = 0; i < n; i++)
        exchanges[i].before.lock = -1;
    status = exchange_all(files, n, exchanges, &renamed, err);
    if (status) {
        for (int i = 0; i < n; i++)
            if (i < renamed)
                restore_old(files[i].path, &exchanges[i].before);
            else
                remove_old(&exchanges[i].before);
    } else {
        for (int i = 0; i < n && !status; i++)
            status = sync_folder_of(files[i].path, err);
        for (int i = 0; i < n; i++)
            remove_old(&exchanges[i].before);
    }
    exchanges_clear(exchanges, n);
    return status;
}

enum ocsp_status ocsp_file_commit(struct ocsp_new_file *file, struct ocsp_error *err)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s", file->path);
    if (ocsp_new_file_sync(file, err) || ocsp_new_file_rename(file, err))
        return err->status;
    return sync_folder_of(path, err);
}

char *ocsp_file_path(const char *folder, const char *base, const char *ending)
{
    const size_t size = strlen(folder) + strlen(base) + strlen(ending) + 2;
    char *path = malloc(size);

    if (path)
        snprintf(path, size, "%s/%s%s", folder, base, ending);
    return path;
}
