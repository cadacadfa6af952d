/* What the writer and the reader of a state file agree upon; state.h tells the whole
 * format. */
#ifndef OCSP_CYCLE_STATE_FORMAT_H
#define OCSP_CYCLE_STATE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include <sha2.h>

#define OCSP_STATE_MAGIC "ocsp-state "
/* To be raised by whatever a program of the version before would misread, or lack. */
#define OCSP_STATE_VERSION 3

void ocsp_state_digest(const char *data, size_t size, uint8_t out[SHA256_DIGEST_LENGTH]);

#endif
