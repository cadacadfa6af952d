/* The one place of ocsp's version: for --version, summaries, states and the man page. */
#ifndef OCSP_NET_VERSION_H
#define OCSP_NET_VERSION_H

#define OCSP_VERSION "0.6.0"

#endif
