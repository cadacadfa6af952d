#!/bin/bash
# The folder of a run of $DARKNET: it is moved or removed while the run is at work, or holds
# what a former run has left there.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/tiny_run.sh

[ -x "${DARKNET:-}" ] || { echo "# no \$DARKNET: make host"; exit 1; }
PYTHON=${PYTHON:-/usr/bin/python3}
DARKNET=$(realpath "$DARKNET")
OCSP=$(realpath "${OCSP:-build/ocsp}")
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
tiny_run "$TMP" || { echo "# cannot make images"; exit 1; }
"${CC:-cc}" -O1 -shared -fPIC tests/preload/kill_at.c -o "$TMP/kill_at.so" -ldl -lpthread || exit 1
cd "$TMP" || exit 1

# train [FLAG...]: as `run`, with the tiny run's flags.
train() {
    # shellcheck disable=SC2086
    run "$DARKNET" ocsp classifier train "${DATA:-set/shapes.data}" "${CFG:-net.cfg}" ${WEIGHTS:-} $TINY_FLAGS "$@"
}

# begin EPOCH [FLAG...]: the same beside this shell, stopped at the end of that epoch.
begin() {
    local epoch=$1
    shift
    : >"$TMP/out" # of the run before
    # shellcheck disable=SC2086
    "$DARKNET" ocsp classifier train set/shapes.data net.cfg $TINY_FLAGS "$@" \
        >"$TMP/out" 2>"$TMP/err" </dev/null &
    child=$!
    for _ in $(seq 1500); do
        grep -q "^ocsp: epoch $epoch/" "$TMP/out" && break
        sleep 0.02
    done
    kill -STOP "$child"
    # the generation of that epoch is written behind its line
    while [[ $(ps -o state= -p "$child") == [RSD]* ]]; do sleep 0.01; done
}

# the run in $child goes on, and ends: as `ended`, but for the host's lines before.
goes_on_and_ends() {
    kill -CONT "$child"
    rc=0
    wait "$child" || rc=$?
    tail -n 1 "${err:-err}" >last && mv last err
    ended "$@"
}
refuses() {
    tail -n 1 "$TMP/err" >last && mv last "$TMP/err"
    ended 1 "$1"
}

fresh() { rm -rf set/backup set/old && mkdir set/backup; }
sums() { (cd "$1" && find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2); }
list() { (cd "$1" && find . -mindepth 1 | LC_ALL=C sort | tr '\n' ' '); }
is_empty() { [ -z "$(list "$1")" ]; }

fresh
train
check "a whole run" ended 0
cp -r set/backup whole
sums whole >whole.sums

# --- the folder of a run at work ---
moved="this run's folder was moved to $(realpath set)/old: the run has stopped, and what it saved is there; \
move it back, or name it as backup=, and the same command goes on"
fresh
begin 2 -plots on
mv set/backup set/old && mkdir set/backup
check "a folder that is moved, and made anew" goes_on_and_ends 1 "darknet ocsp: set/backup: $moved"
check "nothing is written there" is_empty set/backup
rmdir set/backup && mv set/old set/backup
train -resume
check "moved back, the run goes on" ended 0
check "to the end of one that nobody disturbed" tiny_same whole set/backup
fresh
begin 8
mv set/backup set/old
check "a folder that is gone, behind t*" goes_on_and_ends 1 "$moved"
check "is not made anew" [ ! -e set/backup ]
sed 's|set/backup|set/old|' set/shapes.data >old.data
DATA=old.data train -resume
check "the run goes on where it is" ended 0
check "to that end, too" tiny_same whole set/old

removed="darknet ocsp: set/backup: this run's folder was removed or replaced: the run has stopped, and has written \
nothing here since"
fresh
begin 2
rm -r set/backup
check "a folder that is removed" goes_on_and_ends 1 "$removed"
check "stays so" [ ! -e set/backup ]
fresh
mkdir elsewhere
begin 2
mv set/backup set/old && ln -s ../elsewhere set/backup
check "a link in the folder's place" goes_on_and_ends 1 "$moved"
check "leads to where nothing is written" is_empty elsewhere
rm set/backup
fresh
begin 2
mv set/backup set/old && : >set/backup
check "a file in its place" goes_on_and_ends 1 "$moved"
check "stays one" [ -f set/backup ] 
rm set/backup
fresh
begin 2
mv set/backup set/old && ln -s old set/backup
check "a link that leads to the folder is no other one" goes_on_and_ends 0
check "and the run ends as ever" tiny_same whole set/old
rm set/backup

