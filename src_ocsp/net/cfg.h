/* A Darknet .cfg, lossless: every byte is kept, single numbers can be changed.
 *
 *     struct ocsp_cfg *cfg;
 *     ocsp_cfg_load(&cfg, "vgg16.cfg", &err);
 *     ocsp_cfg_int(cfg, 3, "filters", 1, &n, &err);    section 3, default 1
 *     ocsp_cfg_set_int(cfg, 3, "filters", 24);
 *     ocsp_cfg_render(cfg, &text, &size, &err);        only that number differs
 *
 * Read as the hosts read it: blanks and tabs are dropped everywhere, a line that starts
 * with # or ; is a comment, the first of two equal keys counts. Where the hosts would go
 * on silently (text outside a section, no '=') this reports file and line. */
#ifndef OCSP_NET_CFG_H
#define OCSP_NET_CFG_H

#include <stddef.h>

#include "net/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ocsp_cfg;

/* Both make a new cfg, to be freed with ocsp_cfg_free (which accepts NULL). `name` is
 * used in messages. */
enum ocsp_status ocsp_cfg_load(struct ocsp_cfg **out, const char *path,
                               struct ocsp_error *err);
enum ocsp_status ocsp_cfg_parse(struct ocsp_cfg **out, const char *name, const char *text,
                                size_t size, struct ocsp_error *err);
void ocsp_cfg_free(struct ocsp_cfg *cfg);

const char *ocsp_cfg_name(const struct ocsp_cfg *cfg);
/* The text as read, without changes, and its size. */
const char *ocsp_cfg_text(const struct ocsp_cfg *cfg, size_t *size);

/* Sections count from 0, which is [net]; Darknet's layer i is section i + 1. */
int ocsp_cfg_sections(const struct ocsp_cfg *cfg);
const char *ocsp_cfg_section_name(const struct ocsp_cfg *cfg, int section); /* no [] */
int ocsp_cfg_section_line(const struct ocsp_cfg *cfg, int section);
/* Where the section ends in the text as read: behind the line of its last key, or of its
 * header where it has none. Blank lines and comments behind that are the next one's. */
size_t ocsp_cfg_section_end(const struct ocsp_cfg *cfg, int section);

/* Line of the key, or of the section where the key is missing. */
int ocsp_cfg_line(const struct ocsp_cfg *cfg, int section, const char *key);
/* Value without blanks, or `fallback`; borrowed from cfg. */
const char *ocsp_cfg_string(const struct ocsp_cfg *cfg, int section, const char *key,
                            const char *fallback);
/* Keys of a section in the file's order, all of equal ones; i counts from 0. Returns the
 * line. */
int ocsp_cfg_options(const struct ocsp_cfg *cfg, int section);
int ocsp_cfg_option(const struct ocsp_cfg *cfg, int section, int i, const char **key,
                    const char **value);
/* A whole number, which a comment may follow, or `fallback`. */
enum ocsp_status ocsp_cfg_int(const struct ocsp_cfg *cfg, int section, const char *key,
                              int fallback, int *out, struct ocsp_error *err);

/* The same of a finite number. */
enum ocsp_status ocsp_cfg_real(const struct ocsp_cfg *cfg, int section, const char *key,
                               double fallback, double *out, struct ocsp_error *err);

/* Replaces the digits of an existing key's number, and nothing else. The key must have
 * been read with ocsp_cfg_int before (asserted). Where the key stands again with the same
 * number, that one changes, too: programs differ in which of them they take. */
void ocsp_cfg_set_int(struct ocsp_cfg *cfg, int section, const char *key, int value);
/* The text with the changes made; *text is malloc'ed. */
enum ocsp_status ocsp_cfg_render(const struct ocsp_cfg *cfg, char **text, size_t *size,
                                 struct ocsp_error *err);

#ifdef __cplusplus
}
#endif

#endif
