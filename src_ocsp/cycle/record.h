/* What a training run leaves beside its weights: <base>_ocsp.csv, a row per epoch, and
 * <base>_ocsp.json, the summary. Texts here; they are written together with the weights
 * and the state of which they tell. */
#ifndef OCSP_CYCLE_RECORD_H
#define OCSP_CYCLE_RECORD_H

#include <stdint.h>

#include "cycle/accuracy.h"
#include "cycle/cycle.h"
#include "net/error.h"
#include "net/file.h"

struct ocsp_record {
    char *csv_path, *json_path;
    char *csv; /* the file's text so far */
    size_t csv_size;
    char *json; /* of the last summary; NULL before the first */
};

struct ocsp_epoch_facts {
    int epoch;
    double loss; /* mean over the epoch's iterations */
    double learning_rate;
    double seconds;
    const struct ocsp_score *score; /* NULL: nothing was measured */
};

struct ocsp_surgery_facts {
    int epoch;
    uint64_t iteration;
    enum ocsp_prune_cause cause;
    double difference, tolerance; /* of the self-check */
    const char *cfg, *weights;    /* the pruned pair's paths */
};

/* "<folder>/<base>_ocsp.csv" and ".json". */
enum ocsp_status ocsp_record_init(struct ocsp_record *record, const char *folder,
                                  const char *base, struct ocsp_error *err);
void ocsp_record_clear(struct ocsp_record *record);

/* Adds a row. Columns: epoch, phase, lambda, J, mean J, MACs of the
 * sub-network, selected channels, loss, learning rate, seconds, Σ||w_c|| of the selected
 * and of the kept channels, top-1, top-k and mAP in percent; empty where there is no
 * value. */
enum ocsp_status ocsp_record_epoch(struct ocsp_record *record,
                                   const struct ocsp_cycle *cycle,
                                   const struct ocsp_epoch_facts *facts,
                                   struct ocsp_error *err);

/* Goes on from the CSV of an earlier process. */
enum ocsp_status ocsp_record_restore(struct ocsp_record *record, const char *csv,
                                     size_t size, struct ocsp_error *err);

/* What a summary tells besides the cycle; borrowed. */
struct ocsp_summary_facts {
    const char *host;
    const char *command; /* the flags as given */
    const char *cfg;     /* path of the dense net's */
    const char *cfg_sha256;
    int epochs; /* done */
    uint64_t iteration, generation;
    const struct ocsp_surgery_facts *surgery; /* NULL before t* */
    const struct ocsp_accuracy *accuracy;
};

/* Makes the summary anew. */
enum ocsp_status ocsp_record_summary(struct ocsp_record *record,
                                     const struct ocsp_cycle *cycle,
                                     const struct ocsp_summary_facts *facts,
                                     struct ocsp_error *err);

/* Both files, for ocsp_files_write; valid until the record changes. */
void ocsp_record_files(const struct ocsp_record *record,
                       struct ocsp_file_content files[2]);

#endif
