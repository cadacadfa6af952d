#!/bin/bash
# No compiler that hosts are built with warns about our sources: gcc and clang, by the flags of
# the hosts' make and CMake.
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh

HOST_DIR=${HOST_DIR:-build/debian/source}
COMMON="-std=gnu11 -Wall -Werror -Isrc_ocsp -DOCSP_HOST=debian -isystem $HOST_DIR/include -isystem $HOST_DIR/src"
[ -f "$HOST_DIR/include/darknet.h" ] || { echo "# no Darknet in $HOST_DIR: make host"; exit 1; }

engine=()
if echo '#include <dnnl.h>' | gcc -E - >/dev/null 2>&1; then
    engine=(src_ocsp/engine/*.c)
    COMMON+=" -DOCSP_ONEDNN"
fi

# reads COMPILER: it reads all files, without code.
reads() {
    # shellcheck disable=SC2086
    "$1" $COMMON -fopenmp -fsyntax-only src_ocsp/{hosts,hosts/by_value,hosts/debian,train,cli}/*.c \
        "${engine[@]}" >"$TMP/log" 2>&1 || { sed 's/^/# /' "$TMP/log"; return 1; }
}

# optimizes COMPILER FLAG: warnings of what may be uninitialized come with -O alone.
optimizes() {
    local file
    for file in src_ocsp/net/*.c; do
        # shellcheck disable=SC2086
        "$1" $COMMON "$2" -c "$file" -o "$TMP/object" >"$TMP/log" 2>&1 ||
            { sed 's/^/# /' "$TMP/log"; return 1; }
    done
}

for compiler in gcc clang; do
    command -v "$compiler" >/dev/null || continue
    check "$compiler reads what sees a host" reads "$compiler"
    check "$compiler -O3: files and texts" optimizes "$compiler" -O3
    check "$compiler -Ofast: files and texts" optimizes "$compiler" -Ofast
done
finish
