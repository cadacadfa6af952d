"$OCSP" plan small.cfg small.weights -reduce params=30 -saliency conventional -o plan.json && cat plan.json
