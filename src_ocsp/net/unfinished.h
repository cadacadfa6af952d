/* Files that must not outlive the process where it ends in the middle of them: a host
 * calls exit() in a thread of its own, or crashes. */
#ifndef OCSP_NET_UNFINISHED_H
#define OCSP_NET_UNFINISHED_H

/* `path` stays the caller's, and is to be dropped before it is freed. Of more files at a
 * time than 64 the rest is not known. */
void ocsp_unfinished_add(const char *path);
void ocsp_unfinished_drop(const char *path);

/* Removes all there are. Only for a process that is about to end, also in a signal
 * handler. */
void ocsp_unfinished_remove(void);

#endif
