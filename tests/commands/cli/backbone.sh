"$OCSP" backbone small.cfg small.weights -head yolo -maps 8,4,2 -classes 3 -o out && cat out.cfg &&
    "$OCSP" info out.cfg | head -n 3
# the body's weights, and no more: 3 convolutions, in front of the connected layer's
cmp -i 20 -n $((4 * (16 + 108 + 24 + 216 + 16 + 216))) small.weights out.weights &&
    od -A n -t d4 -N 20 out.weights && stat -c %s out.weights
