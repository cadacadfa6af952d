"$OCSP" help backbone
