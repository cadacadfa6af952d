/* A training run with a fault at every call site in turn: in the surgery, in what an
 * epoch writes, in going on from it. Each in a process of its own. Afterwards the loop
 * has the dense network as it was or the pruned one; the files are all those of before,
 * or all those of the next generation; and a new process goes on from them to the same
 * end. */
#include "training_loop.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "fault.h"
#include "net/file.h"

#define NET                                                                              \
    LOOP_HEAD "max_batches=24\npolicy=steps\nsteps=5,14,20\nscales=.5,.5,.5\nburn_in="   \
              "3\n" LOOP_BODY(LOOP_BATCHNORM)

enum { EPOCH = 1, T_STAR = 3 * EPOCH };

enum { DENSE_LAST, PRUNED_CFG, PRUNED_LAST, PRUNED_FINAL, CSV, SUMMARY, STATE, N_FILES };
static const char *const names[N_FILES] = {"net_dense_last.weights",
                                           "net_pruned.cfg",
                                           "net_pruned_last.weights",
                                           "net_pruned_final.weights",
                                           "net_ocsp.csv",
                                           "net_ocsp.json",
                                           "net.ocsp-state"};

/* data is NULL where there is no such file. */
struct content {
    char *data;
    size_t size;
};

/* What the run comes to without a fault. */
static struct {
    struct content file[N_FILES];  /* right after t* */
    float dense_loss, pruned_loss; /* of the iteration after t*, without and with it */
} good;

/* What a process begins with. */
struct start {
    struct training_loop loop;
    struct content file[N_FILES];
    struct net_snapshot net;
    int iterations; /* trained */
    bool resumes;   /* the last step is not due, but done and written */
};

static pid_t parent;

static struct content content_in(const char *folder, int i)
{
    char name[96];
    struct content c = {0};

    snprintf(name, sizeof name, "%s%s", folder, names[i]);
    if (file_exists(in_folder(name)))
        MUST(ocsp_file_read(in_folder(name), &c.data, &c.size, &test_error));
    return c;
}

static struct content content_of(int i)
{
    return content_in("", i);
}

static bool is_in(const char *folder, int i, const struct content *wanted)
{
    struct content c = content_in(folder, i);
    const bool same = !c.data == !wanted->data && c.size == wanted->size &&
                      (!c.data || memcmp(c.data, wanted->data, c.size) == 0);

    free(c.data);
    return same;
}

static bool is_now(int i, const struct content *wanted)
{
    return is_in("", i, wanted);
}

/* The surgery moves what an earlier run called so out of the way before it writes. */
static bool is_set_aside(int i, const struct content *wanted)
{
    return !file_exists(in_folder(names[i])) &&
           (is_in("net_before_restart/", i, wanted) ||
            is_in("net_before_restart.part/", i, wanted));
}

static void read_files(struct content file[N_FILES])
{
    for (int i = 0; i < N_FILES; i++)
        file[i] = content_of(i);
}

/* What a child has set aside: the next one would look for a free name behind all others'.
 */
static void remove_set_aside(void)
{
    char command[160];

    if (!file_exists(in_folder("net_before_restart")) &&
        !file_exists(in_folder("net_before_restart.part")))
        return;
    snprintf(command, sizeof command, "rm -rf -- '%s'/net_before_restart*", test_folder);
    assert_int_equal(system(command), 0);
}

static void write_files(const struct content file[N_FILES])
{
    remove_set_aside();
    for (int i = 0; i < N_FILES; i++)
        if (file[i].data)
            write_in_folder(names[i], file[i].data, file[i].size);
        else
            unlink(in_folder(names[i]));
}

static void free_files(struct content file[N_FILES])
{
    for (int i = 0; i < N_FILES; i++)
        free(file[i].data);
}

static struct ocsp_settings settings(void)
{
    struct ocsp_settings s;

    loop_settings(&s, .65, 2, 3, EPOCH);
    return s;
}

static int iterations_of(struct training_loop *loop)
{
    struct ocsp_progress p;

    ocsp_host.progress(loop_net(loop), &p);
    return (int)p.iteration;
}

/* --- in the child ----------------------------------------------------------------- */

