/* The table of flags agrees with what else names them. */
#include "cli/flag.h"

#include <stdio.h>
#include <string.h>

#include "cycle/settings_json.h"
#include "flags_line.h"

/* Calls `check` for every flag of every command. */
static void for_each_flag(void (*check)(const struct ocsp_flag *flag, int *count),
                          int *count)
{
    for (size_t s = 0; s < OCSP_FLAG_SECTIONS; s++) {
        const struct ocsp_flag *flag = ocsp_flag_sections[s].flags;
        for (; flag->name; flag++)
            check(flag, count);
    }
}

static bool is_line(const char *help)
{
    return help && *help && !strchr(help, '\n') && !strchr(help, '|');
}

static void check_row(const struct ocsp_flag *flag, int *count)
{
    (*count)++;
    assert_true(is_line(flag->help) && flag->set && flag->verbs != 0);
    assert_true(!flag->by_default || is_line(flag->by_default));
    assert_false(flag->value && flag->choice);
    for (int verb = 1; verb <= OCSP_FOR_SPEED; verb *= 2)
        assert_ptr_equal(ocsp_flag_find(flag->name, (enum ocsp_verb)verb),
                         flag->verbs & verb ? flag : NULL);
}

static void every_flag_is_found_by_its_commands_and_has_a_line_of_help(void **state)
{
    int count = 0;
    (void)state;
    for_each_flag(check_row, &count);
    assert_true(count > 40);
}

/* A default that is a value, given as one, changes nothing. */
static void check_default(const struct ocsp_flag *flag, int *count)
{
    const bool speed = flag->verbs == OCSP_FOR_SPEED;
    const enum ocsp_verb verb = speed ? OCSP_FOR_SPEED : OCSP_FOR_TRAIN;
    struct line none = line_of(verb, ""), given = none;
    struct ocsp_given_flag value = {.flags = &given.flags,
                                    .name = flag->name,
                                    .value = flag->by_default,
                                    .err = &test_error};

    if (!(flag->verbs & (int)verb) || !ocsp_flag_has_value(flag) || !flag->by_default ||
        strchr(flag->by_default, ' ') || strcmp(flag->by_default, "none") == 0)
        return;
    MUST(flag->set(&value));
    if (memcmp(&none.flags, &given.flags, sizeof none.flags) != 0)
        fail_msg("-%s %s is no default", flag->name, flag->by_default);
    (*count)++;
}

static void what_help_calls_the_default_is_it(void **state)
{
    int count = 0;
    (void)state;
    for_each_flag(check_default, &count);
    assert_int_equal(count, 13);
}

/* The settings that the state compares have the names of flags. */
static void check_setting(const struct ocsp_flag *flag, int *count)
{
    struct line l = line_of(OCSP_FOR_TRAIN, "");
    json_t *json = ocsp_settings_json(&l.flags.settings);
    char key[32];

    snprintf(key, sizeof key, "%s", flag->name + (strncmp(flag->name, "no-", 3) ? 0 : 3));
    for (char *c = key; *c; c++)
        *c = *c == '-' ? '_' : *c;
    *count += json_object_get(json, key) != NULL;
    json_decref(json);
}

static void the_settings_json_has_the_names_of_flags(void **state)
{
    struct line l = line_of(OCSP_FOR_TRAIN, "");
    json_t *json = ocsp_settings_json(&l.flags.settings);
    int count = 0;
    (void)state;
    for_each_flag(check_setting, &count);
    /* all but measure, which is a part of -reduce, k, and epoch_iterations */
    assert_int_equal(count, (int)json_object_size(json) - 3);
    json_decref(json);
}

static void each_term_of_the_penalty_has_a_flag_that_leaves_it_out(void **state)
{
    (void)state;
    for (int t = 0; t < OCSP_PENALTY_TERMS; t++) {
        char words[32];
        snprintf(words, sizeof words, "-no-%s", ocsp_penalty_terms[t]->name);
        struct line l = line_of(OCSP_FOR_TRAIN, words);
        for (int u = 0; u < OCSP_PENALTY_TERMS; u++)
            assert_int_equal(l.flags.settings.with_term[u], u != t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flag_is_found_by_its_commands_and_has_a_line_of_help),
        cmocka_unit_test(what_help_calls_the_default_is_it),
        cmocka_unit_test(the_settings_json_has_the_names_of_flags),
        cmocka_unit_test(each_term_of_the_penalty_has_a_flag_that_leaves_it_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
