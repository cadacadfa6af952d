#include "view/list_walk.h"

#include <stdatomic.h>
#include <string.h>

#include "helpers.h"

/* Kind k at every multiple of step[k] from `from` on. */
struct plan {
    int from, step[OCSP_WALK_KINDS]; /* 0: none */
    atomic_uchar *looked;            /* [n] */
};

static uint32_t look(void *context, int i)
{
    struct plan *plan = context;
    uint32_t kinds = 0;

    atomic_fetch_add(&plan->looked[i], 1);
    for (int k = 0; k < OCSP_WALK_KINDS; k++)
        if (plan->step[k] && i >= plan->from && i % plan->step[k] == 0)
            kinds |= (uint32_t)1 << k;
    return kinds;
}

static void finds_all(int n)
{
    static atomic_uchar looked[100000];
    struct plan plan = {.from = 100, .step = {1, 0, 7, [31] = 1000}, .looked = looked};
    struct ocsp_walk_found found;

    memset(looked, 0, sizeof looked);
    ocsp_list_walk(&(struct ocsp_walk){"things", n, look, &plan, false}, &found);
    for (int i = 0; i < n; i++)
        assert_int_equal(looked[i], 1);
    for (int k = 0; k < OCSP_WALK_KINDS; k++) {
        int count = 0, first = -1;
        for (int i = n - 1; i >= plan.from && plan.step[k]; i--)
            if (i % plan.step[k] == 0) {
                count++;
                first = i;
            }
        assert_int_equal(found.count[k], count);
        if (count)
            assert_int_equal(found.first[k], first);
    }
}

static void each_is_looked_at_once(void **state)
{
    static const int sizes[] = {0, 1, 63, 64, 65, 129, 1000, 99999};
    (void)state;

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int again = 0; again < 5; again++)
            finds_all(sizes[s]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_looked_at_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
