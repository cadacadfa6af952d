/* What a host's table of refusals says of a cfg given as text. */
#ifndef OCSP_TESTS_HOST_REFUSAL_H
#define OCSP_TESTS_HOST_REFUSAL_H

#include "hosts/rules.h"

/* As `ocsp ... train` checks a file x.cfg with this text. Of a text that is no cfg the
 * error is that of the parser. */
enum ocsp_status refusal_of_text(const char *text, const struct ocsp_host_rules *rules,
                                 const struct ocsp_host_build *build,
                                 struct ocsp_error *err);

#endif
