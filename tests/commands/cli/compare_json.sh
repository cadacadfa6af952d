"$OCSP" plan small.cfg small.weights -reduce macs=40% -o plan.json >/dev/null &&
    "$OCSP" prune small.cfg small.weights -plan plan.json -o pruned >/dev/null &&
    "$OCSP" compare small.cfg pruned.cfg -json
