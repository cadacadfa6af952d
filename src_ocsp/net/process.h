/* What a process needs before it opens its first file. */
#ifndef OCSP_NET_PROCESS_H
#define OCSP_NET_PROCESS_H

#include <stdbool.h>

#include "net/error.h"

/* Of any thread, in KiB: with 64, OpenMP's threads and oneDNN write below their stacks.
 */
#define OCSP_LEAST_STACK 512

/* Opens those of stdin, stdout and stderr that are closed, so that no file of ours gets
 * their numbers and what is printed goes into it; what is then written to stdout fails as
 * it would have. A file that outgrows `ulimit -f` is an error of its write, not the end
 * of the process, which would leave it half-written; a signal that ends the process
 * leaves no unfinished file. Raises a limit of the stack that is too low, as far as the
 * system lets, and fails where that is not far enough. */
enum ocsp_status ocsp_process_begin(struct ocsp_error *err);

/* Prints the error of the above in a few bytes of stack; returns the exit status. */
int ocsp_process_refuse(const char *program, const struct ocsp_error *err);

#endif
