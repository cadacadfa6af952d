/* SIGINT and SIGTERM ask a run to stop: it finishes its iteration and saves its state. A
 * second one ends it at once. */
#ifndef OCSP_TRAIN_SIGNALS_H
#define OCSP_TRAIN_SIGNALS_H

/* From now on they only ask. */
void ocsp_signals_catch(void);
/* The signal that came, or 0. */
int ocsp_signals_caught(void);

#endif
