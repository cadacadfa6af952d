#include "train/console.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "view/lines.h"

/* The lines that are being made: one thread writes lines of ours, one piece at a time. */
static struct {
    FILE *lines; /* stdout where there is no memory for them */
    char *text;
    size_t size;
} console;

void ocsp_console_begin(bool brief, const char *command)
{
    const time_t now = time(NULL);
    struct tm local;
    char when[64], text[1024];

    ocsp_lines_begin(brief);
    if (!localtime_r(&now, &local) ||
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S %z", &local) == 0)
        return;
    snprintf(text, sizeof text, "ocsp: %s: %s", when, command);
    ocsp_lines_say(OCSP_SAY_TO_LOG, text);
}

FILE *ocsp_console_open(void)
{
    console.lines = open_memstream(&console.text, &console.size);
    if (!console.lines)
        console.lines = stdout;
    return console.lines;
}

static void close_as(enum ocsp_message kind, FILE *lines)
{
    char *rest = NULL;

    if (lines == stdout) {
        fflush(stdout);
        return;
    }
    if (fclose(lines) == 0)
        for (char *line = strtok_r(console.text, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest))
            ocsp_lines_say(kind, line);
    free(console.text);
}

void ocsp_console_close(FILE *lines)
{
    close_as(OCSP_SAY_LINE, lines);
}

void ocsp_console_close_last(FILE *lines)
{
    close_as(OCSP_SAY_LAST, lines);
}

void ocsp_console_line(const char *format, ...)
{
    va_list values;
    FILE *lines = ocsp_console_open();

    va_start(values, format);
    vfprintf(lines, format, values);
    va_end(values);
    fputc('\n', lines);
    ocsp_console_close(lines);
}

void ocsp_console_error(const struct ocsp_error *err)
{
    char text[sizeof err->text + sizeof "darknet ocsp: "];

    snprintf(text, sizeof text, "darknet ocsp: %s", err->text);
    ocsp_lines_say(OCSP_SAY_ERROR, text);
}
