/* Standard output: whether what was printed has arrived. */
#ifndef OCSP_NET_STANDARD_OUTPUT_H
#define OCSP_NET_STANDARD_OUTPUT_H

#include "net/error.h"

/* Fails where anything printed so far did not get there: a full disk, a closed file. */
enum ocsp_status ocsp_output_check(struct ocsp_error *err);

/* Prints "wrote <files>", and checks; where it fails, its message says that the files are
 * whole. `also`: a second file, or NULL; `between` stands before it. */
enum ocsp_status ocsp_output_wrote(const char *file, const char *between,
                                   const char *also, struct ocsp_error *err);

#endif
