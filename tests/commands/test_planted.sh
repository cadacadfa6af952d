#!/bin/bash
# What others have put under the names that $OCSP and $DARKNET write, in a folder where they
# may: links, hard links and pipes. A recorder in the process (tests/preload/note_writes.c)
# finds the names, so that none is forgotten: those that two runs of a command have in common
# can be foretold.
#
# Who is root runs the commands as root and as another user, and plants as a third.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

[ -x "${OCSP:-}" ] || { echo "# no \$OCSP: make"; exit 1; }
[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}
LIMIT=${LIMIT:-60} # seconds that a command may take
USER_ID=65533 PLANTER=65534
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
tiny_run "$TMP" || { echo "# cannot make images"; exit 1; }
"${CC:-cc}" -O1 -shared -fPIC tests/preload/note_writes.c -o "$TMP/note_writes.so" -ldl || exit 1
cp "$OCSP" "$TMP/ocsp" && cp "$DARKNET" "$TMP/darknet" # another user may not see ours
cd "$TMP" || exit 1
FLAGS=${TINY_FLAGS/-plots off/}
command -v gnuplot >/dev/null || FLAGS=$TINY_FLAGS
SHARED=$TMP/shared
{ grep -v ^backup= set/shapes.data; echo "backup=$SHARED"; } >shared.data

# --- commands: NAME_command runs it, and writes into $SHARED alone

# shellcheck disable=SC2086
train_command() { ./darknet ocsp classifier train shared.data net.cfg $FLAGS; }
prune_command() { ./ocsp prune net.cfg net.weights -reduce macs=30% -o "$SHARED/out"; }
plan_command() { ./ocsp plan net.cfg net.weights -reduce macs=30% -o "$SHARED/plan.json"; }
report_command() { ./ocsp report -before net.cfg -after small.cfg -o "$SHARED/page.html"; }
backbone_command() {
    ./ocsp backbone net.cfg net.weights -head yolo -maps 8 -classes 2 -o "$SHARED/body"
}
speed_command() {
    TMPDIR=$SHARED ./darknet ocsp speed net.cfg small.cfg -seconds 0.01 -rounds 3 -json
}

# as USER COMMAND...
as() {
    if [ "$(id -u)" = 0 ] && [ "$1" != 0 ]; then
        setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"
    else
        "${@:2}"
    fi
}

export -f train_command prune_command plan_command report_command \
    backbone_command speed_command
export FLAGS SHARED

# as_user USER NAME: runs the command, with its time limit.
as_user() { run as "$1" timeout -k 1 $LIMIT bash -c "$2_command"; }

# --- the folder

# empty [MODE]: a folder that others may write to. Where it is not sticky, no sysctl
# protects who follows a link in it.
empty() {
    rm -rf "$SHARED" targets && mkdir "$SHARED" targets
    chmod "${1:-0777}" "$SHARED" && chmod 0777 targets
}

# names COMMAND: writes the names in $SHARED that can be foretold to `foretold`.
names() {
    for k in 1 2; do
        empty
        rm -f notes$k
        NOTE_WRITES=$TMP/notes$k LD_PRELOAD=$TMP/note_writes.so bash -c "$1_command" >log$k 2>&1 </dev/null ||
            { sed 's/^/# /' log$k; return 1; }
    done
    comm -12 <(sed -n "s|^.* $SHARED/||p" notes1 | sort -u) \
        <(sed -n "s|^.* $SHARED/||p" notes2 | sort -u) >foretold
}

# Whatever is opened for writing in the folder: made exclusively, or appended to without
# following a link; but in the folder that gnuplot has for itself.
well_opened() {
    ! grep -hE "^open ... $SHARED/" notes1 notes2 | grep -v '\.ocsp-tmp/' |
        grep -vE '^open (xn.|-na) ' | sed 's/^/# /' | sort | uniq -c | grep .
}

# plant KIND NAME: as the planter; its target is targets/NAME.
plant() {
    local target=targets/of_${2//\//_} path=$SHARED/$2
    [ ! -e "$path" ] && [ ! -L "$path" ] || return 0
    case $1 in
    link | hard) echo precious >"$target" && chmod 666 "$target" ;;
    esac
    case $1 in
    link) as $PLANTER ln -s "$TMP/$target" "$path" ;;
    nowhere) as $PLANTER ln -s "$TMP/$target" "$path" ;;
    hard) ln "$target" "$path" ;; # a sysctl may forbid it to the planter
    pipe) as $PLANTER mkfifo -m 666 "$path" ;;
    esac
}

# The foretold names, and those that versions before 2026-12 made of them.
all_names() {
    cat foretold
    sed 's/$/.ocsp-tmp/' foretold
    sed 's/$/.ocsp-old/' foretold
    echo .ocsp-probe.ocsp-tmp
}

