#include "hosts/by_value/layer_edges.h"

#include "hosts/by_value/own_section.h"

size_t ocsp_layer_inputs(const layer *layers, int i)
{
    if (i > 0)
        return ocsp_layer_outputs(&layers[i - 1]);
    return (size_t)layers[0].batch * (size_t)layers[0].inputs;
}

int ocsp_dropouts_behind(const network *net, int i)
{
    int n = 0;

    while (i + n + 1 < net->n && net->layers[i + n + 1].type == DROPOUT)
        n++;
    return n;
}

bool ocsp_reads_predecessor_alone(LAYER_TYPE type)
{
    switch (type) {
    case CONVOLUTIONAL:
    case CONNECTED:
    case MAXPOOL:
    case SOFTMAX:
    case DETECTION:
    case DROPOUT:
    case CROP:
    case COST:
    case NORMALIZATION:
    case AVGPOOL:
    case LOCAL:
    case ACTIVE:
    case RNN:
    case GRU:
    case LSTM:
    case CRNN:
    case BATCHNORM:
    case REGION:
    case YOLO:
    case REORG:
    case UPSAMPLE:
        return true;
    default:
        return ocsp_type_is_own(type) || ocsp_host_type_reads_predecessor_alone(type);
    }
}
