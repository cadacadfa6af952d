#include "engine/opencv_dnn.h"

#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>

struct ocsp_opencv_net {
    cv::dnn::Net net;
    std::vector<int> shape;
    std::vector<double> seconds; /* of OpenCV's layers */
    std::vector<int> sections;   /* that these belong to; -1: to none */
    std::string name;
};

/* OpenCV ends its layers' names with the index of their section, as "conv_12". */
static int section_of(const std::string &name)
{
    const size_t bar = name.rfind('_');

    return bar == std::string::npos || bar + 1 == name.size() ||
                   name.find_first_not_of("0123456789", bar + 1) != std::string::npos
               ? -1
               : std::atoi(name.c_str() + bar + 1);
}

static enum ocsp_status fail(const std::string &name, const std::exception &why,
                             struct ocsp_error *err)
{
    std::string text = why.what();

    for (char &c : text)
        c = c == '\n' ? ' ' : c;
    return ocsp_fail(err, OCSP_E_UNSUPPORTED, name.c_str(), 0,
                     "OpenCV %s cannot compute it: %.400s", CV_VERSION, text.c_str());
}

enum ocsp_status ocsp_opencv_open(struct ocsp_opencv_net **out, const char *cfg,
                                  const char *weights, const int shape[4],
                                  const char *name, struct ocsp_error *err)
{
    ocsp_opencv_net *net = nullptr;

    try {
        net = new ocsp_opencv_net;
        net->name = name;
        net->shape.assign(shape, shape + 4);
        net->net = cv::dnn::readNetFromDarknet(cfg, weights);
        net->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
        net->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        for (const cv::String &layer : net->net.getLayerNames())
            net->sections.push_back(section_of(layer));
    } catch (const std::bad_alloc &) {
        delete net;
        return ocsp_fail_memory(err);
    } catch (const std::exception &why) {
        delete net;
        return fail(name, why, err);
    }
    *out = net;
    return OCSP_OK;
}

enum ocsp_status ocsp_opencv_predict(struct ocsp_opencv_net *net, float *images,
                                     struct ocsp_error *err)
{
    try {
        std::vector<cv::Mat> outputs;
        net->net.setInput(cv::Mat(net->shape, CV_32F, images));
        net->net.forward(outputs, net->net.getUnconnectedOutLayersNames());
        net->net.getPerfProfile(net->seconds);
        for (double &ticks : net->seconds)
            ticks /= cv::getTickFrequency();
    } catch (const std::bad_alloc &) {
        return ocsp_fail_memory(err);
    } catch (const std::exception &why) {
        return fail(net->name, why, err);
    }
    return OCSP_OK;
}

void ocsp_opencv_layer_seconds(const struct ocsp_opencv_net *net, double *seconds,
                               int n_layers)
{
    for (int i = 0; i < n_layers; i++)
        seconds[i] = 0;
    for (size_t k = 0; k < net->seconds.size() && k < net->sections.size(); k++)
        if (net->sections[k] >= 0 && net->sections[k] < n_layers)
            seconds[net->sections[k]] += net->seconds[k];
}

void ocsp_opencv_close(struct ocsp_opencv_net *net)
{
    delete net;
}

void ocsp_opencv_describe(char *text, size_t size)
{
    std::snprintf(text, size, "OpenCV %s", cv::getVersionString().c_str());
}

void ocsp_opencv_set_threads(int threads)
{
    cv::setNumThreads(threads > 0 ? threads : -1);
}
