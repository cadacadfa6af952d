#include "golden_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const golden_names[2] = {"vggmini", "resnet20"};

static const char *path_of(const char *name, const char *suffix)
{
    static char path[256];
    snprintf(path, sizeof path, "tests/golden/%s.%s", name, suffix);
    return path;
}

void golden_load(struct golden *golden, const char *name)
{
    json_error_t where;
    struct net *net = &golden->net;

    net_load(net, path_of(name, "cfg"));
    net_load_weights(net, path_of(name, "weights"));
    golden->json = json_load_file(path_of(name, "json"), 0, &where);
    assert_non_null(golden->json);
    golden->groups = json_object_get(golden->json, "groups");
    assert_true(json_array_size(golden->groups) > 0);
    const size_t inputs = (size_t)(net->graph->w * net->graph->h * net->graph->c);
    golden->n_logits = net->graph->layers[net->graph->n_layers - 1].inputs;
    golden->image = floats_of_file(path_of(name, "input.f32"), inputs);
    golden->logits =
        floats_of_file(path_of(name, "output.f32"), (size_t)golden->n_logits);
    golden->pruned_logits =
        floats_of_file(path_of(name, "pruned-output.f32"), (size_t)golden->n_logits);
}

void golden_clear(struct golden *golden)
{
    net_clear(&golden->net);
    json_decref(golden->json);
    free(golden->image);
    free(golden->logits);
    free(golden->pruned_logits);
}

static bool is_member(const struct ocsp_group *group, const json_t *wanted)
{
    const char *part = json_string_value(json_object_get(wanted, "part"));
    const char *side = json_string_value(json_object_get(wanted, "side"));

    for (int k = 0; k < group->n_members; k++) {
        const struct ocsp_member *m = &group->members[k];
        if (m->layer == json_integer_value(json_object_get(wanted, "layer")) &&
            strcmp(part, m->part == OCSP_WEIGHTS ? "weights" : "bn_scale") == 0 &&
            strcmp(side, m->side == OCSP_OUT ? "out" : "in") == 0)
            return true;
    }
    return false;
}

int golden_group(const struct golden *golden, size_t g)
{
    const struct ocsp_coupling *coupling = golden->net.coupling;
    const json_t *wanted = json_array_get(golden->groups, g);
    const json_t *members = json_object_get(wanted, "members");
    const json_int_t channels = json_integer_value(json_object_get(wanted, "channels"));

    for (int k = 0; k < coupling->n_groups; k++) {
        const struct ocsp_group *group = &coupling->groups[k];
        bool same = group->n_members == (int)json_array_size(members) &&
                    group->channels == channels;
        for (size_t m = 0; m < json_array_size(members); m++)
            same = same && is_member(group, json_array_get(members, m));
        if (same)
            return k;
    }
    fail_msg("no group has the members of the file's group %zu", g);
    return -1;
}

int golden_channel(const struct golden *golden, size_t g, int k)
{
    const json_t *members = json_object_get(json_array_get(golden->groups, g), "members");

    for (size_t m = 0; m < json_array_size(members); m++) {
        const json_t *member = json_array_get(members, m);
        if (strcmp(json_string_value(json_object_get(member, "side")), "out") != 0)
            continue;
        const json_int_t layer = json_integer_value(json_object_get(member, "layer"));
        return golden->net.coupling->tables[layer].row[k];
    }
    fail_msg("group %zu has no filters", g);
    return -1;
}

void golden_plan(const struct golden *golden, struct ocsp_plan *plan)
{
    const struct ocsp_coupling *coupling = golden->net.coupling;
    bool *removed = calloc((size_t)coupling->n_channels, sizeof *removed);

    assert_non_null(removed);
    for (size_t g = 0; g < json_array_size(golden->groups); g++) {
        const json_t *pruned =
            json_object_get(json_array_get(golden->groups, g), "pruned");
        for (size_t k = 0; k < json_array_size(pruned); k++)
            removed[golden_channel(
                golden, g, (int)json_integer_value(json_array_get(pruned, k)))] = true;
    }
    MUST(ocsp_plan_from_set(plan, coupling, removed, &test_error));
    free(removed);
}
