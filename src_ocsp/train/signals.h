/* Signals that ask a run to stop: it finishes its iteration and saves its state. SIGINT
 * and SIGTERM; SIGHUP, of a terminal that is gone; SIGPIPE, where nobody reads what the
 * run says; SIGXFSZ, of a file that outgrows `ulimit -f`; SIGXCPU, of `ulimit -t`. A
 * second SIGINT or SIGTERM ends it at once, and so does SIGQUIT. */
#ifndef OCSP_TRAIN_SIGNALS_H
#define OCSP_TRAIN_SIGNALS_H

/* From now on they only ask. Those that are ignored, as by nohup, stay so. */
void ocsp_signals_catch(void);
/* The signal that came, or 0. */
int ocsp_signals_caught(void);

#endif
