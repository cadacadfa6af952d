"$OCSP" plan small.cfg small.weights -reduce macs=40% -o plan.json && cat plan.json