/* Whether the files are those of the next generation; all of them, or none. */
static bool check_files(const struct start *at)
{
    const bool is_new = !is_now(STATE, &at->file[STATE]);
    const bool surgery = at->iterations == T_STAR;
    DIR *folder = opendir(test_folder);

    assert_int_equal(is_now(CSV, &at->file[CSV]), at->resumes || !is_new);
    assert_int_equal(is_now(SUMMARY, &at->file[SUMMARY]), !is_new);
    for (int i = PRUNED_CFG; i <= PRUNED_FINAL; i++)
        if (is_new && surgery)
            assert_true(is_now(i, &good.file[i]));
        else
            assert_true(is_now(i, &at->file[i]) ||
                        (surgery && is_set_aside(i, &at->file[i])));
    if (!is_now(DENSE_LAST, &at->file[DENSE_LAST]))
        assert_true(surgery && is_now(DENSE_LAST, &good.file[DENSE_LAST]));
    assert_non_null(folder);
    for (struct dirent *e; (e = readdir(folder));)
        if ((strstr(e->d_name, OCSP_TEMPORARY) || strstr(e->d_name, OCSP_OLD)) &&
            strncmp(fault_place(), "unlink", 6) != 0 &&
            strncmp(fault_place(), "remove", 6) != 0)
            fail_msg("%s is left", e->d_name);
    closedir(folder);
    return is_new;
}

static void check_dense(struct training_loop *loop, const struct net_snapshot *before)
{
    const struct ocsp_graph *graph = loop->dense.graph;
    struct net_snapshot after;

    net_snapshot(&after, loop_net(loop), graph);
    assert_true(after.seen == before->seen);
    for (int i = 0; i < graph->n_layers; i++) {
        assert_true(layer_difference(graph, i, &before->value->layers[i],
                                     &after.value->layers[i]) == 0);
        assert_true(layer_difference(graph, i, &before->momentum->layers[i],
                                     &after.momentum->layers[i]) == 0);
    }
    net_snapshot_clear(&after);
}

/* What the next process does. */
static void go_on(int iterations)
{
    const struct ocsp_settings s = settings();
    struct training_loop loop;

    ocsp_hook_disable();
    loop_enter(&loop, NET, &s);
    loop_hook(&loop, OCSP_RESUME_MUST);
    assert_int_equal(iterations_of(&loop), iterations);
    while (iterations < T_STAR)
        loop_iterate(&loop, iterations++);
    loop_train(&loop, T_STAR);
    assert_true(loop.loss == good.pruned_loss);
    assert_string_equal(loop.base, "net_pruned");
}

/* Runs `act` with the fault; whether it came to its end. */
static bool survives(void (*act)(struct training_loop *), struct training_loop *loop,
                     enum fault fault, int nth)
{
    loop_expect_failure();
    fault_start(fault, nth);
    if (!setjmp(loop_failure)) {
        act(loop);
        fault_stop();
        loop_expect_success();
        return true;
    }
    assert_true(fault_stop());
    assert_true(fault != FAULT_SHORT && fault != FAULT_INTERRUPTED);
    assert_true(strlen(test_error.text) > 3 && !strchr(test_error.text, '\n'));
    return false;
}

static void step_with(struct start *at, enum fault fault, int nth)
{
    struct training_loop *loop = &at->loop;
    const bool survived = survives(loop_step, loop, fault, nth);
    const bool pruned = strcmp(loop->base, "net_pruned") == 0;
    const bool surgery = at->iterations == T_STAR;
    const bool is_new = check_files(at);

    if (survived)
        assert_true(is_new && pruned == surgery);
    if (!pruned)
        check_dense(loop, &at->net);
    /* nothing trains without memory */
    if (surgery && (fault != FAULT_STAYS || pruned)) {
        loop_train(loop, T_STAR);
        assert_true(loop->loss == (pruned ? good.pruned_loss : good.dense_loss));
    }
    if (is_new || nth == 1) /* the old ones are always the same */
        go_on(at->iterations - !is_new);
}

static void resume(struct training_loop *loop)
{
    loop_hook(loop, OCSP_RESUME_AUTO);
}

static void resume_with(struct start *at, enum fault fault, int nth)
{
    if (survives(resume, &at->loop, fault, nth))
        assert_int_equal(iterations_of(&at->loop), at->iterations);
    else if (strstr(test_error.text, "-restart")) /* nothing is wrong with the state */
        fail_msg("%s: %s", fault_place(), test_error.text);
    if (check_files(at) || nth == 1)
        go_on(at->iterations);
}

/* --- in the parent ---------------------------------------------------------------- */

/* Up to a step that is due after so many iterations. */
static void run_up(struct training_loop *loop, int iterations)
{
    const struct ocsp_settings s = settings();

    loop_start(loop, NET, &s);
    for (int k = 0; k < iterations - 1; k++)
        loop_iterate(loop, k);
    loop_train(loop, iterations - 1);
}

static void find_good(void)
{
    struct training_loop loop;

    run_up(&loop, T_STAR);
    loop_step(&loop);
    read_files(good.file);
    loop_train(&loop, T_STAR);
    good.pruned_loss = loop.loss;
    loop_stop(&loop);
    run_up(&loop, T_STAR);
    loop_train(&loop, T_STAR);
    good.dense_loss = loop.loss;
    loop_stop(&loop);
}

