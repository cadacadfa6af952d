/* The lines of a Darknet .data file, as a host reads them: key=value, of two equal keys
 * the first counts, and blanks are dropped wherever they stand. */
#ifndef OCSP_CLI_DATA_KEYS_H
#define OCSP_CLI_DATA_KEYS_H

#include "hosts/host.h"
#include "net/error.h"

struct ocsp_data_key {
    const char *key, *value;
    int line; /* 0: not in the file */
};

struct ocsp_data_keys {
    const char *file; /* borrowed */
    char *text;
    int n;
    struct ocsp_data_key *key; /* [n], in the order of the lines */
};

enum ocsp_status ocsp_data_keys_read(struct ocsp_data_keys *keys, const char *file,
                                     const struct ocsp_host *host,
                                     struct ocsp_error *err);
void ocsp_data_keys_clear(struct ocsp_data_keys *keys);

/* The line that the host heeds, or {key, fallback, 0}. */
struct ocsp_data_key ocsp_data_keys_find(const struct ocsp_data_keys *keys,
                                         const char *key, const char *fallback);

/* `used`: the keys that the command at hand reads, NULL at their end. Refuses one without
 * a value, and a line whose key was meant for one of them that is not there. */
enum ocsp_status ocsp_data_keys_check(const struct ocsp_data_keys *keys,
                                      const char *const *used,
                                      const struct ocsp_host *host,
                                      struct ocsp_error *err);
/* Says in a line each which keys the host does not know, and which lines a first one
 * hides. */
void ocsp_data_keys_say(const struct ocsp_data_keys *keys, const char *const *used,
                        const struct ocsp_host *host);

/* "file:line: key=value: why", or that the file has no such key. */
enum ocsp_status ocsp_data_key_refuse(const struct ocsp_data_keys *keys,
                                      const struct ocsp_data_key *key, const char *why,
                                      struct ocsp_error *err);
/* A whole number of low … high. */
enum ocsp_status ocsp_data_key_whole(const struct ocsp_data_keys *keys,
                                     const struct ocsp_data_key *key, int low, int high,
                                     int *out, struct ocsp_error *err);
/* classes=, which must be the net's `outputs`: the hosts take so many numbers of truth
 * per image and as many labels, unchecked. */
enum ocsp_status ocsp_data_keys_classes(const struct ocsp_data_keys *keys, int outputs,
                                        struct ocsp_error *err);
/* A regular file that can be read. */
enum ocsp_status ocsp_data_key_file(const struct ocsp_data_keys *keys,
                                    const struct ocsp_data_key *key,
                                    struct ocsp_error *err);
/* A folder in which files can be made. */
enum ocsp_status ocsp_data_key_folder(const struct ocsp_data_keys *keys,
                                      const struct ocsp_data_key *key,
                                      struct ocsp_error *err);

#endif
