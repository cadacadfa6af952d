"$OCSP" saliency small.cfg small.weights -saliency conventional
