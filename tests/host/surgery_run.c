#include "surgery_run.h"

void start_run(struct training_loop *loop, const char *cfg, bool compensate)
{
    struct ocsp_settings settings;

    loop_settings(&settings, .65, 2, 4, EPOCH);
    settings.compensate = compensate;
    loop_start(loop, cfg, &settings);
}

void start_pruning_run(struct training_loop *loop, const char *cfg)
{
    start_run(loop, cfg, true);
}

void run_to_surgery(struct training_loop *loop, struct net_snapshot *before,
                    struct ocsp_plan *plan)
{
    for (int k = 0; k < T_STAR - 1; k++)
        loop_iterate(loop, k);
    loop_train(loop, T_STAR - 1);
    net_snapshot(before, loop_net(loop), loop->dense.graph);
    loop_plan(loop, before, plan);
    assert_true(plan->n_removed > 10);
}

struct counters count(struct training_loop *loop)
{
    const network *net = loop_net(loop);
    struct ocsp_progress p;

    ocsp_host.progress(net, &p);
    return (struct counters){{
        (double)p.iteration,
        (double)p.max_batches,
        (double)p.seen,
        p.batch,
        p.images_per_iteration,
        (double)p.learning_rate,
        (double)*net->seen,
        (double)net->epoch,
        net->batch,
        net->subdivisions,
        (double)net->learning_rate,
        net->max_batches,
        net->w,
        net->h,
        (double)get_current_batch(loop->variables.local),
        (double)get_current_rate(loop->variables.local),
#ifdef OCSP_HOST_ALEXEYAB
        *net->cur_iteration,
        net->num_boxes,
        net->train_images_num,
        loop->variables.nets[0].layers == loop->variables.local.layers,
#else
        *net->t,
        net->gpu_index,
        loop->variables.nets[0] == loop->variables.local,
#endif
    }};
}

json_t *summary(void)
{
    json_error_t where;
    json_t *root = json_load_file(in_folder("net_ocsp.json"), 0, &where);

    assert_non_null(root);
    return root;
}
