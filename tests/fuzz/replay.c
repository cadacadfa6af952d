/* Runs a fuzz target over the inputs that are kept, without a fuzzer:
 *
 *     build/release/fuzz/cfg           tests/fuzz/corpus/cfg and tests/fuzz/crashes/cfg
 *     build/release/fuzz/cfg FILE...   these files
 *
 * The target is the program's name. Prints a result per folder in the form that tests/run
 * counts; an input that ends the program leaves its result out, and is named last. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "net/file.h"

static bool run_file(const char *path)
{
    struct ocsp_error err;
    char *data;
    size_t size;

    printf("# %s\n", path);
    fflush(stdout);
    if (ocsp_file_read(path, &data, &size, &err)) {
        printf("# %s\n", err.text);
        return false;
    }
    /* without the '\0' that is behind it, which would hide a read beyond the end */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact) {
        memcpy(exact, data, size);
        LLVMFuzzerTestOneInput(exact, size);
    }
    free(data);
    free(exact);
    return exact != NULL;
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* All files of a folder, which need not be there. */
static bool run_folder(const char *folder, int *n)
{
    struct dirent **entries;
    bool ok = true;

    *n = scandir(folder, &entries, is_input, alphasort);
    for (int i = 0; i < *n; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        ok = run_file(path) && ok;
        free(entries[i]);
    }
    if (*n >= 0)
        free(entries);
    return ok;
}

static int run_kept(const char *target)
{
    static const char *const folders[] = {"corpus", "crashes"};
    int failed = 0, total = 0;

    printf("1..2\n");
    for (int i = 0; i < 2; i++) {
        char folder[256];
        int n;
        snprintf(folder, sizeof folder, "tests/fuzz/%s/%s", folders[i], target);
        bool ok = run_folder(folder, &n);
        total += n > 0 ? n : 0;
        ok = ok && (i == 1 || n > 0); /* there may be no crash, but a corpus */
        printf("%sok %d - %d inputs of %s\n", ok ? "" : "not ", i + 1, n > 0 ? n : 0,
               folder);
        failed += !ok;
    }
    return failed || total == 0;
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    int failed = 0;

    if (argc < 2)
        return run_kept(slash ? slash + 1 : argv[0]);
    for (int i = 1; i < argc; i++)
        failed += !run_file(argv[i]);
    return failed > 0;
}
