/* Whether the net of a saved run is the net of this one. */
#ifndef OCSP_CYCLE_STATE_NET_H
#define OCSP_CYCLE_STATE_NET_H

#include "cycle/state.h"
#include "net/cfg.h"
#include "net/cfg_change.h"

#define OCSP_CFG_NEWS 400 /* bytes */

/* Refuses the state of a run on another host, or with another dense cfg: names the first
 * key that differs, comments do not count. A run that has no decision of the cycle ahead
 * of it, being dense for ever or behind t*, may get another length and other learning
 * rates: `news` names what differs then, "" where nothing does. */
enum ocsp_status ocsp_state_check_net(const struct ocsp_state *state, const char *host,
                                      const struct ocsp_cfg *cfg,
                                      char news[OCSP_CFG_NEWS], struct ocsp_error *err);

/* Whether it is a key that the host alone reads, at every iteration: how long it trains,
 * and at which rates. The same weights fit before and after. */
bool ocsp_state_is_schedule(const struct ocsp_cfg_change *change);

#endif
