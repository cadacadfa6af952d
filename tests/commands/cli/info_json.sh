"$OCSP" info small.cfg -json
