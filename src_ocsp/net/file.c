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

#define MAX_FILE ((off_t)4 << 30)
#define MAX_TEXT ((off_t)64 << 20)
#define TEMPORARY ".ocsp-tmp"

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
    /* a pipe without a writer would be waited for, only to be refused */
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
                           largest == MAX_TEXT ? "64 MiB" : "4 GiB");
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
    char *read;
    size_t n;
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

static enum ocsp_status temporary_name(const char *path, char name[PATH_MAX],
                                       struct ocsp_error *err)
{
    if (snprintf(name, PATH_MAX, "%s" TEMPORARY, path) >= PATH_MAX)
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

/* A rename is safe on disk only once its folder is. Filesystems that cannot sync a folder
 * say EINVAL, which is as good as it gets there. */
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

enum ocsp_status ocsp_files_write(const struct ocsp_file_content *files, int n,
                                  struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;
    char name[PATH_MAX];
    int written = 0, renamed = 0;

    for (; written < n && !status; written++) {
        const struct ocsp_file_content *f = &files[written];
        status = temporary_name(f->path, name, err);
        if (!status)
            status = write_synced(name, f->data, f->size, err);
    }
    for (; renamed < n && !status; renamed++) {
        status = temporary_name(files[renamed].path, name, err);
        if (!status && rename(name, files[renamed].path))
            status = fail_system(err, files[renamed].path, "cannot rename to");
        if (status)
            break;
    }
    for (int i = 0; i < n && !status; i++)
        status = sync_folder(files[i].path, err);
    for (int i = renamed; i < written && status; i++) {
        struct ocsp_error ignored;
        if (!temporary_name(files[i].path, name, &ignored))
            unlink(name);
    }
    return status;
}
