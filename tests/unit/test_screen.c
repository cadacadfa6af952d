/* What goes to a terminal, byte for byte; tests/commands/test_screen.sh looks at what an
 * emulated terminal makes of it. */
#include "view/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers.h"

#define SAY(kind, text) "\036ocsp" kind text "\037"
#define STATUS SAY("s", "0epoch 1\t1dense")

struct shown {
    struct ocsp_screen screen;
    char *out, *err;
    size_t n_out, n_err;
};

static void open_shown(struct shown *s, bool terminal, bool brief)
{
    s->screen.out = open_memstream(&s->out, &s->n_out);
    s->screen.err = open_memstream(&s->err, &s->n_err);
    s->screen.terminal = terminal;
    s->screen.brief = brief;
    s->screen.foreground = true;
    ocsp_screen_init(&s->screen);
}

/* As one read of the pipe. */
static void feed(struct shown *s, const char *bytes)
{
    ocsp_screen_feed(&s->screen, bytes, strlen(bytes));
    ocsp_screen_draw(&s->screen);
    fflush(s->screen.out);
    fflush(s->screen.err);
}

static void close_shown(struct shown *s, const char *out, const char *err)
{
    ocsp_screen_end(&s->screen);
    ocsp_screen_draw(&s->screen); /* nothing more */
    fclose(s->screen.out);
    fclose(s->screen.err);
    assert_string_equal(s->out, out);
    assert_string_equal(s->err, err);
    ocsp_screen_clear(&s->screen);
    free(s->out);
    free(s->err);
}

static void lines_go_above_the_status_line(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    feed(&s, "host\n" STATUS);
    feed(&s, "more\n" SAY("l", "ocsp: ours"));
    feed(&s, SAY("q", ""));
    close_shown(&s,
                "host\nepoch 1 | dense\r"
                "\r\033[Jmore\nocsp: ours\nepoch 1 | dense\r"
                "\r\033[J",
                "");
}

static void clearing_and_bells_are_dropped_and_colours_kept(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    feed(&s,
         "a\033[H\033[Jb\007\033[31mred\033[0m\n\033]2;title\007c\033[2J\n\033[K\001d\n");
    feed(&s, SAY("q", ""));
    close_shown(&s, "a\nb\033[31mred\033[0m\nc\n\nd\n", "");
}

static void an_escape_may_come_in_pieces_and_a_message_between(void **state)
{
    static const char bytes[] = "x\033[3" SAY("l", "ours") "y\n\033[H" SAY("q", "");
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    for (const char *byte = bytes; *byte; byte++)
        ocsp_screen_feed(&s.screen, byte, 1);
    close_shown(&s, "ours\nxy\n", "");
}

static void an_unfinished_line_is_shown_and_replaced(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    feed(&s, STATUS "50");
    feed(&s, "\r 60");
    feed(&s, " done\nnext\n" SAY("q", ""));
    close_shown(&s,
                "50\nepoch 1 | dense\r"
                "\r\033[A\033[J 60\nepoch 1 | dense\r"
                "\r\033[A\033[J 60 done\nnext\nepoch 1 | dense\r\r\033[J",
                "");
}

/* One that takes more rows could not be erased. */
static void of_an_unfinished_line_one_row_is_shown(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    ocsp_screen_resize(&s.screen, 6);
    feed(&s, "\033[1m1234567");
    feed(&s, "8\n" SAY("q", ""));
    close_shown(&s, "\033[1m12345\033[0m\n\r\033[A\033[J\033[1m12345678\n", "");
}

static void last_lines_come_last(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    feed(&s, STATUS SAY("z", "ocsp: done") "Saving weights\n" SAY("q", ""));
    close_shown(&s, "Saving weights\nepoch 1 | dense\r\r\033[Jocsp: done\n", "");
}

/* `path`: of XXXXXX; to be removed */
static void feed_log(struct shown *s, char *path)
{
    char text[200];

    close(mkstemp(path));
    snprintf(text, sizeof text, SAY("a", "%s"), path);
    feed(s, text);
}

static void brief_shows_ours_alone(void **state)
{
    char path[] = "/tmp/ocsp-log-XXXXXX";
    struct shown s;
    (void)state;
    open_shown(&s, false, true);
    feed(&s, "host\n" STATUS SAY("l", "ours") SAY("e", "an error") SAY("g", "log"));
    feed_log(&s, path);
    feed(&s, "more" SAY("q", ""));
    close_shown(&s, "ours\n", "an error\n");
    unlink(path);
}

