"$OCSP" saliency small.cfg small.weights
