#!/bin/sh
# Fuzzes one target with what `make fuzz` built. usage: scripts/fuzz.sh TARGET SECONDS
#
# New inputs go to build/fuzz/corpus/TARGET, what ends the program to
# tests/fuzz/crashes/TARGET: fix it, give the file a telling name, and commit it.
set -eu

target=$1
seconds=$2
new=build/fuzz/corpus/$target
crashes=tests/fuzz/crashes/$target
words=build/fuzz/words

mkdir -p "$new" "$crashes"
# every word that our tables and flags know
{
    grep -ohE '"[A-Za-z_0-9]{2,24}"' src_ocsp/net/*.c src_ocsp/layers/*.c src_ocsp/lint/*.c src_ocsp/cli/flags.c \
        src_ocsp/cli/data_file.c src_ocsp/prune/plan_file.c src_ocsp/cycle/*.c
    # lists of words, with a blank between
    grep -ohE '" ?[a-zA-Z0-9_]+( [a-zA-Z0-9_]+)+ ?"' src_ocsp/lint/*.[ch] | tr -d '"' | tr ' ' '\n' |
        grep . | sed 's/.*/"&"/'
    printf '"%s"\n' '\x0a---\x0a' '\x0a[' ']\x0a' '=1\x0a' '=-1\x0a' '=0\x0a' ',-1' ',-2' '@list' '@labels' '@folder' \
        '2147483647' '-2147483648' '1000000' '65536' '1e308' 'nan' 'inf'
} | sort -u >"$words"

# the hosts' own cfgs are good seeds where they are at hand
seeds="tests/fuzz/corpus/$target $crashes"
for folder in build/debian/source/cfg "${ALEXEYAB_DARKNET:-none}/cfg"; do
    if [ "$target" = cfg ] && [ -d "$folder" ]; then
        seeds="$seeds $folder"
    fi
done
# shellcheck disable=SC2086
exec build/fuzz/fuzzer/"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
    -malloc_limit_mb=512 -dict="$words" -artifact_prefix="$crashes/" -print_final_stats=1 \
    "$new" $seeds
