/* For a host's callbacks, which cannot return an error. For hosts and engine alone. */
#ifndef OCSP_HOSTS_FATAL_H
#define OCSP_HOSTS_FATAL_H

#include "net/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ends the process with the message and status 1, as the hosts do where memory ends. */
void ocsp_fatal(const struct ocsp_error *err) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

#endif
