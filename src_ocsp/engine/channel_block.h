/* Which widths suit the machine. */
#ifndef OCSP_ENGINE_CHANNEL_BLOCK_H
#define OCSP_ENGINE_CHANNEL_BLOCK_H

/* oneDNN's convolutions compute output channels in whole blocks, a vector or two each: 16
 * with AVX-512, 8 without. Measured with AVX-512, a convolution takes the time of
 * (channels rounded up to 16) x (input channels as they are). 0: nothing is known. */
int ocsp_engine_channel_block(void);

#endif