untouched() { # untouched KIND
    if [ "$1" = nowhere ]; then
        [ -z "$(ls targets)" ]
    else
        [ "$(cat targets/* | sort | uniq -c | awk '{print $2}')" = precious ]
    fi && return 0
    grep -L precious targets/* | sed 's/^/# touched: /'
    return 1
}

# The command has said in one line why not.
refused() {
    [ "$rc" = 1 ] && [ "$(grep -c -E "$SHARED.*(is|leads to) " err)" = 1 ] && return 0
    echo "# exit $rc: $(tail -n 3 err)"
    return 1
}

# Its outputs are files, and nobody else's.
own_files() { # own_files USER
    local bad
    [ "$(id -u)" = 0 ] && bad=$(cd "$SHARED" && find . -newer "$TMP/began" -type f ! -uid "$1")
    bad+=$(cd "$SHARED" && sed 's/$/ /' "$TMP/foretold" | while read -r name; do
        [ -e "$name" ] && find "$name" -maxdepth 0 -newer "$TMP/began" ! -type d \( ! -type f -o -links +1 \)
    done)
    [ -z "$bad" ] || { echo "# $bad"; return 1; }
}

# --- each command, each kind

# all_at_once COMMAND KIND USER: what may be replaced is; no target is written to.
all_at_once() {
    local at
    empty
    # a state is read before it is written
    all_names | grep -v '\.ocsp-state$' | while read -r at; do plant "$2" "$at"; done
    touch began
    as_user "$3" "$1"
    untouched "$2" && own_files "$3" && [ "$rc" = 0 ] && return 0
    echo "# exit $rc: $(tail -n 3 err)"
    return 1
}

# one_by_one COMMAND USER: a pipe at each name in turn is refused, and not waited for.
one_by_one() {
    local at
    while read -r at; do
        empty
        plant pipe "$at"
        as_user "$2" "$1"
        refused && [ -p "$SHARED/$at" ] || { echo "# $at"; return 1; }
    done < <(grep -vE '_ocsp_[a-z]*\.(svg|png|log)$' foretold)
}

# beside COMMAND USER: pipes at all names that earlier versions used beside those.
beside() {
    local at
    empty
    all_names | grep -E '\.ocsp-(tmp|old)$' | while read -r at; do plant pipe "$at"; done
    as_user "$2" "$1"
    [ "$rc" = 0 ] || { echo "# exit $rc: $(tail -n 3 err)"; return 1; }
}

# held COMMAND USER: in a sticky folder the planter's files are his.
held() {
    local at
    empty 1777
    while read -r at; do as $PLANTER bash -c "echo mine >'$SHARED/$at'"; done <foretold
    as_user "$2" "$1"
    [ "$rc" = 1 ] && grep -q "is another user's" err && [ -z "$(grep -L mine "$SHARED"/*)" ]
}

# log_is KIND USER: what the log's name leads to when a run that is done is asked to go on.
log_is() {
    empty
    cp before/* "$SHARED" && chmod a+rw "$SHARED"/* && rm "$SHARED/net_ocsp.log"
    plant "$1" net_ocsp.log
    [ "$(id -u)" != 0 ] || chown -R "$2" "$SHARED"/net[!_]* "$SHARED"/net_[!o]*
    as_user "$2" train
    [ "$rc" = 0 ] && untouched "$1" || { echo "# exit $rc: $(tail -n 3 err)"; return 1; }
    case $1 in
    pipe) grep -q "cannot write the log: .*is a pipe" out || grep -q "is a pipe" err ;;
    *) head -n 1 "$SHARED/net_ocsp.log" | grep -q "this log begins anew" && [ ! -L "$SHARED/net_ocsp.log" ] ;;
    esac
}

empty
train_command >log 2>&1 </dev/null || { sed 's/^/# /' log; exit 1; }
cp "$SHARED/net_dense_last.weights" net.weights
cp "$SHARED/net_pruned.cfg" small.cfg
mkdir before && cp "$SHARED"/net[._]* before
chmod -R a+rX "$TMP"
user=0
[ "$(id -u)" != 0 ] || user=$USER_ID

for command in prune plan backbone report speed train; do
    check "$command: which names can be foretold" names $command
    check "$command: nothing is opened as it is found" well_opened
    [ -s foretold ] || continue # all are random
    check "$command: what a link leads to is not touched" all_at_once $command link 0
    [ $command = train ] || check "$command: nor made" all_at_once $command nowhere $user
    check "$command: a hard link's file is not touched" all_at_once $command hard $user
    check "$command: a pipe is refused" one_by_one $command $user
    check "$command: none is waited for" beside $command $user
    [ $user = 0 ] || check "$command: in a sticky folder others' files stay theirs" held $command $user
done
for kind in link hard; do
    check "a log goes on in nothing but a file ($kind)" log_is $kind $user
done
finish
