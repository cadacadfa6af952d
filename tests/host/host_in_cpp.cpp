// A stub of a host in C++: its network holds a vector, its callbacks take a reference to
// a layer, and it has no classifier. tests/test_cpp_host.sh compiles it as a tree's CMake
// would.
#include <cstdio>
#include <vector>

#include "hosts/fatal.h"
#include "hosts/host.h"
#include "net/clock.h"

namespace Stub
{
struct Layer;
struct Network {
    std::vector<Layer> layers;
    uint64_t seen;
};
struct Layer {
    void (*update)(Layer &l, Network &net, float rate);
    float weight;
};
} // namespace Stub

namespace
{
const Stub::Network &network_of(const void *net)
{
    return *static_cast<const Stub::Network *>(net);
}

const void *identity(const void *net)
{
    return network_of(net).layers.data();
}

int count_layers(const void *net)
{
    return static_cast<int>(network_of(net).layers.size());
}

const ocsp_host_hooks *hooks_of_net;

void update(Stub::Layer &l, Stub::Network &net, float rate)
{
    ocsp_update step = {};

    step.layer = static_cast<int>(&l - net.layers.data());
    step.learning_rate = rate;
    hooks_of_net->events->before_update(hooks_of_net->events->context, &step);
    l.weight += rate;
    hooks_of_net->events->after_update(hooks_of_net->events->context, &step);
}

ocsp_status install(void *net, const ocsp_host_hooks *hooks, ocsp_error *err)
{
    auto &layers = static_cast<Stub::Network *>(net)->layers;

    if (layers.empty())
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, nullptr, 0, "a network without layers");
    hooks_of_net = hooks;
    for (Stub::Layer &l : layers)
        l.update = update;
    return OCSP_OK;
}

// What a training loop of such a host does.
void run_detector(int, char **)
{
    static const ocsp_host_events events = {
        nullptr,
        [](void *, const ocsp_update *u) { std::printf("before %d\n", u->layer); },
        [](void *, const ocsp_update *u) { std::printf("after %d\n", u->layer); }};
    static const ocsp_host_hooks hooks = {&events, nullptr, false};
    Stub::Network net{std::vector<Stub::Layer>(2), 0};
    ocsp_error err;

    if (ocsp_host.install(&net, &hooks, &err))
        ocsp_fatal(&err);
    for (Stub::Layer &l : net.layers)
        l.update(l, net, .5f);
    std::printf("%d layers\n", ocsp_host.layers(&net));
    net.layers.clear();
    if (ocsp_host.install(&net, &hooks, &err))
        ocsp_fatal(&err);
}

struct ocsp_host make_table()
{
    struct ocsp_host host = {};

    host.name = "Stub";
    host.identity = identity;
    host.layers = count_layers;
    host.install = install;
    host.run_detector = run_detector;
    return host;
}
} // namespace

const struct ocsp_host ocsp_host = make_table();
