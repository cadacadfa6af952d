"$OCSP" lint small.cfg
