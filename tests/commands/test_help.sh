#!/bin/bash
# What $DARKNET, a patched Debian host, says to somebody who looks for help or mistypes: help on
# stdout with exit status 0, one line on stderr with exit status 2 for what is no command.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
DARKNET=$(realpath "$DARKNET")

# helps WORD...: prints help, all of it on stdout, and no banner of the host's.
helps() {
    run "$DARKNET" ocsp "$@"
    ended 0 && [ ! -s "$TMP/err" ] && ! grep -qvE '^$|^ |:$|^ocsp |^`|^.limits.: ' "$TMP/out"
}
check "darknet ocsp alone prints help" helps
check "whose first line says what it is" eval 'head -n 1 "$TMP/out" | grep -q "^ocsp [0-9].*: one-cycle"'
check "which begins with training" eval 'sed -n "3,4p" "$TMP/out" | tail -n 1 | grep -q "^  classifier train "'
check "and has an example" says "  darknet ocsp classifier train data/cifar.data cfg/cifar/vgg16.cfg"
check "in the width of a terminal" eval '! grep -E ".{81}" "$TMP/out"'
cp "$TMP/out" "$TMP/first"
for word in help -h -help --help; do
    check "$word prints it, too" eval 'helps $word && cmp "$TMP/first" "$TMP/out"'
done
"$DARKNET" ocsp help classifier train >"$TMP/train"
check "help of a command names its flags" grep -q '^  -reduce macs=P%' "$TMP/train"
for words in "classifier train --help" "classifier train D.data N.cfg -h" "-h classifier train"; do
    check "$words is the same" eval 'helps $words && cmp "$TMP/train" "$TMP/out"'
done
check "help of a family" eval 'helps classifier --help && says "darknet ocsp classifier valid|predict"'

# refuses MESSAGE WORD...: this line on stderr, exit status 2.
refuses() {
    local message="darknet ocsp: $1"
    shift
    run "$DARKNET" ocsp "$@"
    [ ! -s "$TMP/out" ] && [ "$rc" = 2 ] && [ "$(cat "$TMP/err")" = "$message" ] && return 0
    sed 's/^/# /' "$TMP/out" "$TMP/err"
    return 1
}
own="is a command of Darknet's own: use it without the word ocsp, as"
check "a command without its second word" refuses \
    "behind 'classifier' stands train, valid, predict; \`darknet ocsp help classifier\` explains them" classifier
check "another second word" refuses \
    "unknown command 'detector x': behind 'detector' stands train, map, valid, test; \`darknet ocsp help detector\` explains them" \
    detector x
check "a mistyped command" refuses "unknown command 'detector trian': did you mean \`darknet ocsp detector train\`?" \
    detector trian a.data b.cfg
check "a mistyped command of one word" refuses "unknown command 'pruen': did you mean \`darknet ocsp prune\`?" pruen
check "the host's own command" refuses "'detector demo' $own \`darknet detector demo\`" detector demo coco.data
check "the host's own command of one word" refuses "'partial' $own \`darknet partial\`" partial N.cfg N.weights
check "the second word of such a command" refuses "'detector recall' $own \`darknet detector recall\`" recall
check "a mistyped command of the host's" refuses \
    "unknown command 'detector dmeo': did you mean \`darknet detector demo\`, without the word ocsp?" detector dmeo
check "what is near no command" refuses "unknown command 'wombat'; \`darknet ocsp help\` lists the commands" wombat
check "a mistyped flag" refuses "unknown flag '-reduec': did you mean -reduce?" classifier train D.data N.cfg -reduec macs=50%
check "a mistyped flag of the host's" refuses "unknown flag '-claer': did you mean -clear?" classifier train D.data N.cfg -claer

# Each command in the host's sources is one of ours, or known as its own.
words() { grep -ohE "strcmp\(argv\[$1\], ?\"[a-z0-9_]+\"" build/host/examples/"$2".c | cut -d'"' -f2 | sort -u; }
host_words() {
    words 1 darknet | grep -vxE 'ocsp|classifier|detector'
    words 2 detector | sed 's/^/detector /'
    words 2 classifier | sed 's/^/classifier /'
}
knows_host_commands() {
    local line n=0
    while read -r line; do
        # shellcheck disable=SC2086
        "$DARKNET" ocsp help $line >"$TMP/out" 2>"$TMP/err" </dev/null ||
            grep -qxF "darknet ocsp: '$line' $own \`darknet $line\`" "$TMP/err" || { echo "# $line: $(cat "$TMP/err")"; return 1; }
        n=$((n + 1))
    done < <(host_words)
    [ "$n" -gt 50 ]
}
check "all commands of the host's are known" knows_host_commands
finish