static void brief_shows_why_a_host_died(void **state)
{
    char path[] = "/tmp/ocsp-log-XXXXXX";
    struct shown s;
    (void)state;
    open_shown(&s, false, true);
    feed_log(&s, path);
    for (int k = 0; k < OCSP_SCREEN_WORDS; k++)
        feed(&s, k == 2 ? "two\n\n" : "another\n");
    feed(&s, "Cannot load");
    close_shown(&s, "",
                "ocsp: Darknet ended without a word of ocsp's; its last lines:\n"
                "another\ntwo\nanother\nanother\nanother\nanother\nanother\nanother\n"
                "another\nanother\nanother\nanother\nanother\nanother\nanother\n"
                "Cannot load\n");
    unlink(path);

    open_shown(&s, false, true);
    feed(&s, "Couldn't open file\n" SAY("e", "an error") SAY("w", "") SAY("q", ""));
    close_shown(&s, "", "an error\nCouldn't open file\n");

    open_shown(&s, false, true); /* ended before there was a log */
    feed(&s, "Couldn't open file\n" SAY("q", ""));
    close_shown(&s, "", "Couldn't open file\n");
}

/* Its last line is the error, and not what a host has told of its layers. */
static void brief_ends_with_an_error_of_ours(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, false, true);
    feed(&s, "layer 0\nlayer 1\n" SAY("e", "an error") SAY("q", ""));
    close_shown(&s, "", "an error\n");
}

/* A shell may have written its prompt before this process knows: it stays. */
static void a_killed_trainer_leaves_what_is_there(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    feed(&s, STATUS "unfinished");
    close_shown(&s, "unfinished\nepoch 1 | dense\r\033[J", "");
}

static void the_background_has_no_status_line(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    s.screen.foreground = false;
    feed(&s, STATUS "host\n" SAY("q", ""));
    close_shown(&s, "host\n", "");
}

static void a_message_of_parts_is_one(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    feed(&s, SAY("p", "one ") "host\n" SAY("p", "two ") SAY("l", "three") SAY("q", ""));
    close_shown(&s, "host\none two three\n", "");
}

static void what_only_looks_like_a_message_is_text(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    feed(&s, "a\036b\n\036ocx\n" SAY("q", ""));
    close_shown(&s, "ab\nx\n", "");
}

static void a_very_long_line_is_broken(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    for (int k = 0; k < OCSP_SCREEN_LINE; k++)
        ocsp_screen_feed(&s.screen, "a", 1);
    feed(&s, "b\n" SAY("q", ""));
    fflush(s.screen.out);
    const char *end = strchr(s.out, '\n');
    assert_non_null(end);
    assert_int_equal(end - s.out, OCSP_SCREEN_LINE);
    assert_string_equal(strrchr(s.out, 'a') + 1, "\nb\n");
    ocsp_screen_end(&s.screen);
    fclose(s.screen.out);
    fclose(s.screen.err);
    free(s.out);
    free(s.err);
}

