# What training refuses, by host; exit status and gate do not depend on it.
{
    sed 's/^channels=3/&\nadam=1/; 0,/^activation=relu/s//activation=swish/' small.cfg
    printf '[convolutional]\nfilters=4\nsize=1\nstride=2\n[shortcut]\nfrom=-2\nbeta=.5\n[cost]\n'
} | sed 's/^\[softmax\]/[dropout]/; s/^output=2/output=4/' >refused.cfg
"$OCSP" lint refused.cfg | sed -n '/^training/,$p'
echo "status $?"
"$OCSP" lint refused.cfg -json | "${PYTHON:-python3}" -c 'import json, sys
for host in json.load(sys.stdin)["training"]:
    print(host["host"], host["accepted"])
    for f in host["findings"]:
        print(f["layer"], f["section"], f["line"], f["key"], f["value"], f["refused"], f["text"])
    for text in host["repairs"]:
        print("repairs", text)'
