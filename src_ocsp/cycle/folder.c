#include "cycle/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "net/file.h"

#define LOCK_S 3
#define TRIES_PER_S 20

/* Tries for a while: a process that was killed a moment ago may not be gone yet. True
 * also where the file system has no locks. */
static bool try_to_lock(int folder)
{
    const struct timespec moment = {0, 1000000000 / TRIES_PER_S};

    for (int k = 0; k < LOCK_S * TRIES_PER_S; k++) {
        if (flock(folder, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return true;
        nanosleep(&moment, NULL);
    }
    return false;
}

enum ocsp_status ocsp_folder_lock(const char *path, int *fd, struct ocsp_error *err)
{
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder < 0)
        return ocsp_fail(err, OCSP_E_IO, path, 0, "cannot open the folder: %s",
                         strerror(errno));
    if (!try_to_lock(folder)) {
        close(folder);
        return ocsp_fail(err, OCSP_E_CONFLICT, path, 0,
                         "another ocsp run writes to this folder: wait for it, or name "
                         "another folder as backup=");
    }
    *fd = folder;
    return OCSP_OK;
}

static bool ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);

    return n > m && strcmp(name + n - m, end) == 0;
}

static bool is_leftover(const char *name)
{
    return ends_with(name, OCSP_TEMPORARY) || ends_with(name, OCSP_OLD);
}

enum ocsp_status ocsp_folder_clean(const char *path, struct ocsp_error *err)
{
    DIR *folder = opendir(path);
    enum ocsp_status status = OCSP_OK;

    if (!folder)
        return ocsp_fail(err, OCSP_E_IO, path, 0, "cannot open the folder: %s",
                         strerror(errno));
    for (struct dirent *entry; !status && (entry = readdir(folder));)
        if (is_leftover(entry->d_name) && unlinkat(dirfd(folder), entry->d_name, 0) &&
            errno != ENOENT)
            status = ocsp_fail(err, OCSP_E_IO, path, 0, "cannot remove %s: %s",
                               entry->d_name, strerror(errno));
    closedir(folder);
    return status;
}

/* Writes a file and removes it: the folder's mode tells nothing of a full quota, or of a
 * disk that is mounted read-only. */
static enum ocsp_status try_to_write(const char *path, struct ocsp_error *err)
{
    char name[PATH_MAX];
    int fd;

    if (snprintf(name, sizeof name, "%s/.ocsp-probe" OCSP_TEMPORARY, path) >=
        (int)sizeof name)
        return ocsp_fail(err, OCSP_E_IO, path, 0, "path too long");
    fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t written;
    do
        written = fd < 0 ? -1 : write(fd, "\n", 1);
    while (fd >= 0 && written < 0 && errno == EINTR);
    const int cause = written < 0 ? errno : 0;
    if (fd >= 0) {
        close(fd);
        unlink(name);
    }
    if (!cause)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_IO, path, 0, "cannot write to this folder: %s",
                     strerror(cause));
}

void ocsp_folder_sizes(uint64_t a, uint64_t b, char text_a[OCSP_SIZE_TEXT],
                       char text_b[OCSP_SIZE_TEXT])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double unit = 1 << 10;
    size_t k = 0;

    for (; k < 3 && (double)b >= 1024 * unit; k++)
        unit *= 1024;
    for (int digits = 1; digits <= 12; digits++) {
        snprintf(text_a, OCSP_SIZE_TEXT, "%.*f %s", digits, (double)a / unit, units[k]);
        snprintf(text_b, OCSP_SIZE_TEXT, "%.*f %s", digits, (double)b / unit, units[k]);
        if (strcmp(text_a, text_b) != 0)
            break;
    }
}

enum ocsp_status ocsp_folder_check_space(const char *path, uint64_t bytes,
                                         struct ocsp_error *err)
{
    char there[OCSP_SIZE_TEXT], wanted[OCSP_SIZE_TEXT];
    struct statvfs disk;
    const enum ocsp_status status = try_to_write(path, err);

    if (status || statvfs(path, &disk))
        return status;
    const uint64_t available = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (available >= bytes)
        return OCSP_OK;
    ocsp_folder_sizes(available, bytes, there, wanted);
    return ocsp_fail(err, OCSP_E_IO, path, 0,
                     "%s are free, but the run's results need %s: free some, or name "
                     "another folder as backup=",
                     there, wanted);
}
