"$OCSP" info small.cfg
