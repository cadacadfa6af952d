#include "view/screen.h"

#include <string.h>

enum reader_state { TEXT, ESCAPE, SEQUENCE, TITLE, TITLE_ESCAPE, MARK, MESSAGE };

void ocsp_screen_init(struct ocsp_screen *screen)
{
    *screen = (struct ocsp_screen){.out = screen->out,
                                   .err = screen->err,
                                   .terminal = screen->terminal,
                                   .brief = screen->brief,
                                   .foreground = screen->foreground,
                                   .columns = 80};
    ocsp_run_log_init(&screen->log);
}

void ocsp_screen_clear(struct ocsp_screen *screen)
{
    ocsp_run_log_clear(&screen->log);
}

/* Removes what stands below the lines. The cursor is at the beginning of the status line,
 * so that all is below it also where the terminal has broken that line in a resize;
 * behind it where someone has typed, Ctrl-C for example. */
static void erase(struct ocsp_screen *screen)
{
    if (screen->drawn)
        fputs(screen->drawn_line ? "\r\033[A\033[J" : "\r\033[J", screen->out);
    screen->drawn = screen->drawn_line = false;
}

static void show_line(struct ocsp_screen *screen, FILE *out, const char *line, size_t n)
{
    erase(screen);
    fwrite(line, 1, n, out);
    fputc('\n', out);
}

/* Columns that a character takes at most, given its first byte; 0 of the others. */
static int columns_of(char c)
{
    const unsigned char byte = (unsigned char)c;

    return byte < 0x80 ? 1 : byte < 0xc0 ? 0 : 2;
}

/* As much of the unfinished line as one row takes: more could not be erased. */
static void show_unfinished(struct ocsp_screen *screen)
{
    int left = screen->columns - 1;
    bool colour = false;

    for (size_t k = 0; k < screen->n_line && left > 0; k++) {
        const char c = screen->line[k];
        if (c == '\033') { /* a colour: whole, and of no width */
            colour = true;
            while (k < screen->n_line && screen->line[k] != 'm')
                fputc(screen->line[k++], screen->out);
            fputc('m', screen->out);
            continue;
        }
        left -= columns_of(c);
        if (left >= 0)
            fputc(c == '\t' ? ' ' : c, screen->out);
    }
    fputs(colour ? "\033[0m\n" : "\n", screen->out);
}

void ocsp_screen_draw(struct ocsp_screen *screen)
{
    char text[OCSP_STATUS_SIZE];

    if (!screen->terminal || screen->drawn)
        return;
    const bool line = !screen->brief && screen->n_line > 0;
    const bool status = screen->foreground && screen->status.n > 0;
    if (!line && !status)
        return;
    if (line)
        show_unfinished(screen);
    if (status) {
        ocsp_status_fit(&screen->status, screen->columns, text);
        fprintf(screen->out, "%s\r", text);
    }
    screen->drawn = true;
    screen->drawn_line = line;
}

void ocsp_screen_resize(struct ocsp_screen *screen, int columns)
{
    if (columns == screen->columns)
        return;
    erase(screen);
    screen->columns = columns;
    ocsp_screen_draw(screen);
}

/* For the case that the host ends the process, and nobody sees why. */
static void keep_word(struct ocsp_screen *screen)
{
    char *word = screen->words[screen->n_words++ % OCSP_SCREEN_WORDS];
    const size_t n = screen->n_line < sizeof screen->words[0]
                         ? screen->n_line
                         : sizeof screen->words[0] - 1;

    memcpy(word, screen->line, n);
    word[n] = '\0';
}

static void end_line(struct ocsp_screen *screen)
{
    if (!screen->brief) {
        show_line(screen, screen->out, screen->line, screen->n_line);
    } else {
        ocsp_run_log_host_line(&screen->log, screen->line, screen->n_line);
        if (screen->n_line > 0)
            keep_word(screen);
    }
    screen->n_line = 0;
    screen->returned = false;
}

static void add_bytes(struct ocsp_screen *screen, const char *bytes, size_t n)
{
    if (screen->terminal && !screen->brief)
        erase(screen); /* the unfinished line changes */
    if (screen->returned)
        screen->n_line = 0;
    screen->returned = false;
    if (n > sizeof screen->line - screen->n_line)
        end_line(screen);
    memcpy(screen->line + screen->n_line, bytes, n);
    screen->n_line += n;
}

static void read_text(struct ocsp_screen *screen, char c)
{
    if (c == '\033') {
        screen->state = ESCAPE;
    } else if (c == OCSP_MARK[0]) {
        screen->state = MARK;
        screen->n_mark = 1;
    } else if (c == '\n') {
        end_line(screen);
    } else if (c == '\r') {
        screen->returned = true;
    } else if (c == '\t' || (unsigned char)c >= ' ') {
        add_bytes(screen, &c, 1);
    } /* all others, and the bell among them, would move or disturb */
}

/* "ESC [" … and a letter: colours stay; where the screen is cleared or the cursor moved,
 * a line ends. */
static void read_sequence(struct ocsp_screen *screen, char c)
{
    if (screen->n_escape < sizeof screen->escape)
        screen->escape[screen->n_escape++] = c;
    if (c < '@' || c > '~')
        return;
    screen->state = TEXT;
    if (c == 'm' && screen->n_escape < sizeof screen->escape)
        add_bytes(screen, screen->escape, screen->n_escape);
    else if (strchr("ABEFHJdf", c) && screen->n_line > 0)
        end_line(screen);
}

