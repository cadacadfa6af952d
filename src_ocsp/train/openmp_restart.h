/* A program that waits less in OpenMP. */
#ifndef OCSP_TRAIN_OPENMP_RESTART_H
#define OCSP_TRAIN_OPENMP_RESTART_H

/* Starts the program anew, once, with GOMP_SPINCOUNT set, so that the waiting threads of
 * GNU's OpenMP soon give their cores away. Where others use the cores, too, its default
 * makes training several times slower. Also where OMP_STACKSIZE gives threads too little.
 * Returns where there is nothing to change, or no
 * way to. Call it before anything is printed or done: all that is would be so twice. */
void ocsp_openmp_restart(void);

#endif
