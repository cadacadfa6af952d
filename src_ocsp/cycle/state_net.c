#include "cycle/state_net.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cycle/state_reader.h"

bool ocsp_state_is_schedule(const struct ocsp_cfg_change *change)
{
    static const char *const keys[] = {
        "max_batches", "learning_rate", "policy", "steps", "scales",     "seq_scales",
        "step",        "scale",         "gamma",  "power", "sgdr_cycle", "sgdr_mult"};

    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        if (change->section == 0 && change->key && strcmp(change->key, keys[k]) == 0)
            return true;
    return false;
}

/* Whether a decision of the cycle is still to come: its epochs follow from the schedule.
 */
static bool decides(const struct ocsp_state *state)
{
    const json_t *settings = json_object_get(state->meta, "settings");

    return state->phase != OCSP_PRUNED &&
           json_number_value(json_object_get(settings, "reduce")) > 0;
}

static enum ocsp_status refuse_section(const struct ocsp_state *state,
                                       const struct ocsp_cfg *cfg,
                                       const struct ocsp_cfg_change *c,
                                       struct ocsp_error *err)
{
    return ocsp_fail(
        err, OCSP_E_CONFLICT, ocsp_cfg_name(cfg), c->line,
        "%s%.40s%s, but the run saved in %s began with %s%.40s%s here: put it "
        "back, or begin anew by -restart",
        c->after ? "[" : "", c->after ? c->after : "the end of the file",
        c->after ? "]" : "", state->path, c->before ? "[" : "",
        c->before ? c->before : "the end of the file", c->before ? "]" : "");
}

#define VALUE_TEXT 128

/* "KEY=VALUE", or "no KEY=". */
static void value_text(const char *key, const char *value, char text[VALUE_TEXT])
{
    if (value)
        snprintf(text, VALUE_TEXT, "%.40s=%.*s", key, ocsp_cfg_value_length(value),
                 value);
    else
        snprintf(text, VALUE_TEXT, "no %.40s=", key);
}

static enum ocsp_status refuse(const struct ocsp_state *state, const struct ocsp_cfg *cfg,
                               const struct ocsp_cfg_change *c, struct ocsp_error *err)
{
    char now[VALUE_TEXT], then[VALUE_TEXT];

    if (!c->key)
        return refuse_section(state, cfg, c, err);
    value_text(c->key, c->after, now);
    value_text(c->key, c->before, then);
    if (ocsp_state_is_schedule(c))
        return ocsp_fail(err, OCSP_E_CONFLICT, ocsp_cfg_name(cfg), c->line,
                         "%s, but the run saved in %s began with %s, and when it prunes "
                         "follows from that: put it back until it has pruned, or begin "
                         "anew by -restart",
                         now, state->path, then);
    return ocsp_fail(err, OCSP_E_CONFLICT, ocsp_cfg_name(cfg), c->line,
                     "%s, but the run saved in %s began with %s: put it back, or begin "
                     "anew by -restart",
                     now, state->path, then);
}

/* Adds "KEY=BEFORE is now AFTER". */
static void tell(const struct ocsp_cfg_change *c, char news[OCSP_CFG_NEWS])
{
    const size_t n = strlen(news);
    const int before = c->before ? ocsp_cfg_value_length(c->before) : 0;
    const int after = c->after ? ocsp_cfg_value_length(c->after) : 0;

    snprintf(news + n, OCSP_CFG_NEWS - n, "%s%s=%.*s%s%.*s", n > 0 ? ", " : "", c->key,
             before < 60 ? before : 60, c->before ? c->before : "",
             c->after ? (c->before ? " is now " : " is new: ") : " is gone",
             after < 60 ? after : 60, c->after ? c->after : "");
}

static enum ocsp_status compare(const struct ocsp_state *state,
                                const struct ocsp_cfg *before, const struct ocsp_cfg *now,
                                char news[OCSP_CFG_NEWS], struct ocsp_error *err)
{
    struct ocsp_cfg_change change = {0};

    while (ocsp_cfg_next_change(before, now, &change)) {
        if (!ocsp_state_is_schedule(&change) || decides(state))
            return refuse(state, now, &change, err);
        tell(&change, news);
    }
    return OCSP_OK;
}

enum ocsp_status ocsp_state_check_net(const struct ocsp_state *state, const char *host,
                                      const struct ocsp_cfg *cfg,
                                      char news[OCSP_CFG_NEWS], struct ocsp_error *err)
{
    const char *its_host = json_string_value(json_object_get(state->meta, "host"));
    const char *content = json_string_value(json_object_get(state->meta, "cfg"));
    struct ocsp_cfg *before;
    struct ocsp_error why;

    *news = '\0';
    if (!its_host)
        return ocsp_state_damaged(state, "its host is missing", err);
    if (strcmp(its_host, host) != 0)
        return ocsp_fail(err, OCSP_E_CONFLICT, state->path, 0,
                         "this run was begun by %.40s's Darknet, and this is %s's: go on "
                         "there, or begin anew by -restart",
                         its_host, host);
    if (!content)
        return ocsp_state_damaged(state, "its cfg is missing", err);
    enum ocsp_status status =
        ocsp_cfg_parse(&before, state->path, content, strlen(content), &why);
    if (status == OCSP_E_MEMORY)
        return ocsp_fail_memory(err);
    if (status)
        return ocsp_state_damaged(state, "its cfg is malformed", err);
    status = compare(state, before, cfg, news, err);
    ocsp_cfg_free(before);
    return status;
}
