#include "lint/lint_section.h"
#include "lint/shared_rules.h"

static bool routes_layer_0(const struct ocsp_lint_site *site)
{
    return ocsp_list_holds_0(ocsp_lint_text(site, "layers"));
}

static bool joins_unequal_maps(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *first = ocsp_lint_from(site, 0);

    for (int k = 1; k < site->layer->n_from; k++) {
        const struct ocsp_layer *from = ocsp_lint_from(site, k);
        if (from->out_w != first->out_w || from->out_h != first->out_h)
            return true;
    }
    return false;
}

static bool is_needed_as_a_map(const struct ocsp_lint_site *site)
{
    return site->layer->map_reader != NULL;
}

static bool joins_groups(const struct ocsp_lint_site *site)
{
    return site->layer->n_from > 1 && site->layer->route_groups > 1;
}

static bool splits_a_channel(const struct ocsp_lint_site *site)
{
    int64_t channels = 0;

    for (int k = 0; k < site->layer->n_from; k++)
        channels += ocsp_lint_from(site, k)->out_c;
    return channels % site->layer->route_groups != 0;
}

static bool has_groups_without_id(const struct ocsp_lint_site *site)
{
    return ocsp_lint_has(site, "groups") && !ocsp_lint_has(site, "group_id");
}

static const struct ocsp_lint_section route = {
    .name = "route",
    .support = {[OCSP_DEBIAN] = {"layers"},
                [OCSP_ALEXEYAB] = {"layers groups group_id"},
                [OCSP_HANK] = {"layers groups group_id stream wait_stream"},
                [OCSP_HANK_ONNX] = {"layers groups group_id"},
                [OCSP_OPENCV] = {"layers groups group_id activation"},
                [OCSP_TKDNN] = {"layers groups group_id activation"},
                [OCSP_DEEPSTREAM] = {"layers groups group_id"},
                [OCSP_JKJUNG] = {"layers groups group_id"},
                [OCSP_NCNN] = {"layers"}},
    .meanings = {{"groups", "1"}},
    .rules = {{FOR_NCNN | FOR_JKJUNG, routes_layer_0, "layers", false,
               "0 is not the first layer for it"},
              HAS_NO_NODE_TO_READ,
              DOES_NOT_COUNT_DROPOUT,
              {FOR_ONNX | FOR_OPENCV | FOR_TKDNN | FOR_DEEPSTREAM | FOR_JKJUNG | FOR_NCNN,
               joins_unequal_maps, "layers", true, "they differ in width or height"},
              {FOR_DARKNETS, is_needed_as_a_map, "layers", true,
               "they differ in width or height, and a layer that needs a map reads them"},
              {FOR_ALEXEYABS, splits_a_channel, "groups", false,
               "it does not divide its channels evenly: the rest is lost"},
              {FOR_ONNX, joins_groups, "groups", false,
               "ignored, there are several layers"},
              {FOR_DEEPSTREAM, joins_groups, "groups", false,
               "it takes a part of the whole, Darknet of each layer"},
              {FOR_JKJUNG, joins_groups, "groups", true, "for one layer alone"},
              {FOR_DEEPSTREAM | FOR_JKJUNG, has_groups_without_id, "group_id", true,
               MUST_BE_GIVEN},
              DARKNET_HAS_NO_ACTIVATION},
};
OCSP_REGISTER_LINT_SECTION(route);
