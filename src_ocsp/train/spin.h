/* OpenMP's waiting threads. */
#ifndef OCSP_TRAIN_SPIN_H
#define OCSP_TRAIN_SPIN_H

/* Starts the program anew, once, with less spinning in GNU's OpenMP: where others use the
 * cores too, its default makes training several times slower. Returns where there is
 * nothing to change. Call it before anything is done. */
void ocsp_limit_spinning(void);

#endif
