#include "helpers.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layers/macs.h"
#include "net/file.h"
#include "prune/rewrite.h"

struct ocsp_error test_error;
char test_folder[64];

void must_succeed(enum ocsp_status status, const char *file, int line)
{
    if (status == OCSP_OK)
        return;
    print_error("status %d: %s\n", (int)status, test_error.text);
    _fail(file, line);
}

void must_refuse(enum ocsp_status got, enum ocsp_status status, const char *text,
                 const char *file, int line)
{
    if (got == OCSP_OK) {
        print_error("succeeded, expected: %s\n", text);
        _fail(file, line);
    }
    if (got != status || test_error.status != status ||
        strcmp(test_error.text, text) != 0) {
        print_error("status %d: %s\nexpected %d: %s\n", (int)got, test_error.text,
                    (int)status, text);
        _fail(file, line);
    }
}

void must_be_close(double a, double b, double tolerance, const char *file, int line)
{
    if (fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b)))
        return;
    print_error("%.17g and %.17g differ by more than %g of the larger\n", a, b,
                tolerance);
    _fail(file, line);
}

uint64_t random_next(struct random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

int random_below(struct random *r, int n)
{
    return (int)(random_next(r) % (uint64_t)n);
}

double random_uniform(struct random *r)
{
    return (double)(random_next(r) >> 11) / 9007199254740992.0;
}

double random_normal(struct random *r)
{
    const double radius = sqrt(-2 * log(1 - random_uniform(r)));
    return radius * cos(2 * 3.14159265358979323846 * random_uniform(r));
}

static void net_build(struct net *net)
{
    MUST(ocsp_graph_new(&net->graph, net->cfg, &test_error));
    MUST(ocsp_coupling_new(&net->coupling, net->graph, &test_error));
    net->weights = NULL;
    net->sums = (struct ocsp_sums){0};
}

void net_parse(struct net *net, const char *text)
{
    MUST(ocsp_cfg_parse(&net->cfg, "test.cfg", text, strlen(text), &test_error));
    net_build(net);
}

void net_load(struct net *net, const char *cfg_path)
{
    MUST(ocsp_cfg_load(&net->cfg, cfg_path, &test_error));
    net_build(net);
}

void net_load_weights(struct net *net, const char *path)
{
    MUST(ocsp_weights_load(&net->weights, path, net->graph, &test_error));
}

static void fill(float *array, size_t n, double center, double spread, struct random *r)
{
    for (size_t k = 0; k < n && array; k++)
        array[k] = (float)(center + spread * random_normal(r));
}

void net_random_weights(struct net *net, struct random *r)
{
    ocsp_weights_free(net->weights);
    MUST(ocsp_weights_new(&net->weights, net->graph, true, &test_error));
    for (int i = 0; i < net->graph->n_layers; i++) {
        const struct ocsp_layer *l = &net->graph->layers[i];
        const struct ocsp_params *p = &net->weights->layers[i];
        const size_t rows = (size_t)l->n_biases, scales = (size_t)l->n_scales;
        const double fan_in = rows > 0 ? (double)l->tables[0].length / l->n_biases : 1;
        fill(p->biases, rows, 0, 0.3, r);
        fill(p->weights, l->tables[0].length, 0, 1 / sqrt(fan_in), r);
        for (int k = 1; k < l->n_tables; k++)
            fill(ocsp_params_table(p, k), l->tables[k].length, 0, 1 / sqrt(fan_in), r);
        fill(p->scales, scales, 1, 0.2, r);
        fill(p->mean, scales, 0, 0.3, r);
        for (size_t k = 0; k < scales; k++)
            p->variance[k] = (float)(0.5 + random_uniform(r));
        fill(p->opaque, l->n_opaque, 0, 0.3, r);
    }
}

const struct ocsp_sums *net_sums(struct net *net)
{
    ocsp_sums_clear(&net->sums);
    MUST(ocsp_sums_init(&net->sums, net->coupling, net->weights->layers, &test_error));
    ocsp_sums_measure(&net->sums, net->coupling, net->weights->layers);
    return &net->sums;
}

void net_clear(struct net *net)
{
    ocsp_sums_clear(&net->sums);
    ocsp_weights_free(net->weights);
    ocsp_coupling_free(net->coupling);
    ocsp_graph_free(net->graph);
    ocsp_cfg_free(net->cfg);
    *net = (struct net){0};
}

void net_prune(const struct net *net, const struct ocsp_plan *plan, struct net *pruned)
{
    char *text;
    size_t size;

    MUST(ocsp_rewrite_cfg(net->coupling, plan, &text, &size, &test_error));
    MUST(ocsp_cfg_parse(&pruned->cfg, "pruned.cfg", text, size, &test_error));
    free(text);
    net_build(pruned);
    assert_true(ocsp_graph_macs(pruned->graph) == plan->macs_after);
    assert_true(ocsp_graph_parameters(pruned->graph) == plan->parameters_after);
    if (net->weights)
        MUST(ocsp_rewrite_weights(net->coupling, plan, net->weights, pruned->graph,
                                  &pruned->weights, &test_error));
}

void empty_channels(const struct ocsp_coupling *coupling, const struct ocsp_plan *plan,
                    const struct ocsp_params *params)
{
    for (int i = 0; i < coupling->graph->n_layers; i++) {
        const struct ocsp_coupled_table *c = &coupling->tables[i];
        const size_t weights = coupling->graph->layers[i].tables[0].length;
        const size_t row = c->rows > 0 ? weights / (size_t)c->rows : 0;
        for (int r = 0; r < c->rows; r++) {
            if (ocsp_plan_keeps(plan, c->row[r]))
                continue;
            if (params[i].scales)
                params[i].scales[r] = 0;
            if (params[i].weights)
                memset(params[i].weights + (size_t)r * row, 0, row * sizeof(float));
        }
    }
}

void zero_channels(const struct net *net, const struct ocsp_plan *plan)
{
    for (int i = 0; i < net->graph->n_layers; i++) {
        const struct ocsp_layer *l = &net->graph->layers[i];
        const struct ocsp_params *p = &net->weights->layers[i];
        const struct ocsp_coupled_table *c = &net->coupling->tables[i];
        const size_t row_size = c->rows > 0 ? l->tables[0].length / (size_t)c->rows : 0;
        for (int r = 0; r < c->rows; r++) {
            if (ocsp_plan_keeps(plan, c->row[r]))
                continue;
            if (p->biases)
                p->biases[r] = 0;
            if (p->scales)
                p->scales[r] = p->mean[r] = 0;
            if (p->weights)
                memset(p->weights + (size_t)r * row_size, 0, row_size * sizeof(float));
        }
    }
}

int net_group_of_row(const struct net *net, int layer, int row)
{
    const int channel = net->coupling->tables[layer].row[row];
    return channel < 0 ? -1 : net->coupling->group_of[channel];
}

float *random_image(struct random *r, size_t n)
{
    float *image = malloc(n * sizeof *image);
    assert_non_null(image);
    for (size_t k = 0; k < n; k++)
        image[k] = (float)(2 * random_uniform(r) - 1);
    return image;
}

float *floats_of_file(const char *path, size_t n)
{
    char *data;
    size_t size;

    MUST(ocsp_file_read(path, &data, &size, &test_error));
    assert_int_equal(size, n * sizeof(float));
    float *numbers = malloc(size);
    assert_non_null(numbers);
    memcpy(numbers, data, size);
    free(data);
    return numbers;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int make_test_folder(void **state)
{
    (void)state;
    strcpy(test_folder, "/tmp/ocsp-test-XXXXXX");
    return mkdtemp(test_folder) ? 0 : -1;
}

int make_quick_test_folder(void **state)
{
    strcpy(test_folder, "/dev/shm/ocsp-test-XXXXXX");
    return mkdtemp(test_folder) ? 0 : make_test_folder(state);
}

int remove_test_folder(void **state)
{
    char command[96];
    (void)state;
    snprintf(command, sizeof command, "rm -rf -- '%s'", test_folder);
    return system(command);
}

const char *in_folder(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];

    assert_true(snprintf(path, sizeof *paths, "%s/%s", test_folder, name) <
                (int)sizeof *paths);
    return path;
}

const char *write_in_folder(const char *name, const void *data, size_t size)
{
    const char *path = in_folder(name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

int files_in_folder(void)
{
    int n = 0;
    DIR *folder = opendir(test_folder);

    assert_non_null(folder);
    while (readdir(folder))
        n++;
    closedir(folder);
    return n - 2; /* . and .. */
}

void net_write(const struct net *net, const char *name)
{
    char path[64], *data;
    size_t size;
    const char *text = ocsp_cfg_text(net->cfg, &size);

    snprintf(path, sizeof path, "%s.cfg", name);
    write_in_folder(path, text, size);
    MUST(ocsp_weights_render(net->weights, net->graph, &data, &size, &test_error));
    snprintf(path, sizeof path, "%s.weights", name);
    write_in_folder(path, data, size);
    free(data);
}
