/* For a host's callbacks, which cannot return an error. Private to host/. */
#ifndef OCSP_HOST_GIVE_UP_H
#define OCSP_HOST_GIVE_UP_H

#include "net/error.h"

/* Ends the process with the message and status 1, as the hosts do where memory ends. */
_Noreturn void ocsp_give_up(const struct ocsp_error *err);

#endif
