/* Our single-dash flags, from the command line and from a key=value sidecar file.
 *
 *     ocsp_flags_read(&flags, OCSP_FOR_PRUNE, NULL, &argc, argv, &err);
 *
 * Known flags are taken out of argv; what stays are positional words, and flags of the
 * host's own. The command line wins over the sidecar, and a later
 * setting over an earlier one. */
#ifndef OCSP_CLI_FLAGS_H
#define OCSP_CLI_FLAGS_H

#include <stdbool.h>

#include "cycle/settings.h"
#include "hosts/host.h"
#include "net/error.h"
#include "prune/heads.h"
#include "train/hook.h"
#include "train/predictor.h"

enum ocsp_verb {
    OCSP_FOR_INFO = 1,
    OCSP_FOR_SALIENCY = 2,
    OCSP_FOR_PLAN = 4,
    OCSP_FOR_PRUNE = 8,
    OCSP_FOR_TRAIN = 16,
    OCSP_FOR_INFERENCE = 32, /* flags that are not ours are the host's */
    OCSP_FOR_LINT = 64,
    OCSP_FOR_BACKBONE = 128,
    OCSP_FOR_SPEED = 256,
    OCSP_FOR_COMPARE = 512,
    OCSP_FOR_REPORT = 1024
};

enum { OCSP_MAX_BATCHES = 16 };

/* What `speed` measures. */
struct ocsp_speed_flags {
    int batches[OCSP_MAX_BATCHES], n_batches;
    enum ocsp_predictor_name engines[OCSP_PREDICTORS]; /* n_engines 0: the default one */
    int n_engines;
    double seconds;
    int rounds; /* 0: as many as fit in `seconds` */
    bool layers;
};

struct ocsp_flags {
    enum ocsp_verb verb;
    struct ocsp_settings settings;
    struct ocsp_hook_engine engine;
    struct ocsp_hook_saving saving;
    bool plots;          /* -plots */
    int pad;             /* -aug pad=N */
    bool draw_at_random; /* -draw random */
    int eval;            /* -eval, as ocsp_hook_options has it */
    bool json;
    bool brief;
    bool reduce_given;
    const char *output;    /* -o, borrowed from argv */
    const char *plan_file; /* -plan, borrowed from argv */
    const char *of_search; /* a flag that is for -reduce alone; NULL: none was given */
    /* of `report`, the same */
    const char *before, *after, *speed_file, *run_name;
    bool head_given;
    struct ocsp_heads heads; /* -maps, -classes, -anchors; 0 where not given */
    int input;               /* -size; 0: not given */
    struct ocsp_speed_flags speed;
};

/* `host_flags`: those that stay with their values, of the command argv[0]; NULL: none. */
enum ocsp_status ocsp_flags_read(struct ocsp_flags *flags, enum ocsp_verb verb,
                                 const struct ocsp_host_flag *host_flags, int *argc,
                                 char **argv, struct ocsp_error *err);

/* Number of argv words that a flag of the host's own `COMMAND train` takes, COMMAND
 * "classifier" or "detector"; 0: `word` is none of `flags`. */
int ocsp_host_flag_words(const struct ocsp_host_flag *flags, const char *command,
                         const char *word);

#endif
