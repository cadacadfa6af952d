/* Put before every C file of a host, of host/ and of these tests: the whole of it then
 * computes in double precision, so that finite differences are exact to about 1e-9. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <immintrin.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define float double
#define ceilf ceil
#define cosf cos
#define expf exp
#define fabsf fabs
#define floorf floor
#define fmaxf fmax
#define fminf fmin
#define logf log
#define log2f log2
#define powf pow
#define roundf round
#define sinf sin
#define sqrtf sqrt
#define tanhf tanh