static void open_log(struct ocsp_screen *screen, const char *path, bool anew)
{
    struct ocsp_error err;
    char text[OCSP_SCREEN_LINE];

    if (!ocsp_run_log_open(&screen->log, path, anew, &err))
        return;
    const int n =
        snprintf(text, sizeof text,
                 "ocsp: cannot write the log: %s; the run goes on without it", err.text);
    show_line(screen, screen->out, text, (size_t)n);
}

static void keep_last(struct ocsp_screen *screen, const char *text, size_t n)
{
    if (n + 1 > sizeof screen->last - screen->n_last)
        return;
    memcpy(screen->last + screen->n_last, text, n);
    screen->n_last += n;
    screen->last[screen->n_last++] = '\n';
}

/* Of the host, in `brief`, where they went to the log alone or nowhere. */
static void show_words(struct ocsp_screen *screen)
{
    const int first =
        screen->n_words > OCSP_SCREEN_WORDS ? screen->n_words - OCSP_SCREEN_WORDS : 0;

    for (int k = first; k < screen->n_words; k++) {
        const char *word = screen->words[k % OCSP_SCREEN_WORDS];
        show_line(screen, screen->err, word, strlen(word));
    }
    screen->n_words = 0;
}

static void obey(struct ocsp_screen *screen)
{
    const char *text = screen->message + 1;
    const size_t n = screen->n_message - 1;

    switch ((enum ocsp_message)screen->message[0]) {
    case OCSP_SAY_LINE:
        show_line(screen, screen->out, text, n);
        ocsp_run_log_line(&screen->log, text, n);
        break;
    case OCSP_SAY_ERROR:
        screen->told = true;
        show_line(screen, screen->err, text, n);
        ocsp_run_log_line(&screen->log, text, n);
        break;
    case OCSP_SAY_LAST:
        keep_last(screen, text, n);
        ocsp_run_log_line(&screen->log, text, n);
        break;
    case OCSP_SAY_TO_LOG:
        ocsp_run_log_line(&screen->log, text, n);
        break;
    case OCSP_SAY_STATUS:
        erase(screen);
        ocsp_status_unpack(&screen->status, text);
        break;
    case OCSP_SAY_LOG:
    case OCSP_SAY_NEW_LOG:
        open_log(screen, text, screen->message[0] == OCSP_SAY_NEW_LOG);
        break;
    case OCSP_SAY_WORDS:
        show_words(screen);
        break;
    case OCSP_SAY_END:
        screen->ended = true;
        break;
    case OCSP_SAY_PART: /* see read_message */
        break;
    }
}

/* A message of several parts comes together in screen->message, its kind last. */
static void read_message(struct ocsp_screen *screen, char c)
{
    if (c != OCSP_MARK_END) {
        if (screen->n_message < sizeof screen->message - 1)
            screen->message[screen->n_message++] = c;
        return;
    }
    screen->state = TEXT;
    if (screen->message[0] == OCSP_SAY_PART)
        return;
    screen->message[screen->n_message] = '\0';
    obey(screen);
    screen->n_message = 0;
}

static void read_mark(struct ocsp_screen *screen, char c)
{
    if (screen->n_mark < sizeof OCSP_MARK - 1) {
        if (c == OCSP_MARK[screen->n_mark]) {
            screen->n_mark++;
            return;
        }
        screen->state = TEXT; /* no mark of ours: a byte of the host's that is dropped */
        read_text(screen, c);
        return;
    }
    if (screen->n_message == 0)
        screen->n_message = 1;
    screen->message[0] = c;
    screen->state = MESSAGE;
}

static void read_byte(struct ocsp_screen *screen, char c)
{
    if (c == OCSP_MARK[0] && screen->state != MESSAGE)
        screen->state = TEXT; /* whatever escape it interrupts */
    switch ((enum reader_state)screen->state) {
    case TEXT:
        read_text(screen, c);
        break;
    case ESCAPE:
        screen->escape[0] = '\033';
        screen->escape[1] = c;
        screen->n_escape = 2;
        screen->state = c == '[' ? SEQUENCE : c == ']' ? TITLE : TEXT;
        break;
    case SEQUENCE:
        read_sequence(screen, c);
        break;
    case TITLE: /* of a window, until BEL or ESC \ */
        screen->state = c == '\007' || c == '\n' ? TEXT
                        : c == '\033'            ? TITLE_ESCAPE
                                                 : TITLE;
        break;
    case TITLE_ESCAPE:
        screen->state = TEXT;
        break;
    case MARK:
        read_mark(screen, c);
        break;
    case MESSAGE:
        read_message(screen, c);
        break;
    }
}

void ocsp_screen_feed(struct ocsp_screen *screen, const char *bytes, size_t n)
{
    for (size_t k = 0; k < n; k++)
        read_byte(screen, bytes[k]);
}

void ocsp_screen_end(struct ocsp_screen *screen)
{
    static const char note[] =
        "ocsp: Darknet ended without a word of ocsp's; its last lines:";

    if (!screen->ended && screen->drawn) {
        /* the process was killed: a shell may have written its prompt at the cursor, and
         * the unfinished line stands where it stood */
        fputs("\033[J", screen->out);
        screen->n_line = screen->drawn_line ? 0 : screen->n_line;
        screen->drawn = false;
    }
    if (screen->n_line > 0)
        end_line(screen);
    erase(screen);
    screen->status.n = 0;
    if (!screen->ended && screen->n_words > 0)
        show_line(screen, screen->err, note, sizeof note - 1);
    /* an error of ours stays the last line */
    if (!screen->ended || (screen->log.fd < 0 && !screen->told))
        show_words(screen);
    fwrite(screen->last, 1, screen->n_last, screen->out);
}
