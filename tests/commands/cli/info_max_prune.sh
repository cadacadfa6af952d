"$OCSP" info -max-prune 0.5 small.cfg
