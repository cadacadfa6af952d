# Sourced: a training run of seconds. `tiny_run FOLDER` makes FOLDER/set, images and
# set/shapes.data, and FOLDER/net.cfg: 12 epochs of 6 iterations and a rest of 3, with dropout,
# which draws while images are loaded. TINY_FLAGS has t_sl-start at 3, t* at 7.

TINY_FLAGS="-reduce macs=50% -seed 3 -sl-start 3 -sl-end 7"
# What such a run leaves, the same in every run.
TINY_RESULTS="net_pruned.cfg net_pruned_last.weights net_pruned_final.weights
    net_pruned.weights net_dense_last.weights"

tiny_run() {
    local conv='\n[convolutional]\nbatch_normalize=1\nsize=3\npad=1\nfilters=%s\nstride=%s\nactivation=%s\n'
    local make=$PWD/scripts/make_shapes.py
    (cd "$1" && "$PYTHON" "$make" set --train 96 --valid 6 --seed 5 >/dev/null) || return 1
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

# The log of the epochs but for the seconds that they took.
tiny_decisions() { # tiny_decisions BACKUP
    cut -d, -f1-9,11- "$1/net_ocsp.csv"
}

# Files that a killed process leaves beside its own.
tiny_leftovers() { # tiny_leftovers BACKUP
    find "$1" -name '*.ocsp-tmp' -o -name '*.ocsp-old'
}
