/* What the tests of the cycle share: a net of one group, and epochs of its cycle. */
#ifndef OCSP_TESTS_CYCLE_HELPERS_H
#define OCSP_TESTS_CYCLE_HELPERS_H

#include "cycle/cycle.h"
#include "helpers.h"

enum { CHANNELS = 8, SELECTED = 4, FILTER = 27 };

/* One group of 8 channels in which every channel costs the same: half of the MACs are the
 * 4 weakest. The outputs of the last layer are frozen. */
void one_group_parse(struct net *net);
/* Filters of 27 equal weights, nothing behind them: ||w_c|| = sqrt(27) · strength. */
void one_group_set_strengths(struct net *net, const double strength[CHANNELS]);

/* Half of the MACs, at these epochs. */
struct ocsp_settings cycle_settings(int sl_start, int sl_end);
/* An epoch with the net's weights as they are. */
enum ocsp_decision cycle_step(struct ocsp_cycle *cycle, struct net *net, int epoch);

#endif
