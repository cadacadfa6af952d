#include "view/list_walk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/clock.h"
#include "view/lines.h"
#include "view/numbers.h"
#include "view/terminal.h"

/* Files are waited for, too: more threads than cores. */
#define LEAST_THREADS 4
#define MOST_THREADS 16
#define STACK ((size_t)1 << 20)
#define AT_ONCE 64      /* things that a thread takes */
#define SAY_SECONDS 1.0 /* a cost that is worth a line */
#define BAR_SECONDS 0.5 /* between two pictures of the bar, and before the first */
#define BAR_COLUMNS 30

struct state {
    const struct ocsp_walk *walk;
    atomic_int next; /* thing that no thread has taken */
    atomic_int done;
    pthread_mutex_t mutex; /* of found */
    struct ocsp_walk_found *found;
};

struct bar {
    bool shown, wanted;
    int columns;
    double start, drawn;
};

static void add(struct ocsp_walk_found *found, uint32_t kinds, int i)
{
    for (int k = 0; k < OCSP_WALK_KINDS; k++)
        if (kinds >> k & 1 && (found->count[k]++ == 0 || i < found->first[k]))
            found->first[k] = i;
}

static void merge(struct ocsp_walk_found *found, const struct ocsp_walk_found *more)
{
    for (int k = 0; k < OCSP_WALK_KINDS; k++) {
        if (more->count[k] == 0)
            continue;
        if (found->count[k] == 0 || more->first[k] < found->first[k])
            found->first[k] = more->first[k];
        found->count[k] += more->count[k];
    }
}

static void draw(struct bar *bar, const struct state *state)
{
    const double now = ocsp_seconds_now();
    const int done = atomic_load(&state->done);
    const int filled = (int)((long)BAR_COLUMNS * done / state->walk->n);
    char line[256];

    if (!bar->wanted || now < bar->drawn + BAR_SECONDS)
        return;
    bar->drawn = now;
    bar->shown = true;
    snprintf(line, sizeof line, "ocsp: [%.*s%.*s] %3d %%  %s", filled,
             "##############################", BAR_COLUMNS - filled,
             "..............................", (int)(100L * done / state->walk->n),
             state->walk->what);
    if (bar->columns > 1 && (size_t)bar->columns <= sizeof line)
        line[bar->columns - 1] = '\0';
    fprintf(stderr, "\r\033[K%s", line);
    fflush(stderr);
}

/* Looks at a few things; false: there were none left. */
static bool step(struct state *state, struct ocsp_walk_found *found)
{
    const struct ocsp_walk *walk = state->walk;
    const int first = atomic_fetch_add(&state->next, AT_ONCE);

    if (first >= walk->n)
        return false;
    const int end = walk->n - first < AT_ONCE ? walk->n : first + AT_ONCE;
    for (int i = first; i < end; i++) {
        const uint32_t kinds = walk->look(walk->context, i);
        if (kinds)
            add(found, kinds, i);
    }
    atomic_fetch_add(&state->done, end - first);
    return true;
}

static void finish(struct state *state, const struct ocsp_walk_found *found)
{
    pthread_mutex_lock(&state->mutex);
    merge(state->found, found);
    pthread_mutex_unlock(&state->mutex);
}

static void *work(void *argument)
{
    struct ocsp_walk_found found = {{0}, {0}};

    while (step(argument, &found)) {
    }
    finish(argument, &found);
    return NULL;
}

static int start_threads(struct state *state, pthread_t threads[MOST_THREADS])
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const int wanted = cores < LEAST_THREADS  ? LEAST_THREADS
                       : cores > MOST_THREADS ? MOST_THREADS
                                              : (int)cores;
    pthread_attr_t attributes;
    int n = 0;

    if (pthread_attr_init(&attributes))
        return 0;
    pthread_attr_setstacksize(&attributes, STACK);
    /* the caller is one more */
    while (n < wanted - 1 && (long)(n + 1) * AT_ONCE < state->walk->n &&
           !pthread_create(&threads[n], &attributes, work, state))
        n++;
    pthread_attr_destroy(&attributes);
    return n;
}

static void say_cost(const struct ocsp_walk *walk, double seconds)
{
    char text[512], duration[OCSP_NUMBER];

    if (walk->quiet || seconds < SAY_SECONDS)
        return;
    snprintf(text, sizeof text, "ocsp: %s: looked at %d in %s", walk->what, walk->n,
             ocsp_duration_text(duration, seconds));
    ocsp_lines_say(OCSP_SAY_LINE, text);
}

void ocsp_list_walk(const struct ocsp_walk *walk, struct ocsp_walk_found *found)
{
    struct state state = {
        .walk = walk, .mutex = PTHREAD_MUTEX_INITIALIZER, .found = found};
    struct ocsp_walk_found mine = {{0}, {0}};
    const struct ocsp_terminal terminal = ocsp_terminal_of(stderr);
    pthread_t threads[MOST_THREADS];
    const double now = ocsp_seconds_now();
    struct bar bar = {.wanted = terminal.columns > 0 && tcgetpgrp(2) == getpgrp(),
                      .columns = terminal.columns,
                      .start = now,
                      .drawn = now};

    memset(found, 0, sizeof *found);
    atomic_init(&state.next, 0);
    atomic_init(&state.done, 0);
    const int n = start_threads(&state, threads);
    while (step(&state, &mine))
        draw(&bar, &state);
    finish(&state, &mine);
    for (int k = 0; k < n; k++)
        pthread_join(threads[k], NULL);
    if (bar.shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    say_cost(walk, ocsp_seconds_now() - bar.start);
}
