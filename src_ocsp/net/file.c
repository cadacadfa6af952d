#include "net/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE ((off_t)64 << 30)
#define MAX_TEXT ((off_t)64 << 20)

static enum ocsp_status fail_system(struct ocsp_error *err, const char *path,
                                    const char *what)
{
    return ocsp_fail(err, OCSP_E_IO, path, 0, "%s: %s", what, strerror(errno));
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
            return fail_system(err, path, "cannot read");
        if (n == 0)
            return ocsp_fail(err, OCSP_E_IO, path, 0, "the file shrank while being read");
        got += (size_t)n;
    }
    return OCSP_OK;
}

static enum ocsp_status read_file(const char *path, off_t largest, char **data,
                                  size_t *size, struct ocsp_error *err)
{
    enum ocsp_status status;
    struct stat info;
    char *buffer = NULL;
    /* without O_NONBLOCK, opening a pipe that nobody writes to would never return */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return fail_system(err, path, "cannot open");
    if (fstat(fd, &info)) {
        status = fail_system(err, path, "cannot read");
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

enum ocsp_status ocsp_file_read(const char *path, char **data, size_t *size,
                                struct ocsp_error *err)
{
    return read_file(path, MAX_FILE, data, size, err);
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

static enum ocsp_status side_name(const char *path, const char *suffix,
                                  char name[PATH_MAX], struct ocsp_error *err)
{
    if (snprintf(name, PATH_MAX, "%s%s", path, suffix) >= PATH_MAX)
        return ocsp_fail(err, OCSP_E_IO, path, 0, "path too long");
    return OCSP_OK;
}

static enum ocsp_status write_synced(const char *name, const void *data, size_t size,
                                     struct ocsp_error *err)
{
    const char *next = data;
    const int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd < 0)
        return fail_system(err, name, "cannot create");
    while (size > 0) {
        const ssize_t n = write(fd, next, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            goto fail;
        next += n;
        size -= (size_t)n;
    }
    if (fsync(fd))
        goto fail;
    if (close(fd))
        return fail_system(err, name, "cannot write");
    return OCSP_OK;
fail:
    fail_system(err, name, "cannot write");
    close(fd);
    return err->status;
}

/* A rename is safe on disk only after its folder was synced. File systems that cannot
 * sync a folder answer EINVAL; nothing more can be done there. */
static enum ocsp_status sync_folder(const char *path, struct ocsp_error *err)
{
    char copy[PATH_MAX];
    int fd, failed;

    snprintf(copy, sizeof copy, "%s", path);
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_system(err, path, "cannot open the folder of");
    failed = fsync(fd) && errno != EINVAL;
    close(fd);
    return failed ? fail_system(err, path, "cannot sync the folder of") : OCSP_OK;
}

static enum ocsp_status write_temporary(const struct ocsp_file_content *file,
                                        struct ocsp_error *err)
{
    char name[PATH_MAX];
    const enum ocsp_status status = side_name(file->path, OCSP_TEMPORARY, name, err);

    if (status || !file->data)
        return status;
    return write_synced(name, file->data, file->size, err);
}

static enum ocsp_status remove_file(const char *path, struct ocsp_error *err)
{
    return unlink(path) && errno != ENOENT ? fail_system(err, path, "cannot remove")
                                           : OCSP_OK;
}

static enum ocsp_status rename_temporary(const char *path, struct ocsp_error *err)
{
    char name[PATH_MAX];
    const enum ocsp_status status = side_name(path, OCSP_TEMPORARY, name, err);

    if (!status && rename(name, path))
        return fail_system(err, path, "cannot rename to");
    return status;
}

/* The file that had the path before. */
enum before { NOTHING, KEPT, NOT_KEPT };

/* Gives the file at `path` a second name, from which it can be restored. On a file system
 * without hard links it cannot. */
static enum ocsp_status keep_old(const char *path, enum before *before,
                                 struct ocsp_error *err)
{
    char name[PATH_MAX];
    const enum ocsp_status status = side_name(path, OCSP_OLD, name, err);

    if (status)
        return status;
    unlink(name); /* left by a process that was killed */
    if (link(path, name) == 0)
        *before = KEPT;
    else if (errno == ENOENT)
        *before = NOTHING;
    else if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS)
        *before = NOT_KEPT;
    else
        return fail_system(err, path, "cannot keep the old file");
    return OCSP_OK;
}

static void remove_side(const char *path, const char *suffix)
{
    struct ocsp_error ignored;
    char name[PATH_MAX];

    if (!side_name(path, suffix, name, &ignored))
        unlink(name);
}

static void restore_old(const char *path, enum before before)
{
    struct ocsp_error ignored;
    char name[PATH_MAX];

    if (before == NOTHING)
        unlink(path);
    else if (before == KEPT && !side_name(path, OCSP_OLD, name, &ignored))
        rename(name, path);
}

/* Undoes a write that failed: the first `written` files have a temporary one, and the
 * first `renamed` of them are in place. */
static void undo_write(const struct ocsp_file_content *files, const enum before *before,
                       int written, int renamed)
{
    for (int i = 0; i < written; i++)
        if (i < renamed) {
            restore_old(files[i].path, before[i]);
        } else {
            remove_side(files[i].path, OCSP_TEMPORARY);
            if (before[i] == KEPT)
                remove_side(files[i].path, OCSP_OLD);
        }
}

enum ocsp_status ocsp_files_write(const struct ocsp_file_content *files, int n,
                                  struct ocsp_error *err)
{
    enum before *before = calloc((size_t)n + 1, sizeof *before);
    int written = 0, renamed = 0;
    enum ocsp_status status = before ? OCSP_OK : ocsp_fail_memory(err);

    for (; written < n && !status; written++)
        status = write_temporary(&files[written], err);
    for (int i = 0; i + 1 < n && !status; i++) /* the last rename needs no undoing */
        status = keep_old(files[i].path, &before[i], err);
    for (; renamed < n && !status; renamed += !status)
        status = files[renamed].data ? rename_temporary(files[renamed].path, err)
                                     : remove_file(files[renamed].path, err);
    if (status) {
        undo_write(files, before, written, renamed);
        free(before);
        return status;
    }
    for (int i = 0; i < n && !status; i++)
        status = sync_folder(files[i].path, err);
    for (int i = 0; i < n; i++)
        if (before[i] == KEPT)
            remove_side(files[i].path, OCSP_OLD);
    free(before);
    return status;
}

enum ocsp_status ocsp_file_commit(int fd, const char *path, struct ocsp_error *err)
{
    enum ocsp_status status =
        fsync(fd) ? fail_system(err, path, "cannot write") : rename_temporary(path, err);

    return status ? status : sync_folder(path, err);
}

char *ocsp_file_path(const char *folder, const char *base, const char *ending)
{
    const size_t size = strlen(folder) + strlen(base) + strlen(ending) + 2;
    char *path = malloc(size);

    if (path)
        snprintf(path, size, "%s/%s%s", folder, base, ending);
    return path;
}
