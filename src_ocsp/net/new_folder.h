/* A folder for another program's files while they are not complete: beside a path, under
 * a name that nobody can foretell, and open to this user alone. Its files are reached
 * through the descriptor, so that nobody can put another folder in its place. */
#ifndef OCSP_NET_NEW_FOLDER_H
#define OCSP_NET_NEW_FOLDER_H

#include "net/error.h"

/* All zero: there is none. */
struct ocsp_new_folder {
    char *path;
    int fd; /* locked as a new file is, for as long as it is open */
};

enum ocsp_status ocsp_new_folder_make(struct ocsp_new_folder *folder, const char *beside,
                                      struct ocsp_error *err);
/* Removes it with its files; it stays open. Also for signal handlers. */
void ocsp_new_folder_remove(const struct ocsp_new_folder *folder);
/* The same, where there is one, and closes it; all zero afterwards. */
void ocsp_new_folder_discard(struct ocsp_new_folder *folder);

/* Removes all but folders from an open folder. Also for signal handlers. */
void ocsp_folder_empty(int folder);

#endif
