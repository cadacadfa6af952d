#!/bin/bash
# The hosts are those of hosts/list.h: each has its folder and its variant of `apply`, no code
# outside hosts/ asks which host it is in, and a build that names none of them stops.
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh

hosts=$(sed -n 's/^OCSP_HOST_ENTRY(\(.*\))$/\1/p' src_ocsp/hosts/list.h)

# Those folders of hosts/ that hold an adapter.
folders() { ls src_ocsp/hosts/*/host.c src_ocsp/hosts/*/host.cpp 2>/dev/null | xargs -n 1 dirname | xargs -n 1 basename; }

lists_each_folder() {
    diff <(sort <<<"$hosts") <(folders | sort) >"$TMP/out" || { sed 's/^/# /' "$TMP/out"; false; }
}

has_its_files() {
    local h file
    for h in $hosts; do
        for file in src_ocsp/hosts/$h/{host.mk,rules.c} darknet_patch/hosts/$h.py; do
            [ -f "$file" ] || { echo "# $file is missing"; return 1; }
        done
    done
}

# Outside hosts/ nothing depends on a host's name; OCSP_HOST itself is for compat.h alone.
asks_nowhere_else() {
    ! grep -rnE --include='*.[ch]' --include='*.cu' '^[[:space:]]*#.*\bOCSP_HOST(_(ALEXEYAB|DEBIAN)|[^_[:alnum:]]|$)' \
        $(ls -d src_ocsp/*/ | grep -v '/hosts/') | sed 's/^/# /' | grep .
}

# stops FLAGS WORDS: the preprocessor ends with an error that holds WORDS.
stops() {
    echo '#include "hosts/by_value/darknet_compat.h"' |
        ${CC:-cc} -E -Isrc_ocsp $1 -x c - >/dev/null 2>"$TMP/out" && return 1
    grep -qF "$2" "$TMP/out" || { sed 's/^/# /' "$TMP/out"; false; }
}

check "each folder with an adapter is in the list" lists_each_folder
check "each host has its rules, its host.mk and its variant of apply" has_its_files
check "no code outside hosts/ asks which host it is in" asks_nowhere_else
check "a build without a host stops" stops "" 'compile with -DOCSP_HOST=NAME'
check "a build for an unknown host stops" stops -DOCSP_HOST=nobody 'names no folder of hosts/'
finish
