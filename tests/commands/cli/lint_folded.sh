# The same in many layers is said once, with the first; bytes that are no text are kept.
{
    cat small.cfg
    for c in 2 4 8; do printf '[convolutional]\nfilters=8\ngroups=%s\nactivation=lo\377\n' $c; done
} | sed 's/^\[softmax\]/[dropout]/; s/output=2/output=8/' >many.cfg
"$OCSP" lint many.cfg
"$OCSP" lint many.cfg -json | grep -o '"accepted":[a-z]*'
