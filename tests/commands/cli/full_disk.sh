"$OCSP" info small.cfg >/dev/full
