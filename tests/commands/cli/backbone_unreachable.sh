"$OCSP" backbone small.cfg small.weights -head yolo -maps 8,5 -classes 3 -o out; status=$?
"$OCSP" backbone small.cfg small.weights -head yolo -maps 8,4 -size 16 -classes 3 -o out
ls; exit $status
