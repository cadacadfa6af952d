#!/bin/bash
# A host may be written in C++: the headers that its table needs compile there, and our C code
# works by its table.
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh

CXX_WARNS="${CXX:-g++} -std=c++17 -Wall -Wextra -Wpedantic -Werror -Isrc_ocsp"
CC_ALL="${CC:-cc} -std=c11 -D_DEFAULT_SOURCE -Isrc_ocsp"

# In the host's folder only C++, elsewhere only C: the two meet by the table.
build() {
    cat >"$TMP/main.c" <<'END'
#include <stdio.h>
#include <string.h>
#include "train/compute_backend.h"
#include "train/host_command.h"
int main(int argc, char **argv)
{
    const struct ocsp_hook_engine choice = {.profile = true};
    struct ocsp_error err;
    if (strcmp(argv[1], "-profile") == 0)
        return ocsp_backend_prepare(&choice, &err) ? (printf("%s\n", err.text), 1) : 0;
    if (!ocsp_host_command_run(argc - 1, argv + 1, &err))
        return 0;
    printf("%s\n", err.text);
    return 1;
}
END
    $CXX_WARNS -c tests/host/host_in_cpp.cpp -o "$TMP/host.o" &&
        $CC_ALL -c "$TMP/main.c" -o "$TMP/main.o" &&
        $CC_ALL -c src_ocsp/train/host_command.c -o "$TMP/host_command.o" &&
        $CC_ALL -c src_ocsp/train/compute_backend.c -o "$TMP/compute_backend.o" &&
        for file in hosts/fatal net/{error,file,new_file,unfinished} view/{lines,run_log,screen,screen_process,status_line}; do
            $CC_ALL -c "src_ocsp/$file.c" -o "$TMP/${file##*/}.o" || return
        done &&
        ${CXX:-g++} "$TMP"/*.o -o "$TMP/program"
}

# prints WORD EXPECTED: the program, run with this word.
prints() {
    "$TMP/program" "$1" >"$TMP/out" 2>&1
    [ "$(cat "$TMP/out")" = "$2" ] || { sed 's/^/# /' "$TMP/out"; false; }
}

check "the stub host in C++ compiles, and links with our C" build
check "its callbacks take a layer by reference" prints detector "before 0
after 0
before 1
after 1
2 layers
darknet ocsp: a network without layers"
check "a command that it has not is refused in one line" \
    prints classifier "Stub's Darknet has no command 'classifier'"
check "where layers cannot be timed -profile is refused" \
    prints -profile "-profile: the layers of Stub's Darknet cannot be timed"
finish
