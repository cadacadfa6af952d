/* All hosts, each by the name of its folder, a line each. Read by C with OCSP_HOST_ENTRY
 * defined, and by hosts.mk and ocsp.cmake. */
OCSP_HOST_ENTRY(alexeyab)
OCSP_HOST_ENTRY(debian)
