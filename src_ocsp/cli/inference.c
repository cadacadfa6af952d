#include "cli/inference.h"

#include <stdio.h>

#include "cli/flags.h"
#include "cli/inference_inputs.h"
#include "hosts/host.h"
#include "net/standard_output.h"
#include "train/hook.h"
#include "train/thread_cap.h"

int ocsp_inference_run(int argc, char **argv)
{
    struct ocsp_error err;
    struct ocsp_flags flags;
    char note[OCSP_THREAD_NOTE];
    enum ocsp_status status =
        ocsp_flags_read(&flags, OCSP_FOR_INFERENCE, NULL, &argc, argv, &err);

    if (!status && ocsp_thread_cap(&flags.engine, note))
        fprintf(stderr, "%s\n", note);
    if (!status)
        status = ocsp_inference_inputs_check(&ocsp_host, argc, argv, &err);
    if (!status)
        status = ocsp_hook_predict_enable(&flags.engine, &err);
    if (!status)
        status = ocsp_hook_run_predict(argc, argv, &err);
    if (!status)
        status = ocsp_output_check(&err);
    if (!status)
        return 0;
    fprintf(stderr, "darknet ocsp: %s\n", err.text);
    return status == OCSP_E_USAGE ? 2 : 1;
}
