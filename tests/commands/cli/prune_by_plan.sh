"$OCSP" plan small.cfg small.weights -reduce macs=40% -o plan.json >/dev/null &&
    "$OCSP" prune small.cfg small.weights -plan plan.json -o by_plan &&
    "$OCSP" prune small.cfg small.weights -reduce macs=40% -o at_once >/dev/null &&
    cmp by_plan.cfg at_once.cfg && cmp by_plan.weights at_once.weights && ls
