sed '/^\[avgpool\]/,$d' small.cfg >short.cfg && sed 's/\[shortcut\]/[route]/; s/^from=/layers=/' small.cfg >other.cfg &&
    "$OCSP" compare small.cfg short.cfg && "$OCSP" compare small.cfg other.cfg