# two runs
fresh
begin 2
first=$child
ln -f err first_err && rm err
mv set/backup set/old && mkdir set/backup
train
check "a second run in the new folder" ended 0
sums set/backup >second.sums
child=$first err=first_err
check "the first one stops" goes_on_and_ends 1 "$moved"
unset err
check "and leaves the second one's files as they were" diff second.sums <(sums set/backup)
check "which are those of a run alone" tiny_same whole set/backup

# a file system without locks: no lock keeps a second run out
cat >no_flock.c <<'C'
#include <errno.h>
int flock(int fd, int operation);
int flock(int fd, int operation)
{
    (void)fd;
    (void)operation;
    errno = ENOLCK;
    return -1;
}
C
"${CC:-cc}" -shared -fPIC no_flock.c -o no_flock.so || exit 1
fresh
export LD_PRELOAD=$TMP/no_flock.so
begin 2
while [ -n "$(tiny_leftovers set/backup)" ]; do # in the midst of a generation
    kill -CONT "$child" || break
    sleep .02
    kill -STOP "$child" && sleep .02
done
first=$child
ln -f err first_err && rm err
train
unset LD_PRELOAD
check "without locks a second run goes on with the state" ended 0
sums set/backup >second.sums
child=$first err=first_err
check "and the first one stops at its next generation" goes_on_and_ends 1 \
    "darknet ocsp: set/backup/net.ocsp-state: another run has written it while this one was at work"
unset err
check "and leaves its results alone" diff <(grep -v '\.log$\|net_[0-9]*.weights' second.sums) \
    <(sums set/backup | grep -v '\.log$\|net_[0-9]*.weights')
check "which are those of a run alone, too" tiny_same whole set/backup

# --- what a former run has left ---
aside=set/backup/net_before_restart
fresh
cp -r whole/. set/backup
for name in net_pruned_1000.weights net_pruned_ema.weights net_ema.weights net_last.weights net.backup \
    net_pruned.backup net_ocsp_layers.svg net_ocsp_report.html net_dense_last.weights; do
    echo "$name" >"set/backup/$name"
done
sums set/backup >before.sums
echo other | tee set/backup/net2_best.weights set/backup/other.weights set/backup/net_mine.weights \
    set/backup/net_best_of_all.weights set/backup/net_1x.weights >/dev/null
train -restart -reduce macs=30%
check "-restart" ended 0
check "says what it sets aside" says "ocsp: -restart sets aside the run saved in set/backup/net.ocsp-state: 12 epochs (75 iterations), pruned, generation"
check "and where that is" says "ocsp: moved what a former run left here to $aside: net.ocsp-state, "
check "all of it is there, as it was" diff before.sums <(sums $aside)
check "other nets' files, and the user's, stay" [ "$(cat set/backup/{net2_best,other,net_mine,net_best_of_all,net_1x}.weights | sort -u)" = other ]
fits() {
    for weights in set/backup/net_pruned*.weights; do
        "$OCSP" saliency set/backup/net_pruned.cfg "$weights" >/dev/null || return 1
    done
}
check "all weights beside the pruned cfg fit it" fits
check "which is another one" [ -n "$(diff whole/net_pruned.cfg set/backup/net_pruned.cfg)" ]
cp -r $aside first
train -restart
check "a second -restart" ended 0
check "has a folder of its own" says "to ${aside}_2: net.ocsp-state, "
check "and leaves the first one as it was" diff <(sums first) <(sums $aside)
check "and ends as ever" tiny_same whole set/backup

# without -restart: the state was removed
rm set/backup/net.ocsp-state
train -reduce none
check "a run that finds no state" ended 0
check "sets aside what is there" says "to ${aside}_3: net_1.weights, "
check "its pruned net, too" [ -z "$(ls set/backup | grep net_pruned)" ]
check "and the pictures of it" [ -f ${aside}_3/net_pruned.cfg ]

