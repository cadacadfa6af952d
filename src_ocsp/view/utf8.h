/* Texts from outside, which need not be UTF-8. */
#ifndef OCSP_VIEW_UTF8_H
#define OCSP_VIEW_UTF8_H

/* Bytes of the UTF-8 character at `text`, which ends with '\0'; 0: there is none. A
 * longer form of a character than need be, a surrogate and what is above U+10FFFF are
 * none. */
int ocsp_utf8_size(const char *text);

#endif
