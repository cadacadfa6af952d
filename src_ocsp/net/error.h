/* One error: what happened, where in the user's input, what to do.
 *
 *     struct ocsp_error err;
 *     if (ocsp_cfg_load(&cfg, "net.cfg", &err))
 *         fprintf(stderr, "ocsp: %s\n", err.text);
 *
 * Functions return an ocsp_status and take `struct ocsp_error *err` last. The lowest
 * layer writes the cause, callers pass it up unchanged; only the command line prints. */
#ifndef OCSP_NET_ERROR_H
#define OCSP_NET_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

enum ocsp_status {
    OCSP_OK = 0,
    OCSP_E_IO,          /* the system refused: missing file, full disk */
    OCSP_E_MEMORY,      /* out of memory */
    OCSP_E_FORMAT,      /* malformed input */
    OCSP_E_RANGE,       /* a value out of range, an unreachable target */
    OCSP_E_UNSUPPORTED, /* valid, but not something we can do exactly */
    OCSP_E_CONFLICT,    /* two inputs contradict each other */
    OCSP_E_USAGE        /* the command line is wrong */
};

struct ocsp_error {
    enum ocsp_status status;
    char text[1024]; /* one line, no newline at its end */
};

/* Writes "file:line: message" (file may be NULL, line 0: left out) and returns `status`.
 */
enum ocsp_status ocsp_fail(struct ocsp_error *err, enum ocsp_status status,
                           const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The same for what the system refused: "file: what: " and the text of errno. */
enum ocsp_status ocsp_fail_system(struct ocsp_error *err, const char *file,
                                  const char *what);
/* The same for lack of memory. */
enum ocsp_status ocsp_fail_memory(struct ocsp_error *err);

#ifdef __cplusplus
}
#endif

#endif
