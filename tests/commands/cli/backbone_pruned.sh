"$OCSP" prune small.cfg small.weights -reduce macs=40% -o pruned >/dev/null &&
    "$OCSP" backbone pruned.cfg pruned.weights -head yolo -classes 1 -maps 4,8 -size 8 \
        -anchors 1,1,2,2,3,3,4,4,5,5,6,6.5 -o out &&
    diff pruned.cfg out.cfg
