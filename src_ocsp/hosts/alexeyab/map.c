#include "hosts/alexeyab/map.h"

#include <stdint.h>

#include "hosts/by_value/darknet_compat.h"
#include "network.h"
#include "parser.h"

/* As train_detector does it: by a second network of one image per batch, which borrows
 * the layers of the first. */
enum ocsp_status ocsp_alexeyab_measure_map(const void *net, const char *cfg,
                                           const char *data, double iou, double *map,
                                           struct ocsp_error *err)
{
    const network *of = net;

#ifdef GPU
    cuda_set_device(of->gpu_index);
#endif
    network second = parse_network_cfg_custom((char *)(uintptr_t)cfg, 1, 1);
    if (second.n != of->n) {
        free_network(second);
        return ocsp_fail(err, OCSP_E_FORMAT, cfg, 0,
                         "Darknet cannot measure a net of this cfg");
    }
    second.benchmark_layers = of->benchmark_layers;
    for (int k = 0; k < second.n; k++)
        free_layer_custom(second.layers[k], 1);
    copy_weights_net(*of, &second);
    /* until May 2020 training took 0.5, whatever -iou_thresh said */
    const float iou_thresh = OCSP_HAS_MAP_IOU_THRESH ? (float)iou : .5f;
    *map =
        (double)validate_detector_map((char *)(uintptr_t)data, (char *)(uintptr_t)cfg,
                                      NULL, .25f, iou_thresh, 0, of->letter_box, &second);
    second.n = 0;
    free_network(second);
    return OCSP_OK;
}
