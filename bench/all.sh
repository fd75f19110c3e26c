#!/usr/bin/env bash
# all.sh   Every benchmark, one after the other; `make bench` calls it with BIN, the virtual environment's programs.
#
# MEGABYTES sets the size of the image that the layers are measured on: 1100 is the size that CONTRIBUTING.md speaks of.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${BIN:?}/python
megabytes=${MEGABYTES:-300}
corpus=build/bench/corpus
layout=build/bench/image-$megabytes

"$python" -c 'import os, platform; print(platform.machine(), os.cpu_count(), "cores, Python", platform.python_version())'
[ -d "$corpus" ] || bench/corpus.sh "$corpus"
[ -f "$layout/index.json" ] || { rm -rf "$layout" && "$python" bench/make_image.py "$layout" --megabytes "$megabytes"; }
imagelint=$("$python" bench/installed.py build/bench/installed)
echo
"$python" bench/cold_start.py --imagelint "$imagelint"
echo
"$python" bench/hook.py
echo
"$python" bench/dockerfiles.py "$corpus" --imagelint "$imagelint"
echo
"$python" bench/growth.py --imagelint "$imagelint"
echo
"$python" bench/sarif.py
echo
"$python" bench/host.py --imagelint "$imagelint" --megabytes "$megabytes"
echo
"$python" bench/spread.py --megabytes "$megabytes"
echo
"$python" bench/layers.py "$layout" --imagelint "$imagelint"
