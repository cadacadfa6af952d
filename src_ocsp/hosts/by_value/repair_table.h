/* How a host's repairs are installed: by a table of entries, which is asked layer by
 * layer. For hosts alone. */
#ifndef OCSP_HOSTS_BY_VALUE_REPAIR_TABLE_H
#define OCSP_HOSTS_BY_VALUE_REPAIR_TABLE_H

#include "hosts/by_value/darknet_compat.h"
#include "hosts/rules.h"

/* Where an entry is asked. */
struct ocsp_repair_site {
    const network *net;
    int index;
    layer *l;   /* net->layers[index] */
    void *kept; /* what the build keeps of the layer while it is repaired */
};

/* For layers of all types. */
#define OCSP_ANY_TYPE (-1)

struct ocsp_repair {
    int type;                                           /* LAYER_TYPE */
    bool (*holds)(const struct ocsp_repair_site *site); /* NULL: always */
    const char *sentence;                               /* of the host's rules, or NULL */
    void (*install)(const struct ocsp_repair_site *site); /* NULL: another entry does */
};

/* Installs what holds of a table, up to its first entry without sentence and function,
 * entry by entry: of two for the same callback the later one stays. Notes the sentences
 * for the log. */
void ocsp_repairs_apply(const struct ocsp_repair *table,
                        const struct ocsp_repair_site *site);

/* The log, see ocsp_repairs(): nothing is at work; what was noted comes in the order of
 * the host's rules, each sentence once. */
void ocsp_repairs_clear_log(void);
void ocsp_repairs_sort_log(const struct ocsp_host_rules *rules);

#endif
