#include "cycle/set_aside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/file.h"

#define AFTER_BASE "_before_restart"
#define PART ".part"
#define MOST_FOLDERS 100000

static enum ocsp_status join(char path[PATH_MAX], const char *folder, const char *name,
                             struct ocsp_error *err)
{
    return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX
               ? OCSP_OK
               : ocsp_fail(err, OCSP_E_IO, folder, 0, "path too long");
}

static bool is_there(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat first, second;

    return a && stat(a, &first) == 0 && stat(b, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Gives the folder of a move that is done its name, the first that is free. */
static enum ocsp_status name_folder(const char *part, char name[PATH_MAX],
                                    struct ocsp_error *err)
{
    const int stem = (int)(strlen(part) - strlen(PART));

    for (int k = 1; k < MOST_FOLDERS; k++) {
        if (k == 1)
            snprintf(name, PATH_MAX, "%.*s", stem, part);
        else if (snprintf(name, PATH_MAX, "%.*s_%d", stem, part, k) >= PATH_MAX)
            break;
        if (is_there(name))
            continue;
        return rename(part, name) ? ocsp_fail_system(err, name, "cannot rename to")
                                  : OCSP_OK;
    }
    return ocsp_fail(err, OCSP_E_IO, part, 0, "cannot rename it: no name is free");
}

/* Whether a killed process had moved a file that is there again. */
static bool has_one(const char *part, char *const *names, int n, const char *kept)
{
    struct ocsp_error unused;
    char path[PATH_MAX];

    for (int k = 0; k < n; k++)
        if (!join(path, part, names[k], &unused) && is_there(path) &&
            !is_same_file(kept, path))
            return true;
    return false;
}

/* It may be what a killed process has left; what others have put there is not to get the
 * files. */
static enum ocsp_status check_part(const char *part, struct ocsp_error *err)
{
    struct stat info;

    if (lstat(part, &info))
        return ocsp_fail_system(err, part, "cannot look for it");
    if (S_ISDIR(info.st_mode) && info.st_uid == geteuid())
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_CONFLICT, part, 0,
                     "is no folder of this user's, but ocsp keeps a former run's files "
                     "there: remove it");
}

static enum ocsp_status open_part(const char *part, char *const *names, int n,
                                  const char *kept, struct ocsp_error *err)
{
    char full[PATH_MAX];

    if (has_one(part, names, n, kept) && name_folder(part, full, err))
        return err->status;
    if (mkdir(part, 0777) == 0)
        return OCSP_OK;
    if (errno != EEXIST)
        return ocsp_fail_system(err, part, "cannot make the folder");
    return check_part(part, err);
}

/* The rename of what another file replaces leaves the file under its second name. */
static enum ocsp_status move(const char *from, const char *to, const char *kept,
                             struct ocsp_error *err)
{
    if (is_same_file(kept, from)) {
        if (link(from, to) && errno != EEXIST && errno != EPERM && errno != EOPNOTSUPP &&
            errno != ENOSYS && errno != EMLINK)
            return ocsp_fail_system(err, from, "cannot give it a second name");
        return OCSP_OK;
    }
    return rename(from, to) ? ocsp_fail_system(err, to, "cannot rename to") : OCSP_OK;
}

static enum ocsp_status move_one(struct ocsp_set_aside *moved, const char *folder,
                                 const char *part, const char *name, const char *kept,
                                 struct ocsp_error *err)
{
    char from[PATH_MAX], to[PATH_MAX];
    struct stat info;

    if (join(from, folder, name, err) || join(to, part, name, err))
        return err->status;
    if (lstat(from, &info) == 0 && S_ISREG(info.st_mode))
        moved->bytes += (uint64_t)info.st_size;
    return move(from, to, kept, err);
}

static bool part_path(char path[PATH_MAX], const char *folder, const char *base)
{
    return snprintf(path, PATH_MAX, "%s/%s" AFTER_BASE PART, folder, base) < PATH_MAX;
}

bool ocsp_set_aside_is_begun(const char *folder, const char *base)
{
    char part[PATH_MAX];

    return part_path(part, folder, base) && is_there(part);
}

enum ocsp_status ocsp_set_aside(struct ocsp_set_aside *moved, const char *folder,
                                const char *base, char *const *names, int n,
                                const char *kept, struct ocsp_error *err)
{
    char part[PATH_MAX];
    enum ocsp_status status = OCSP_OK;

    if (!part_path(part, folder, base))
        return ocsp_fail(err, OCSP_E_IO, folder, 0, "path too long");
    moved->bytes = 0;
    status = open_part(part, names, n, kept, err);
    for (int k = 0; k < n && !status; k++)
        status = move_one(moved, folder, part, names[k], kept, err);
    if (!status)
        status = ocsp_folder_sync(part, err);
    if (!status)
        status = name_folder(part, moved->folder, err);
    return status ? status : ocsp_folder_sync(folder, err);
}
