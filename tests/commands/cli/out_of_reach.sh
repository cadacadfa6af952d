"$OCSP" plan small.cfg small.weights -reduce macs=90% -o plan.json