# files that are there when the net is pruned
fresh
begin 5
cp whole/net_pruned_final.weights set/backup/net_pruned_ema.weights
"$OCSP" prune net.cfg whole/net_best.weights -reduce macs=20% -o set/backup/net_pruned >/dev/null
sums set/backup | grep _pruned >pruned.sums
check "a run that finds a pruned pair at t*" goes_on_and_ends 0
check "sets it aside" diff pruned.sums <(sums $aside)
check "and ends as ever" tiny_same whole set/backup
check "its weights fit its cfg" fits

run "$OCSP" prune net.cfg whole/net_best.weights -reduce macs=20% -o set/backup/net_pruned
check "prune replaces no cfg of weights that would not fit" ended 1 "ocsp prune: set/backup/net_pruned.cfg: is the cfg of \
net_pruned_10.weights beside it, which would not fit the new one: give another -o"
check "and leaves the pair as it was" tiny_same whole set/backup
run "$OCSP" prune net.cfg whole/net_best.weights -reduce macs=20% -o set/backup/small
run "$OCSP" prune net.cfg whole/net_best.weights -reduce macs=30% -o set/backup/small
check "but that of its own" ended 0

# a state of before t* is put back
fresh
begin 5
kill -KILL "$child" && wait "$child" 2>/dev/null
cp set/backup/net.ocsp-state early
cp whole/* set/backup && cp early set/backup/net.ocsp-state
sed -i '0,/^filters=.*/s//filters=1/' set/backup/net_pruned.cfg
cp set/backup/net_pruned_best.weights best
train
check "an older state beside another pruned net" ended 0
check "sets that aside" cmp best $aside/net_pruned_best.weights
check "and ends as ever" tiny_same whole set/backup

# what a run begins with stays where it is
fresh
cp whole/net_best.weights set/backup
cp whole/net_dense_last.weights set/backup/net_1.weights
WEIGHTS=set/backup/net_best.weights train -clear
check "weights of that name that a run begins with" ended 0
check "have a second name" cmp whole/net_best.weights $aside/net_best.weights
WEIGHTS=set/backup/net_best.weights train -clear
check "and the same command goes on" says "ocsp: nothing is left to train"
fresh
echo old >set/backup/net_ocsp.log
train
check "a log alone is begun anew" [ "$(list set/backup | grep -c before_restart)" = 0 ]

# two nets of which one's name begins with the other's
sed 's/filters=12/filters=14/' net.cfg >net_pruned.cfg
fresh
CFG=net_pruned.cfg train -reduce none
check "a net that is called like another one's pruned net" ended 0
sums set/backup >named.sums
train
check "is not written over by that" refuses "net.cfg: set/backup has the run of 'net_pruned', and this one would write over its net_pruned_best.weights"
check "nor touched" diff named.sums <(sums set/backup)
train -reduce none
check "beside it that may be trained without pruning" ended 0
check "and leaves it alone" diff named.sums <(sums set/backup | grep net_pruned)
sed 's/filters=12/filters=14/' net.cfg >net_99.cfg
CFG=net_99.cfg train -reduce none
check "a net that is called like another one's weights" ended 0
sums set/backup | grep /net_99 >named.sums
train -restart -reduce none
check "is left alone, too" diff named.sums <(sums set/backup | grep -v restart | grep /net_99)

# killed while it moves files
fresh
cp -r whole/. set/backup
sums set/backup >before.sums
cp -r set/backup before
LD_PRELOAD=$TMP/kill_at.so KILL_PATH=before_restart KILL_COUNT=$TMP/count train -restart
check "moving files" [ "$(cat count)" -gt 20 ]
points=$(cat count) together=1
for at in $(seq 1 5 "$points") "$((points - 1))" "$points"; do
    rm -rf set/backup && cp -r before set/backup
    LD_PRELOAD=$TMP/kill_at.so KILL_PATH=before_restart KILL_AT=$at train -restart 2>/dev/null
    killed=$rc
    train -restart
    [ "$killed" = 137 ] && [ "$rc" = 0 ] && tiny_same whole set/backup &&
        [ -z "$(ls -d set/backup/*.part 2>/dev/null)" ] && diff before.sums <(sums $aside) && continue
    echo "# at $at of $points: exit $killed, then $rc" && list set/backup
    together=0
done
check "killed there at any point, all files are together in the end" [ $together = 1 ]
finish
