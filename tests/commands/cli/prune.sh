"$OCSP" prune small.cfg small.weights -reduce macs=40% -o out && cat out.cfg && "$OCSP" info out.cfg
