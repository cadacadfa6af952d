#!/bin/sh
# Line coverage per file and per room, from what the tests of `make coverage` left.
# usage: scripts/coverage.sh BUILD ROOM...
#
# BUILD/report holds the sources with their counts: lines that no test executes begin with
# "#####".
set -eu

build=$1
shift
for room in "$@"; do
    gcov -r -t "$build/$room"/*.gcda
done >"$build/report" 2>/dev/null

printf '%-34s %6s %7s %8s\n' file lines missed percent
awk '
    function row(name, n, miss) {
        printf "%-34s %6d %7d %7.2f%%\n", name, n, miss, 100 * (n - miss) / n
    }
    /^ *-: *0:Source:/ {
        file = substr($0, index($0, "Source:") + 7)
        sub(/^.*src_ocsp\//, "", file)
        counted = file ~ /\.c$/
        if (counted)
            files[++n_files] = file
        next
    }
    counted && /^ *[0-9]+[*]?:/ { lines[file]++ }
    counted && /^ *#####:/ { lines[file]++; missed[file]++ }
    END {
        for (i = 1; i <= n_files; i++) {
            room = files[i]
            sub(/\/.*/, "/", room)
            row(files[i], lines[files[i]], missed[files[i]])
            if (!(room in all))
                rooms[++n_rooms] = room
            all[room] += lines[files[i]]
            none[room] += missed[files[i]]
        }
        for (r = 1; r <= n_rooms; r++)
            row(rooms[r], all[rooms[r]], none[rooms[r]])
    }' "$build/report"
