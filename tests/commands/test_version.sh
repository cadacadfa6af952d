#!/bin/bash
# The program prints the one version number that there is, in src_ocsp/net/version.h.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

OCSP=$(realpath "${OCSP:-build/ocsp}")
[ -x "$OCSP" ] || { echo "# no $OCSP: make"; exit 1; }
version=$(sed -n 's/^#define OCSP_VERSION "\([0-9.]*\)"$/\1/p' src_ocsp/net/version.h)

prints_version() { ended 0 && [ ! -s "$TMP/err" ] && [ "$(cat "$TMP/out")" = "ocsp $version" ]; }

check "version.h has a number" grep -qxE '[0-9]+\.[0-9]+\.[0-9]+' <<<"$version"
run "$OCSP" --version
check "the program prints it" prints_version
check "no other source has it" [ "$(grep -rlF "$version" src_ocsp)" = src_ocsp/net/version.h ]
(exec >/dev/full && "$OCSP" --version 2>"$TMP/err")
rc=$?
check "a full disk is an error" ended 1 "ocsp --version: cannot write to standard output"
finish