static void start(struct start *at, int iterations)
{
    find_good();
    *at = (struct start){.iterations = iterations};
    run_up(&at->loop, iterations);
    net_snapshot(&at->net, loop_net(&at->loop), at->loop.dense.graph);
    for (int i = DENSE_LAST; i <= PRUNED_FINAL; i++)
        write_in_folder(names[i], "of an earlier run", 17);
    read_files(at->file);
}

static void stop(struct start *at)
{
    loop_stop(&at->loop);
    net_snapshot_clear(&at->net);
    free_files(at->file);
    free_files(good.file);
}

typedef void child_function(struct start *at, enum fault fault, int nth);

static bool try_fault(child_function *child, struct start *at, enum fault fault, int nth)
{
    int status;

    write_files(at->file);
    fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        child(at, fault, nth);
        fflush(NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    const bool happened = fault_stop();
    if (status)
        fail_msg("fault %d at call %d, %s: %s %d", (int)fault, nth, fault_place(),
                 WIFSIGNALED(status) ? "signal" : "exit status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return happened;
}

/* `step` above 1: only one of so many calls, where the others are like those of another
 * test. */
static void go_through(child_function *child, struct start *at, int step)
{
    int faults = 0;

    fault_start(FAULT_FAILS, 0);
    for (int fault = 0; fault < N_FAULTS; fault++)
        for (int nth = 1; try_fault(child, at, (enum fault)fault, nth); faults++)
            nth += fault == FAULT_STAYS ? 13 : fault == FAULT_FAILS ? step : 1;
    print_message("# %d faults; up to here in %d lines of source\n", faults,
                  fault_places());
    assert_true(faults > 200);
}

static void every_call_of_the_surgery_may_fail(void **state)
{
    struct start at;
    (void)state;

    start(&at, T_STAR);
    go_through(step_with, &at, 1);
    stop(&at);
}

static void every_call_of_a_generation_may_fail(void **state)
{
    struct start at;
    (void)state;

    start(&at, T_STAR - 1);
    go_through(step_with, &at, 1);
    stop(&at);
}

static void check_resume(int iterations, int step)
{
    const struct ocsp_settings s = settings();
    struct start at;

    start(&at, iterations);
    loop_step(&at.loop);
    free_files(at.file);
    read_files(at.file);
    loop_stop(&at.loop);
    loop_enter(&at.loop, NET, &s);
    at.resumes = true;
    go_through(resume_with, &at, step);
    stop(&at);
}

static void every_call_of_going_on_may_fail(void **state)
{
    (void)state;
    check_resume(T_STAR - 1, 5);
    check_resume(T_STAR, 1);
}

/* Buffers of the engine and the repairs grow within the host's own passes. The process
 * ends there, but with a message. */
static void training_without_memory_ends_with_a_message(void **state)
{
    bool happened = true;
    struct training_loop loop;
    int faults = 0;
    (void)state;

    run_up(&loop, T_STAR);
    loop_step(&loop);
    while (happened) {
        int status;
        fflush(NULL);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            assert_non_null(freopen(in_folder("stderr"), "w", stderr));
            setbuf(stderr, NULL);
            fault_start(FAULT_FAILS, faults + 1);
            loop_train(&loop, T_STAR);
            _exit(0);
        }
        faults++;
        assert_int_equal(waitpid(child, &status, 0), child);
        happened = fault_stop();
        if (!WIFEXITED(status) || WEXITSTATUS(status) != happened)
            fail_msg("fault at call %d, %s: status %d", faults, fault_place(), status);
        struct content said = {0};
        MUST(ocsp_file_read(in_folder("stderr"), &said.data, &said.size, &test_error));
        assert_string_equal(said.data, happened ? "darknet ocsp: out of memory\n" : "");
        free(said.data);
    }
    print_message("# %d faults\n", faults - 1);
    loop_stop(&loop);
}

/* A child that fails a test says so, and runs no other. */
static int set_up(void **state)
{
    return getpid() == parent ? make_quick_test_folder(state) : -1;
}

static int tear_down(void **state)
{
    return getpid() == parent ? remove_test_folder(state) : 0;
}

#define FORKS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORKS(every_call_of_the_surgery_may_fail),
        FORKS(every_call_of_a_generation_may_fail),
        FORKS(every_call_of_going_on_may_fail),
        FORKS(training_without_memory_ends_with_a_message),
    };

    parent = getpid();
#ifdef _OPENMP
    omp_set_num_threads(1); /* a child has no other */
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
