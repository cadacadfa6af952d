"$OCSP"
