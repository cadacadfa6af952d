#include "cycle/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "net/file.h"
#include "net/new_file.h"
#include "net/new_folder.h"

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
        return ocsp_fail_system(err, path, "cannot open the folder");
    if (!try_to_lock(folder)) {
        close(folder);
        return ocsp_fail(err, OCSP_E_CONFLICT, path, 0,
                         "another ocsp run writes to this folder: wait for it, or name "
                         "another folder as backup=");
    }
    *fd = folder;
    return OCSP_OK;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Where the locked folder is now; false where that cannot be known. */
static bool find_locked(int lock, const struct stat *locked, char now[PATH_MAX])
{
    char link[64];
    struct stat info;

    snprintf(link, sizeof link, "/proc/self/fd/%d", lock);
    const ssize_t n = readlink(link, now, PATH_MAX - 1);
    if (n < 0)
        return false;
    now[n] = '\0';
    return stat(now, &info) == 0 && is_same(&info, locked);
}

enum ocsp_status ocsp_folder_check(const char *path, int lock, struct ocsp_error *err)
{
    struct stat locked, info;
    char now[PATH_MAX];

    if (fstat(lock, &locked))
        return ocsp_fail_system(err, path, "cannot look for it");
    if (stat(path, &info) == 0 ? is_same(&info, &locked)
                               : errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
        return OCSP_OK; /* what cannot be reached cannot be written to either */
    if (find_locked(lock, &locked, now))
        return ocsp_fail(
            err, OCSP_E_CONFLICT, path, 0,
            "this run's folder was moved to %s: the run has stopped, and what "
            "it saved is there; move it back, or name it as backup=, and the "
            "same command goes on",
            now);
    return ocsp_fail(
        err, OCSP_E_CONFLICT, path, 0,
        "this run's folder was removed or replaced: the run has stopped, and "
        "has written nothing here since");
}

static bool ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);

    return n > m && strcmp(name + n - m, end) == 0;
}

/* Also those of versions that had no letters in between. */
static bool is_leftover(const char *name)
{
    return ends_with(name, OCSP_TEMPORARY) || ends_with(name, OCSP_OLD);
}

/* A file, a link or a pipe with such a name; or the folder of a drawing, which has a full
 * name of ours and no folders in it. Nothing that another user owns, or a living process.
 * Returns errno's code. */
static int remove_leftover(int folder, const char *name)
{
    struct stat info;
    int flags = 0, fd = -1;

    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) || info.st_uid != geteuid())
        return 0;
    const bool is_folder = S_ISDIR(info.st_mode);
    if (is_folder && !ocsp_is_side_name(name, NULL, OCSP_TEMPORARY))
        return 0;
    if (is_folder || S_ISREG(info.st_mode)) {
        fd = ocsp_left_file_open(folder, name);
        if (fd < 0)
            return 0;
    }
    if (is_folder) {
        ocsp_folder_empty(fd);
        flags = AT_REMOVEDIR;
    }
    const int code = unlinkat(folder, name, flags) && errno != ENOENT ? errno : 0;
    if (fd >= 0)
        close(fd);
    return code;
}

enum ocsp_status ocsp_folder_clean(const char *path, struct ocsp_error *err)
{
    DIR *folder = opendir(path);
    enum ocsp_status status = OCSP_OK;

    if (!folder)
        return ocsp_fail_system(err, path, "cannot open the folder");
    for (struct dirent *entry; !status && (entry = readdir(folder));) {
        const int code = is_leftover(entry->d_name)
                             ? remove_leftover(dirfd(folder), entry->d_name)
                             : 0;
        if (code)
            status = ocsp_fail(err, OCSP_E_IO, path, 0, "cannot remove %s: %s",
                               entry->d_name, strerror(code));
    }
    closedir(folder);
    return status;
}

static bool is_of_base(const char *name, const char *base)
{
    const size_t n = strlen(base);

    return strncmp(name, base, n) == 0 && (name[n] == '_' || name[n] == '.');
}

enum ocsp_status ocsp_folder_check_names(const char *path, const char *base,
                                         struct ocsp_error *err)
{
    DIR *folder = opendir(path);
    enum ocsp_status status = OCSP_OK;
    struct stat info;

    if (!folder)
        return ocsp_fail_system(err, path, "cannot open the folder");
    for (struct dirent *entry; !status && (entry = readdir(folder));) {
        const char *name = entry->d_name;
        if (!is_of_base(name, base) || is_leftover(name) ||
            (fstatat(dirfd(folder), name, &info, 0) == 0 && S_ISDIR(info.st_mode)))
            continue;
        char *full = ocsp_file_path(path, name, "");
        status = full ? ocsp_new_file_check(full, err) : ocsp_fail_memory(err);
        free(full);
    }
    closedir(folder);
    return status;
}

/* Writes a file and removes it: the folder's mode tells nothing of a full quota, or of a
 * disk that is mounted read-only. */
static enum ocsp_status try_to_write(const char *path, struct ocsp_error *err)
{
    char probe[PATH_MAX];
    struct ocsp_new_file file;

    if (snprintf(probe, sizeof probe, "%s/.ocsp-probe", path) >= (int)sizeof probe)
        return ocsp_fail(err, OCSP_E_IO, path, 0, "path too long");
    /* nobody can have put something there */
    char *name = ocsp_side_name(probe, OCSP_TEMPORARY);
    if (!name)
        return ocsp_fail_memory(err);
    errno = 0;
    const bool done = !ocsp_new_file_open(&file, name, err) &&
                      !ocsp_new_file_write(&file, "\n", 1, err);
    const int cause = errno;
    ocsp_new_file_discard(&file);
    free(name);
    return done ? OCSP_OK
                : ocsp_fail(err, OCSP_E_IO, path, 0, "cannot write to this folder: %s",
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
