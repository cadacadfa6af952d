#include "net/new_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "net/random_bits.h"
#include "net/unfinished.h"

#define TRIES 100
/* Letters of a name that nobody can foretell; each is 5 bits. */
enum { LETTERS = 12 };
static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

/* --- what is at the path --- */

static const char *kind_of(mode_t mode)
{
    static const struct {
        mode_t type;
        const char *name;
    } kinds[] = {{S_IFDIR, "a folder"},
                 {S_IFIFO, "a pipe"},
                 {S_IFSOCK, "a socket"},
                 {S_IFCHR, "a device"},
                 {S_IFBLK, "a device"}};

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if ((mode & S_IFMT) == kinds[k].type)
            return kinds[k].name;
    return "no file";
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
}

/* Root may put a file into the place of /dev/stdout. */
static bool is_dev(const char *folder)
{
    char *real = realpath(folder, NULL);
    const bool is = real && strcmp(real, "/dev") == 0;

    free(real);
    return is;
}

/* In a sticky folder, as /tmp, a file's owner alone can give its name to another. */
static bool is_held_by_owner(const char *folder, const struct stat *file)
{
    const uid_t user = geteuid();
    struct stat info;

    return user != 0 && file->st_uid != user && stat(folder, &info) == 0 &&
           (info.st_mode & S_ISVTX) && info.st_uid != user;
}

/* What is at the path may be replaced. `mode`: what the new file may have at most. */
static enum ocsp_status look_at_file(const char *path, const char *folder, mode_t *mode,
                                     struct ocsp_error *err)
{
    struct stat info, target;

    if (lstat(path, &info))
        return errno == ENOENT ? OCSP_OK : ocsp_fail_system(err, path, "cannot create");
    const bool is_link = S_ISLNK(info.st_mode);
    if (!is_link)
        target = info;
    /* a link may lead nowhere */
    if ((!is_link || stat(path, &target) == 0) && !S_ISREG(target.st_mode))
        return ocsp_fail(err, OCSP_E_IO, path, 0,
                         "%s %s, where a file is to be written: name another path, or "
                         "remove it",
                         is_link ? "leads to" : "is", kind_of(target.st_mode));
    if (is_held_by_owner(folder, &info))
        return ocsp_fail(err, OCSP_E_IO, path, 0,
                         "is another user's, and so is its name in this folder: name "
                         "another path");
    if (!is_link && info.st_uid == geteuid())
        *mode = (info.st_mode & 0666) | 0600;
    return OCSP_OK;
}

static enum ocsp_status look_at(const char *path, mode_t *mode, struct ocsp_error *err)
{
    char *folder = folder_of(path);
    enum ocsp_status status;

    *mode = 0666;
    if (!folder)
        return ocsp_fail_memory(err);
    if (is_dev(folder))
        status = ocsp_fail(err, OCSP_E_IO, path, 0,
                           "is in /dev, where no file belongs: name another path");
    else
        status = look_at_file(path, folder, mode, err);
    free(folder);
    return status;
}

enum ocsp_status ocsp_new_file_check(const char *path, struct ocsp_error *err)
{
    mode_t unused;

    return look_at(path, &unused, err);
}

/* --- names --- */

static uint64_t unforeseen_bits(const void *salt)
{
    struct timespec now;
    uint64_t bits;

    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) == (ssize_t)sizeof bits)
        return bits;
    clock_gettime(CLOCK_MONOTONIC, &now); /* the kernel has none, or not yet */
    bits = ocsp_random_bits_of((uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30);
    return ocsp_random_bits_of(bits ^ (uint64_t)getpid() ^ (uint64_t)(uintptr_t)salt);
}

/* How many bytes of a file's name are left in the names beside it: a folder has room for
 * NAME_MAX. */
static size_t kept_of_name(const char *name, const char *ending)
{
    const size_t n = strlen(name), most = NAME_MAX - 1 - LETTERS - strlen(ending);

    return n < most ? n : most;
}

char *ocsp_side_name(const char *path, const char *ending)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const size_t kept = (size_t)(name - path) + kept_of_name(name, ending);
    const size_t size = kept + 1 + LETTERS + strlen(ending) + 1;
    char *side = malloc(size), token[LETTERS + 1] = "";

    if (!side)
        return NULL;
    uint64_t bits = unforeseen_bits(side);
    for (int k = 0; k < LETTERS; k++, bits >>= 5)
        token[k] = letters[bits & 31];
    snprintf(side, size, "%.*s.%s%s", (int)kept, path, token, ending);
    return side;
}

bool ocsp_is_side_name(const char *name, const char *of, const char *ending)
{
    const size_t n = strlen(name), tail = 1 + LETTERS + strlen(ending);

    if (n <= tail)
        return false;
    const size_t kept = of ? kept_of_name(of, ending) : n - tail;
    return n == kept + tail && (!of || strncmp(name, of, kept) == 0) &&
           name[kept] == '.' && strspn(name + kept + 1, letters) == LETTERS &&
           strcmp(name + kept + 1 + LETTERS, ending) == 0;
}

/* --- the file --- */

static bool is_the_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_uid == b->st_uid &&
           S_ISREG(b->st_mode);
}

/* Who cleans a folder takes a file without a lock for one of a process that was killed,
 * also one that was made a moment ago. False: it has done so. */
static bool lock_new(int fd)
{
    struct stat info;

    if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
        return false;
    return fstat(fd, &info) || info.st_nlink > 0;
}

