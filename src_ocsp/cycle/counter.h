#ifndef OCSP_CYCLE_COUNTER_H
#define OCSP_CYCLE_COUNTER_H

/* A number that the host keeps beside the parameters, exact up to 2^53. */
struct ocsp_counter {
    char name[32];
    double value;
};
#define OCSP_MAX_COUNTERS 16

#endif
