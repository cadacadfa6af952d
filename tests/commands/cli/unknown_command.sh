"$OCSP" train small.cfg