/* Returns the descriptor, or −1 with errno. */
static int make_beside(const char *path, mode_t mode, char **temporary)
{
    for (int k = 0; k < TRIES; k++) {
        char *name = ocsp_side_name(path, OCSP_TEMPORARY);
        const int fd =
            name ? open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
                 : -1;
        if (fd >= 0 && lock_new(fd)) {
            *temporary = name;
            return fd;
        }
        const int cause = !name ? ENOMEM : fd < 0 ? errno : EEXIST;
        if (fd >= 0)
            close(fd);
        free(name);
        errno = cause;
        if (cause != EEXIST)
            return -1;
    }
    return -1;
}

enum ocsp_status ocsp_new_file_open(struct ocsp_new_file *file, const char *path,
                                    struct ocsp_error *err)
{
    mode_t mode;
    struct ocsp_new_file made = {.fd = -1};

    *file = (struct ocsp_new_file){0};
    if (look_at(path, &mode, err))
        return err->status;
    made.path = strdup(path);
    if (!made.path)
        return ocsp_fail_memory(err);
    made.fd = make_beside(path, mode, &made.temporary);
    if (made.fd < 0) {
        ocsp_fail_system(err, path, "cannot create");
        free(made.path);
        return err->status;
    }
    *file = made;
    ocsp_unfinished_add(file->temporary);
    return OCSP_OK;
}

enum ocsp_status ocsp_new_file_write(const struct ocsp_new_file *file, const void *data,
                                     size_t size, struct ocsp_error *err)
{
    const char *next = data;

    while (size > 0) {
        const ssize_t n = write(file->fd, next, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ocsp_fail_system(err, file->path, "cannot write");
        next += n;
        size -= (size_t)n;
    }
    return OCSP_OK;
}

char *ocsp_new_file_handle(const struct ocsp_new_file *file)
{
    char name[32];

    snprintf(name, sizeof name, "/proc/self/fd/%d", file->fd);
    /* a system may have no /proc */
    return strdup(access(name, W_OK) == 0 ? name : file->temporary);
}

enum ocsp_status ocsp_new_file_sync(const struct ocsp_new_file *file,
                                    struct ocsp_error *err)
{
    return fsync(file->fd) ? ocsp_fail_system(err, file->path, "cannot write") : OCSP_OK;
}

static void forget(struct ocsp_new_file *file)
{
    ocsp_unfinished_drop(file->temporary);
    free(file->path);
    free(file->temporary);
    *file = (struct ocsp_new_file){0};
}

enum ocsp_status ocsp_new_file_rename(struct ocsp_new_file *file, struct ocsp_error *err)
{
    struct stat made, there;
    const int fd = file->fd;
    const bool is_known = fstat(fd, &made) == 0;

    file->fd = -1;
    if (close(fd)) /* some file systems rename no open file */
        return ocsp_fail_system(err, file->path, "cannot write");
    if (!is_known || lstat(file->temporary, &there))
        return ocsp_fail_system(err, file->path, "cannot find what was written");
    if (!is_the_same(&made, &there))
        return ocsp_fail(err, OCSP_E_CONFLICT, file->path, 0,
                         "while it was written somebody has put another file in its "
                         "place: keep others from writing to this folder");
    if (rename(file->temporary, file->path))
        return ocsp_fail_system(err, file->path, "cannot rename to");
    forget(file);
    return OCSP_OK;
}

void ocsp_new_file_discard(struct ocsp_new_file *file)
{
    if (!file->temporary)
        return;
    if (file->fd >= 0)
        close(file->fd);
    unlink(file->temporary);
    forget(file);
}

/* The one name of a file of this owner; −1 with errno. */
static int open_own(const char *path, uid_t owner)
{
    struct stat info;

    if (lstat(path, &info))
        return -1;
    errno = EPERM;
    if (!S_ISREG(info.st_mode)) /* to open a device may do something */
        return -1;
    const int fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1 &&
                   info.st_uid == owner))
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

int ocsp_append_open(const char *path, bool anew, bool *replaced, struct ocsp_error *err)
{
    struct ocsp_new_file file;
    struct stat made;
    int fd = anew ? -1 : open_own(path, geteuid());

    *replaced = !anew && fd < 0 && errno != ENOENT;
    if (fd >= 0 || ocsp_new_file_open(&file, path, err))
        return fd;
    /* root's files are another user's where a server says so */
    const uid_t owner = fstat(file.fd, &made) ? geteuid() : made.st_uid;
    if (*replaced && owner != geteuid())
        fd = open_own(path, owner);
    if (fd < 0 && !ocsp_new_file_rename(&file, err)) {
        fd = open_own(path, owner);
        if (fd < 0)
            ocsp_fail_system(err, path, "cannot open");
    } else {
        *replaced = false;
    }
    ocsp_new_file_discard(&file);
    return fd;
}

int ocsp_left_file_open(int folder, const char *name)
{
    struct stat info;
    const int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return -1;
    if (fstat(fd, &info) == 0 && info.st_uid == geteuid() &&
        (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) &&
        (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK))
        return fd;
    close(fd);
    return -1;
}

void ocsp_left_files_remove(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *folder_path = folder_of(path);
    DIR *folder = folder_path ? opendir(folder_path) : NULL;
    struct stat info;

    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (!ocsp_is_side_name(entry->d_name, name, OCSP_TEMPORARY) &&
            !ocsp_is_side_name(entry->d_name, name, OCSP_OLD))
            continue;
        const int fd = ocsp_left_file_open(dirfd(folder), entry->d_name);
        if (fd < 0)
            continue;
        if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
            unlinkat(dirfd(folder), entry->d_name, 0);
        close(fd);
    }
    if (folder)
        closedir(folder);
    free(folder_path);
}
