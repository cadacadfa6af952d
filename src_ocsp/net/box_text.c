#include "net/box_text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS 5     /* of a line */
#define WORD_SHOWN 40 /* bytes of a word in a message */

struct word {
    const char *start, *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool ends_line(char c)
{
    return c == '\n' || c == '\r';
}

/* Behind the end of this line: LF, CR LF, or a CR alone, blanks to fscanf. */
static void go_to_next_line(struct ocsp_box_text *text)
{
    if (text->next < text->end && *text->next == '\r')
        text->next++;
    if (text->next < text->end && *text->next == '\n')
        text->next++;
}

/* The next word of this line; false: there is none. */
static bool next_word(struct ocsp_box_text *text, struct word *word)
{
    while (text->next < text->end && is_blank(*text->next))
        text->next++;
    word->start = text->next;
    while (text->next < text->end && !is_blank(*text->next) && !ends_line(*text->next))
        text->next++;
    word->end = text->next;
    return word->end > word->start;
}

/* Refuses the word, with what of it can be shown. */
static enum ocsp_status refuse(const struct ocsp_box_text *text, const struct word *word,
                               const char *why, struct ocsp_error *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    char shown[WORD_SHOWN + 1];
    int n = 0;

    if (text->line == 1 && strncmp(word->start, mark, 3) == 0)
        return ocsp_fail(err, OCSP_E_FORMAT, text->path, 1,
                         "a byte order mark, at which Darknet stops reading: save the "
                         "file without it");
    for (const char *c = word->start; c < word->end && n < WORD_SHOWN; c++) {
        if ((unsigned char)*c < ' ' || (unsigned char)*c >= 127)
            return ocsp_fail(err, OCSP_E_FORMAT, text->path, text->line,
                             "this is not the text of a label file");
        shown[n++] = *c;
    }
    shown[n] = '\0';
    return ocsp_fail(err, OCSP_E_FORMAT, text->path, text->line, "'%s' %s", shown, why);
}

static enum ocsp_status read_class(const struct ocsp_box_text *text,
                                   const struct word *word, long *id,
                                   struct ocsp_error *err)
{
    char *end;

    *id = strtol(word->start, &end, 10);
    if (end == word->end && end > word->start)
        return OCSP_OK;
    return refuse(text, word,
                  memchr(word->start, ',', (size_t)(word->end - word->start))
                      ? "is no class: Darknet takes blanks between numbers, no commas"
                      : "is no class: its number is wanted, from 0 on",
                  err);
}

static enum ocsp_status read_share(const struct ocsp_box_text *text,
                                   const struct word *word, float *share,
                                   struct ocsp_error *err)
{
    char *end;

    *share = strtof(word->start, &end);
    if (end == word->end && isfinite(*share))
        return OCSP_OK;
    if (end == word->end)
        return refuse(text, word, "is no finite number", err);
    return refuse(text, word,
                  memchr(word->start, ',', (size_t)(word->end - word->start))
                      ? "is no number: Darknet takes points and blanks, no commas"
                      : "is no number: a line is a class, x, y, width and height",
                  err);
}

/* Behind the first word. */
static enum ocsp_status read_rest(struct ocsp_box_text *text, struct ocsp_box *box,
                                  struct ocsp_error *err)
{
    float *const shares[NUMBERS - 1] = {&box->x, &box->y, &box->w, &box->h};
    struct word word;
    int n = 1;

    while (next_word(text, &word)) {
        if (n < NUMBERS && read_share(text, &word, shares[n - 1], err))
            return err->status;
        n++;
    }
    if (n == NUMBERS)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_FORMAT, text->path, text->line,
                     "%d values, but Darknet reads five for each box: its class, x, y, "
                     "width and height",
                     n);
}

enum ocsp_status ocsp_box_next(struct ocsp_box_text *text, struct ocsp_box *box,
                               bool *found, struct ocsp_error *err)
{
    struct word word;

    *found = false;
    while (text->next < text->end) {
        text->line++;
        if (next_word(text, &word)) {
            if (read_class(text, &word, &box->id, err) || read_rest(text, box, err))
                return err->status;
            *found = true;
        }
        go_to_next_line(text);
        if (*found)
            return OCSP_OK;
    }
    return OCSP_OK;
}

enum ocsp_status ocsp_tag_next(struct ocsp_box_text *text, long *id, bool *found,
                               struct ocsp_error *err)
{
    struct word word;

    text->line += text->line == 0;
    *found = false;
    while (!*found && text->next < text->end) {
        *found = next_word(text, &word);
        if (!*found) {
            go_to_next_line(text);
            text->line++;
        }
    }
    return *found ? read_class(text, &word, id, err) : OCSP_OK;
}
