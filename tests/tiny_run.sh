# Sourced: a training run of seconds. `tiny_run FOLDER` makes FOLDER/set, images and
# set/shapes.data, and FOLDER/net.cfg: 12 epochs of 6 iterations and a rest of 3, with dropout,
# which draws while images are loaded. TINY_FLAGS has t_sl-start at 3, t* at 7.

TINY_FLAGS="-reduce macs=50% -seed 3 -sl-start 3 -sl-end 7 -aug pad=2 -eval 1 -plots off"

tiny_run() {
    local conv='\n[convolutional]\nbatch_normalize=1\nsize=3\npad=1\nfilters=%s\nstride=%s\nactivation=%s\n'
    local make=$PWD/scripts/make_shapes.py
    (cd "$1" && "$PYTHON" "$make" set --train 96 --valid 40 --seed 5 >/dev/null) || return 1
    {
        printf '[net]\nbatch=16\nwidth=16\nheight=16\nchannels=3\nmomentum=0.9\ndecay=0.0005\n'
        printf 'max_crop=20\nflip=1\nlearning_rate=0.05\npolicy=steps\nmax_batches=75\n'
        printf 'steps=50,60\nscales=.2,.2\n'
        # shellcheck disable=SC2059
        printf "$conv$conv" 8 1 relu 8 1 linear
        printf '\n[shortcut]\nfrom=-2\nactivation=relu\n\n[dropout]\nprobability=.2\n'
        # shellcheck disable=SC2059
        printf "$conv" 12 2 relu
        printf '\n[avgpool]\n\n[connected]\noutput=6\nactivation=linear\n\n[softmax]\n'
    } >"$1/net.cfg"
}

# tiny_same BACKUP BACKUP: two runs' results are the same, bit for bit; but for the seconds
# that epochs took, and Darknet's own weights from before the end.
tiny_same() {
    local f
    for f in pruned.cfg pruned_last.weights pruned_final.weights dense_last.weights \
        best.weights pruned_best.weights; do
        cmp "$1/net_$f" "$2/net_$f" || return 1
    done
    cmp "$1/net_ocsp_norms.csv" "$2/net_ocsp_norms.csv" &&
        diff <(cut -d, -f1-9,11- "$1/net_ocsp.csv") <(cut -d, -f1-9,11- "$2/net_ocsp.csv")
}

# Files that a killed process leaves beside its own.
tiny_leftovers() { # tiny_leftovers BACKUP
    find "$1" -name '*.ocsp-tmp' -o -name '*.ocsp-old'
}

# tiny_decisions BACKUP BACKUP [TOLERANCE]: two runs decided the same, and their numbers are
# close.
tiny_decisions() {
    cmp "$1/net_pruned.cfg" "$2/net_pruned.cfg" &&
        "$PYTHON" - "$1/net_ocsp.csv" "$2/net_ocsp.csv" "${3:-1e-3}" <<'PY'
import csv, sys
a, b = (list(csv.DictReader(open(f))) for f in sys.argv[1:3])
tolerance = float(sys.argv[3])
exact = ("epoch", "phase", "J", "mean_J", "macs", "selected", "learning_rate")
close = ("lambda", "loss", "selected_norm", "kept_norm")
same = len(a) == len(b) > 1 and all(
    all(x[k] == y[k] for k in exact) and
    all(x[k] == y[k] or abs(float(x[k]) - float(y[k])) < tolerance * abs(float(x[k])) for k in close)
    for x, y in zip(a, b))
sys.exit(not same)
PY
}
