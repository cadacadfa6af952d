/* Which widths suit the machine. */
#ifndef OCSP_ENGINE_CHANNEL_BLOCK_H
#define OCSP_ENGINE_CHANNEL_BLOCK_H

/* oneDNN's convolutions compute output channels in whole blocks, a vector or two each: 16
 * with AVX-512, 8 without. Measured with AVX-512, a convolution takes the time of
 * (output channels rounded up to 16) x (input channels as they are) on maps of 32x32; on
 * maps of 8x8 input channels count as if they were rounded up, too. 0: nothing is known.
 */
int ocsp_engine_channel_block(void);

#endif
