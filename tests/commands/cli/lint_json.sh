"$OCSP" lint small.cfg -json
# as a program reads it
"$OCSP" lint small.cfg -json | "${PYTHON:-python3}" -c 'import json, sys
for c in json.load(sys.stdin)["consumers"]:
    print(c["accepted"], len(c["findings"]), c["name"])'
