#!/bin/bash
# A room may include only the rooms before it, only those that know the hosts may see Darknet,
# and no file includes itself by way of others.
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh

rank() {
    case $1 in
    net) echo 0 ;; layers) echo 1 ;; prune) echo 2 ;; lint) echo 3 ;; cycle) echo 4 ;;
    view) echo 5 ;; hosts) echo 6 ;; engine) echo 7 ;; train) echo 8 ;; cli) echo 9 ;;
    *) return 1 ;;
    esac
}

sees_darknet() {
    case $1 in hosts | engine) return 0 ;; *) return 1 ;; esac
}

# CUDA's headers are no host's, but not on every machine.
sees_cuda() {
    case $1/$2 in train/cuda_runtime.h | train/cuda_runtime_api.h) return 0 ;; *) return 1 ;; esac
}

# The machine's own headers: what the compiler finds without any Darknet tree.
is_system_header() {
    echo "#include <$1>" | ${CC:-cc} -E -x c - >/dev/null 2>&1
}

# violations SRC: a line for each include in SRC/<room>/ that a rule forbids.
violations() {
    local src=$1 file line kind name room other
    grep -rnoE --include='*.[ch]' --include='*.cu' \
        '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][^">]+' "$src" |
    while IFS= read -r line; do
        file=${line%%:*}
        room=${file#"$src"/}
        room=${room%%/*}
        rank "$room" >/dev/null || { echo "$file: not in a room"; continue; }
        name=${line##*[\"<]}
        kind=${line%"$name"}
        kind=${kind: -1}
        other=${name%%/*}
        if [ "$other" != "$name" ] && rank "$other" >/dev/null; then
            [ "$(rank "$other")" -le "$(rank "$room")" ] ||
                echo "$file: $room must not include $other ($name)"
            case $room:$name in
            hosts:* | engine:hosts/by_value/*) ;;
            *:hosts/*/*) echo "$file: $room must not include what is private to hosts ($name)" ;;
            esac
            [ "$kind" = '"' ] || echo "$file: our own headers come in quotes ($name)"
            [ -f "$src/$name" ] || echo "$file: $name does not exist"
        elif [ "$kind" = '"' ] && [ -n "$(find "$src" -name "${name##*/}")" ]; then
            echo "$file: include is not room-qualified ($name)"
        elif ! sees_darknet "$room" && ! sees_cuda "$room" "$name" && { [ "$kind" = '"' ] || ! is_system_header "$name"; }; then
            echo "$file: $room must not include headers of a host ($name)"
        fi
    done
}

# circles SRC: a line that names the files of a circle of includes in SRC, if there is one.
circles() {
    (cd "$1" && grep -roE --include='*.[ch]' --include='*.cu' \
        '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]+' .) |
        sed -E 's,^\./([^:]+):.*",\1 ,' | tsort 2>&1 >/dev/null |
        sed 's/^tsort: //; s/^-: .*/a circle of includes:/' | paste -s -d ' ' | grep .
}

clean() {
    { violations "$1"; circles "$1"; } >"$TMP/found"
    [ ! -s "$TMP/found" ] && return 0
    sed 's/^/# /' "$TMP/found"
    return 1
}

# planted FILE INCLUDE WORDS: with INCLUDE in FILE of an otherwise right tree, the one
# complaint holds WORDS.
planted() {
    rm -rf "$TMP/src" && cp -r "$TMP/good" "$TMP/src"
    echo "#include $2" >>"$TMP/src/$1"
    { violations "$TMP/src"; circles "$TMP/src"; } >"$TMP/found"
    sed 's/^/# /' "$TMP/found"
    [ "$(wc -l <"$TMP/found")" = 1 ] && grep -qF "$1" "$TMP/found" && grep -qF "$3" "$TMP/found"
}

mkdir -p "$TMP"/good/{net,layers,prune,lint,cycle,view,hosts,hosts/by_value,engine,train,cli}
touch "$TMP/good/hosts/by_value/a.h"
for r in net layers prune lint cycle view hosts engine train cli; do
    printf '#include <stdio.h>\n#include "%s/a.h"\n#include "net/a.h"\n' $r >"$TMP/good/$r/a.c"
    touch "$TMP/good/$r/a.h"
done
echo '#include "darknet.h"' >>"$TMP/good/hosts/a.c"
echo '#include "hosts/by_value/a.h"' >>"$TMP/good/engine/a.c"
echo '#include "hosts/a.h"' >>"$TMP/good/cli/a.c"

check "the rooms keep to their order" clean src_ocsp
check "a right tree is accepted" clean "$TMP/good"
check "net including prune is found" planted net/a.c '"prune/a.h"' 'net must not include prune'
check "prune including cycle is found" planted prune/a.h '"cycle/a.h"' 'prune must not include cycle'
check "cycle including view is found" planted cycle/a.c '"view/a.h"' 'cycle must not include view'
check "view including hosts is found" planted view/a.c '"hosts/a.h"' 'view must not include hosts'
check "cycle including hosts is found" planted cycle/a.c '"hosts/a.h"' 'cycle must not include hosts'
check "hosts including engine is found" planted hosts/a.c '"engine/a.h"' 'hosts must not include engine'
check "hosts including train is found" planted hosts/a.c '"train/a.h"' 'hosts must not include train'
check "engine including train is found" planted engine/a.h '"train/a.h"' 'engine must not include train'
check "train including cli is found" planted train/a.c '"cli/a.h"' 'train must not include cli'
check "layers including prune is found" planted layers/a.c '"prune/a.h"' 'layers must not include prune'
check "lint including cycle is found" planted lint/a.c '"cycle/a.h"' 'lint must not include cycle'
check "a host's own header in train is found" \
    planted train/a.c '"hosts/by_value/a.h"' 'what is private to hosts'
check "darknet.h in train is found" planted train/a.c '"darknet.h"' 'headers of a host'
check "darknet.h outside hosts is found" planted cli/a.c '"darknet.h"' 'headers of a host'
check "<darknet.h> outside hosts is found" planted net/a.c '<darknet.h>' 'headers of a host'
check "a host header outside hosts is found" planted cycle/a.c '<parser.h>' 'headers of a host'
check "an unqualified include is found" planted prune/a.c '"a.h"' 'not room-qualified'
check "a missing header is found" planted prune/a.c '"net/none.h"' 'does not exist'
check "angle brackets for our own are found" planted prune/a.c '<net/a.h>' 'in quotes'
check "two headers that include each other are found" planted net/a.h '"net/a.c"' 'a circle of includes'
finish
