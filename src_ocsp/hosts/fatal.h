/* For a host's callbacks, which cannot return an error. For hosts and engine alone. */
#ifndef OCSP_HOSTS_FATAL_H
#define OCSP_HOSTS_FATAL_H

#include "net/error.h"

/* Ends the process with the message and status 1, as the hosts do where memory ends. */
_Noreturn void ocsp_fatal(const struct ocsp_error *err);

#endif
