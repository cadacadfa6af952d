/* Sections whose channels we know the number of, but that lose none: their arrays are
 * copied through, and their neighbours stay as they are. */
#ifndef OCSP_LAYERS_SECTIONS_OPAQUE_H
#define OCSP_LAYERS_SECTIONS_OPAQUE_H

#include "layers/sections.h"

/* The output is shaped like the input; `reason`: why it is frozen, a static text. */
enum ocsp_status ocsp_read_frozen(const struct ocsp_section_reader *r,
                                  const char *reason);

enum ocsp_status ocsp_read_local(const struct ocsp_section_reader *r);
enum ocsp_status ocsp_read_deconvolutional(const struct ocsp_section_reader *r);
/* rnn, gru, lstm */
enum ocsp_status ocsp_read_recurrent(const struct ocsp_section_reader *r);
enum ocsp_status ocsp_read_crnn(const struct ocsp_section_reader *r);
enum ocsp_status ocsp_read_conv_lstm(const struct ocsp_section_reader *r);

#endif
