#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/backbone.h"
#include "cli/compare.h"
#include "cli/offline_commands.h"
#include "cli/report.h"

static const struct ocsp_command commands[] = {
    {.name = "classifier train",
     .label = "train",
     .verb = OCSP_FOR_TRAIN,
     .goal = OCSP_TO_TRAIN,
     .words = "D.data N.cfg [N.weights]",
     .help = "trains a classifier, and prunes it while it trains"},
    {.name = "detector train",
     .label = "train",
     .verb = OCSP_FOR_TRAIN,
     .goal = OCSP_TO_TRAIN,
     .words = "D.data N.cfg [N.weights]",
     .help = "trains a detector, and prunes it while it trains"},
    {.name = "classifier valid|predict",
     .label = "inference",
     .verb = OCSP_FOR_INFERENCE,
     .goal = OCSP_TO_JUDGE,
     .words = "D.data N.cfg N.weights …",
     .help = "Darknet's own commands, computed by our engine"},
    {.name = "detector map|valid|test",
     .label = "inference",
     .verb = OCSP_FOR_INFERENCE,
     .goal = OCSP_TO_JUDGE,
     .words = "D.data N.cfg N.weights …",
     .help = "Darknet's own commands, computed by our engine"},
    {.name = "speed",
     .label = "speed",
     .verb = OCSP_FOR_SPEED,
     .goal = OCSP_TO_JUDGE,
     .words = "N.cfg [M.cfg …]",
     .help = "measures how long nets take for a batch of images"},
    {.name = "info",
     .label = "info",
     .verb = OCSP_FOR_INFO,
     .goal = OCSP_TO_LOOK,
     .words = "N.cfg",
     .help =
         "prints which channels belong together, which layers are frozen and why, and "
         "how little can be left",
     .n_files = 1,
     .run = ocsp_run_info},
    {.name = "saliency",
     .label = "saliency",
     .verb = OCSP_FOR_SALIENCY,
     .goal = OCSP_TO_LOOK,
     .words = "N.cfg N.weights",
     .help = "prints the scores of each group's channels",
     .n_files = 2,
     .run = ocsp_run_saliency},
    {.name = "plan",
     .label = "plan",
     .verb = OCSP_FOR_PLAN,
     .goal = OCSP_TO_LOOK,
     .words = "N.cfg N.weights -reduce macs=P% -o PLAN.json",
     .help = "writes what would go",
     .n_files = 2,
     .run = ocsp_run_plan},
    {.name = "prune",
     .label = "prune",
     .verb = OCSP_FOR_PRUNE,
     .goal = OCSP_TO_PRUNE,
     .words = "N.cfg N.weights (-reduce macs=P% | -plan PLAN.json) -o PREFIX",
     .help = "prunes at once, without training",
     .n_files = 2,
     .run = ocsp_run_prune},
    {.name = "lint",
     .label = "lint",
     .verb = OCSP_FOR_LINT,
     .goal = OCSP_TO_LOOK,
     .words = "N.cfg",
     .help = "prints which programs accept this cfg, and what others refuse or misread",
     .n_files = 1,
     .run = ocsp_run_lint},
    {.name = "compare",
     .label = "compare",
     .verb = OCSP_FOR_COMPARE,
     .words = "A.cfg B.cfg",
     .help = "prints two nets beside each other, layer by layer",
     .run = ocsp_compare_run},
    {.name = "report",
     .label = "report",
     .verb = OCSP_FOR_REPORT,
     .words = "(BACKUP_DIR | -before A.cfg -after B.cfg)",
     .help =
         "makes an HTML page of a run, or of two nets: what is left, why, and how to use "
         "it",
     .run = ocsp_report_run},
    {.name = "backbone",
     .label = "backbone",
     .verb = OCSP_FOR_BACKBONE,
     .goal = OCSP_TO_PRUNE,
     .words = "N.cfg N.weights -head yolo -maps 38,19,10 -classes N -o PREFIX",
     .help = "makes the start of a detector's training from a classifier",
     .n_files = 2,
     .run = ocsp_backbone_run},
};

#define COMMANDS (sizeof commands / sizeof *commands)

const struct ocsp_command *ocsp_command(size_t k)
{
    return k < COMMANDS ? &commands[k] : NULL;
}

bool ocsp_is_alternative(const char *word, const char *alternatives)
{
    const size_t n = strlen(word);

    if (strpbrk(word, "| "))
        return false;
    while (strncmp(word, alternatives, n) != 0 || !strchr("| ", alternatives[n])) {
        alternatives += strcspn(alternatives, "| ");
        if (*alternatives != '|')
            return false;
        alternatives++;
    }
    return n > 0;
}

const struct ocsp_command *ocsp_command_typed(size_t k, char name[OCSP_COMMAND_NAME])
{
    for (size_t row = 0; row < COMMANDS; row++) {
        const char *text = commands[row].name, *second = strchr(text, ' ');
        const char *word = second ? second + 1 : text;
        for (; word; word = strchr(word, '|') ? strchr(word, '|') + 1 : NULL) {
            if (k-- > 0)
                continue;
            /* "classifier " in front of each of "valid|predict" */
            snprintf(name, OCSP_COMMAND_NAME, "%.*s%.*s",
                     (int)(second ? second + 1 - text : 0), text, (int)strcspn(word, "|"),
                     word);
            return &commands[row];
        }
    }
    return NULL;
}

const struct ocsp_command *ocsp_command_given(int argc, char **argv)
{
    for (size_t k = 0; k < COMMANDS && argc > 0; k++) {
        const char *second = strchr(commands[k].name, ' ');
        if (ocsp_is_alternative(argv[0], commands[k].name) &&
            (!second || (argc > 1 && ocsp_is_alternative(argv[1], second + 1))))
            return &commands[k];
    }
    return NULL;
}
