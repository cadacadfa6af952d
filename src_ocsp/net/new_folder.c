/* for syscall where the host's flags ask for plain C */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "net/new_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/new_file.h"

#define TRIES 100

/* Whose the files are that this process makes there: root's are another user's where a
 * server says so. */
static bool is_own(int folder)
{
    struct stat info, made;
    bool is = false;

    if (fstat(folder, &info) || (info.st_mode & 077))
        return false;
    if (info.st_uid == geteuid())
        return true;
    const int fd = openat(folder, "probe", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        is = fstat(fd, &made) == 0 && made.st_uid == info.st_uid;
        close(fd);
        unlinkat(folder, "probe", 0);
    }
    return is;
}

/* Returns the descriptor, or −1 with errno. */
static int make_beside(const char *path, char **made)
{
    for (int k = 0; k < TRIES; k++) {
        char *name = ocsp_side_name(path, OCSP_TEMPORARY);
        const bool done = name && mkdir(name, 0700) == 0;
        const int cause = name ? errno : ENOMEM;
        if (done) {
            *made = name;
            return open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
        free(name);
        errno = cause;
        if (cause != EEXIST)
            return -1;
    }
    return -1;
}

enum ocsp_status ocsp_new_folder_make(struct ocsp_new_folder *folder, const char *beside,
                                      struct ocsp_error *err)
{
    char *path = NULL;
    const int fd = make_beside(beside, &path);

    *folder = (struct ocsp_new_folder){0};
    if (fd < 0) {
        ocsp_fail(err, OCSP_E_IO, beside, 0, "cannot create a folder beside it: %s",
                  strerror(errno));
        if (path)
            rmdir(path);
        free(path);
        return err->status;
    }
    if (!is_own(fd)) {
        close(fd);
        rmdir(path);
        free(path);
        return ocsp_fail(err, OCSP_E_CONFLICT, beside, 0,
                         "somebody has put another folder in the place of one that was "
                         "made beside it: keep others from writing there");
    }
    flock(fd, LOCK_EX | LOCK_NB);
    *folder = (struct ocsp_new_folder){path, fd};
    return OCSP_OK;
}

/* What the system says of a name in a folder, and where the next one begins. */
struct entry {
    uint64_t inode;
    int64_t next;
    unsigned short size;
    unsigned char type;
    char name[];
};

/* opendir() would allocate: a process that crashes may do so in malloc. */
void ocsp_folder_empty(int folder)
{
    alignas(struct entry) char bytes[4096];
    const int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long n;

    while (copy >= 0 && (n = syscall(SYS_getdents64, copy, bytes, sizeof bytes)) > 0)
        for (long at = 0; at < n;) {
            const struct entry *entry = (const struct entry *)(bytes + at);
            at += entry->size;
            if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0)
                unlinkat(folder, entry->name, 0);
        }
    if (copy >= 0)
        close(copy);
}

void ocsp_new_folder_remove(const struct ocsp_new_folder *folder)
{
    ocsp_folder_empty(folder->fd);
    rmdir(folder->path);
}

void ocsp_new_folder_discard(struct ocsp_new_folder *folder)
{
    if (!folder->path)
        return;
    ocsp_new_folder_remove(folder);
    close(folder->fd);
    free(folder->path);
    *folder = (struct ocsp_new_folder){0};
}
