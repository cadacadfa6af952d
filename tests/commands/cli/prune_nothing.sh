sha=$(sha256sum small.cfg)
echo "{\"version\":1,\"cfg_sha256\":\"${sha%% *}\",\"keep\":{}}" >plan.json
"$OCSP" prune small.cfg small.weights -plan plan.json -o same &&
    cmp small.cfg same.cfg && cmp small.weights same.weights
