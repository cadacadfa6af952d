/* What a training run leaves beside its weights: <base>_ocsp.csv, a row per epoch,
 * <base>_ocsp_norms.csv, histograms of group norms, and <base>_ocsp.json, the summary.
 * Texts here; they are written together with the weights and the state of which they
 * tell. */
#ifndef OCSP_CYCLE_RECORD_H
#define OCSP_CYCLE_RECORD_H

#include <stdint.h>

#include "cycle/accuracy.h"
#include "cycle/cycle.h"
#include "net/error.h"
#include "net/file.h"

struct ocsp_record {
    char *csv_path, *norms_path, *json_path;
    char *csv; /* the file's text so far */
    size_t csv_size;
    char *norms; /* the same; NULL before the first search */
    size_t norms_size;
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

/* "<folder>/<base>_ocsp.csv", "_ocsp_norms.csv" and "_ocsp.json". */
enum ocsp_status ocsp_record_init(struct ocsp_record *record, const char *folder,
                                  const char *base, struct ocsp_error *err);
void ocsp_record_clear(struct ocsp_record *record);

/* Adds a row, in the place of one that the epoch may have. Columns: epoch, phase, lambda,
 * J, mean J, MACs of the sub-network, selected channels, loss, learning rate, seconds,
 * Σ||w_c|| of the selected and of the kept channels, top-1, top-k and mAP in percent;
 * empty where there is no value. After a search, also the rows of the norms' histogram
 * (norms.h); of more than 300 epochs, every other one, every third one, …, and t_sl-start
 * and t*. */
enum ocsp_status ocsp_record_epoch(struct ocsp_record *record,
                                   const struct ocsp_cycle *cycle,
                                   const struct ocsp_epoch_facts *facts,
                                   struct ocsp_error *err);

/* Puts a mAP, in percent, into the last row. */
enum ocsp_status ocsp_record_set_map(struct ocsp_record *record, double map,
                                     struct ocsp_error *err);

/* Goes on from the CSV of an earlier process, and from its norms; NULL: it has none. */
enum ocsp_status ocsp_record_restore(struct ocsp_record *record, const char *csv,
                                     size_t size, const char *norms,
                                     struct ocsp_error *err);

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

enum { OCSP_RECORD_FILES = 3 };

/* All files, for ocsp_files_write; valid until the record changes. Norms of an earlier
 * run are removed where this one has none. */
void ocsp_record_files(const struct ocsp_record *record,
                       struct ocsp_file_content files[OCSP_RECORD_FILES]);

#endif
