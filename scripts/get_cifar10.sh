#!/bin/sh
# Turn a CIFAR-10 archive, or class folders of images, into files for Darknet.
# Downloads nothing. `scripts/get_cifar10.sh -h` tells the rest.
# PYTHON names another interpreter (it needs numpy and Pillow).
set -eu

python=${PYTHON:-/usr/bin/python3}
if ! "$python" -c 'import numpy, PIL' 2>/dev/null; then
    echo "get_cifar10: $python lacks numpy or Pillow: install python3-numpy and python3-pil" >&2
    exit 1
fi
exec "$python" "$(dirname "$0")/get_cifar10.py" "$@"