static void expect_file(const char *path, const char *text)
{
    char data[4096];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    data[fread(data, 1, sizeof data - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(data, text);
}

static void the_log_has_what_came_before_it_was_opened(void **state)
{
    char path[] = "/tmp/ocsp-log-XXXXXX", open_log[64], new_log[64];
    struct shown s;
    (void)state;
    close(mkstemp(path));
    snprintf(open_log, sizeof open_log, SAY("a", "%s"), path);
    snprintf(new_log, sizeof new_log, SAY("n", "%s"), path);

    open_shown(&s, true, true);
    feed(&s, SAY("g", "when") "\033[32mhost\033[0m 1\r2\n" SAY("l", "ocsp: ours"));
    feed(&s, open_log);
    feed(&s, SAY("e", "an error") SAY("z", "done") STATUS "rest" SAY("q", ""));
    close_shown(&s, "ocsp: ours\nepoch 1 | dense\r\r\033[Jdone\n", "an error\n");
    expect_file(path, "when\n2\nocsp: ours\nan error\ndone\nrest\n");

    open_shown(&s, true, false);
    feed(&s, open_log);
    feed(&s, "host\n" SAY("l", "resumed") SAY("q", ""));
    close_shown(&s, "host\nresumed\n", "");
    expect_file(path, "when\n2\nocsp: ours\nan error\ndone\nrest\nresumed\n");

    open_shown(&s, true, false);
    feed(&s, new_log);
    feed(&s, SAY("l", "anew") SAY("q", ""));
    close_shown(&s, "anew\n", "");
    expect_file(path, "anew\n");
    unlink(path);
}

/* A host may write gigabytes; ours are few. */
static void the_log_takes_so_much_of_a_host_and_all_of_ours(void **state)
{
    char path[] = "/tmp/ocsp-log-XXXXXX";
    struct ocsp_run_log log;
    struct ocsp_error err;
    (void)state;
    close(mkstemp(path));
    ocsp_run_log_init(&log);
    assert_int_equal(ocsp_run_log_open(&log, path, true, &err), 0);
    ocsp_run_log_host_line(&log, "a", 1);
    log.host_bytes = OCSP_LOG_HOST_MOST - 1;
    ocsp_run_log_host_line(&log, "b", 1);
    ocsp_run_log_host_line(&log, "c", 1);
    ocsp_run_log_line(&log, "ours", 4);
    ocsp_run_log_clear(&log);
    expect_file(path, "a\nb\nocsp: from here on the host's lines are left out, for there "
                      "are 256 MiB of them\nours\n");
    unlink(path);
}

static void a_log_that_cannot_be_written_is_said_once(void **state)
{
    struct shown s;
    (void)state;
    open_shown(&s, true, false);
    feed(&s, SAY("a", "/nonexistent/x") SAY("l", "ours") SAY("q", ""));
    close_shown(
        &s,
        "ocsp: cannot write the log: /nonexistent/x: cannot create: No such file or "
        "directory; the run goes on without it\nours\n",
        "");
}

static void parts_of_the_status_go_by_their_rank(void **state)
{
    static const struct {
        int columns;
        const char *line;
    } rows[] = {{80, "epoch 7/18 40% | sparse | loss 0.6 | 3 min left"},
                {48, "epoch 7/18 40% | sparse | loss 0.6 | 3 min left"},
                {47, "epoch 7/18 40% | sparse | 3 min left"},
                {37, "epoch 7/18 40% | sparse | 3 min left"},
                {36, "epoch 7/18 40%"},
                {15, "epoch 7/18 40%"},
                {6, "epoch"},
                {1, ""},
                {0, ""}};
    char packed[OCSP_STATUS_SIZE], line[OCSP_STATUS_SIZE];
    struct ocsp_status_line given = {0}, status;
    (void)state;
    ocsp_status_add(&given, 0, "epoch %d/%d %d%%", 7, 18, 40);
    ocsp_status_add(&given, 1, "sparse");
    ocsp_status_add(&given, 2, "%s", "");
    ocsp_status_add(&given, 2, "loss %.1f", 0.6);
    ocsp_status_add(&given, 1, "3 min left");
    ocsp_status_pack(&given, packed);
    ocsp_status_unpack(&status, packed);
    assert_int_equal(status.n, 5);
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        ocsp_status_fit(&status, rows[k].columns, line);
        assert_string_equal(line, rows[k].line);
    }
}

static void a_status_line_of_too_many_parts_stays_in_its_room(void **state)
{
    char packed[OCSP_STATUS_SIZE], line[OCSP_STATUS_SIZE];
    struct ocsp_status_line given = {0}, status;
    (void)state;
    for (int k = 0; k < 2 * OCSP_STATUS_PARTS; k++)
        ocsp_status_add(&given, k % 10, "%0100d", k);
    assert_int_equal(given.n, OCSP_STATUS_PARTS);
    ocsp_status_pack(&given, packed);
    ocsp_status_unpack(&status, packed);
    assert_int_equal(status.n, OCSP_STATUS_PARTS);
    ocsp_status_fit(&status, 10000, line);
    assert_true(strlen(line) < sizeof line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_go_above_the_status_line),
        cmocka_unit_test(clearing_and_bells_are_dropped_and_colours_kept),
        cmocka_unit_test(an_escape_may_come_in_pieces_and_a_message_between),
        cmocka_unit_test(an_unfinished_line_is_shown_and_replaced),
        cmocka_unit_test(of_an_unfinished_line_one_row_is_shown),
        cmocka_unit_test(last_lines_come_last),
        cmocka_unit_test(brief_shows_ours_alone),
        cmocka_unit_test(brief_shows_why_a_host_died),
        cmocka_unit_test(brief_ends_with_an_error_of_ours),
        cmocka_unit_test(a_killed_trainer_leaves_what_is_there),
        cmocka_unit_test(the_background_has_no_status_line),
        cmocka_unit_test(a_message_of_parts_is_one),
        cmocka_unit_test(what_only_looks_like_a_message_is_text),
        cmocka_unit_test(a_very_long_line_is_broken),
        cmocka_unit_test(the_log_has_what_came_before_it_was_opened),
        cmocka_unit_test(the_log_takes_so_much_of_a_host_and_all_of_ours),
        cmocka_unit_test(a_log_that_cannot_be_written_is_said_once),
        cmocka_unit_test(parts_of_the_status_go_by_their_rank),
        cmocka_unit_test(a_status_line_of_too_many_parts_stays_in_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
