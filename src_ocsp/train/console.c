#include "train/console.h"

#include <stdarg.h>
#include <stdlib.h>

/* The lines that are being made: the process has one terminal, and one thread that writes
 * lines of ours. */
static struct {
    FILE *lines; /* stdout where there is no memory for them */
    char *text;
    size_t size;
} console;

void ocsp_console_line(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    putchar('\n');
    fflush(stdout);
}

FILE *ocsp_console_open(void)
{
    console.lines = open_memstream(&console.text, &console.size);
    if (!console.lines)
        console.lines = stdout;
    return console.lines;
}

void ocsp_console_close(FILE *lines)
{
    if (lines != stdout) {
        fclose(lines);
        fwrite(console.text, 1, console.size, stdout);
        free(console.text);
    }
    fflush(stdout);
}
