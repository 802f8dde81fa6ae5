#!/usr/bin/env bash
# Cross-builds an evdev wheel for the Raspberry Pi (aarch64) on a PC with Debian: evdev has none on PyPI.
#   apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross linux-libc-dev-arm64-cross
#   tools/build_evdev_wheel.sh python3.11 wheels        Bookworm (python3.13: Trixie); its headers must be installed
# The result goes into the folder for install.sh --wheels.
set -euo pipefail
python="${1:?python3.11 or python3.13}" out="$(realpath -m "${2:?folder for the wheel}")"
headers=/usr/aarch64-linux-gnu/include/linux
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "setuptools>=77" wheel
"$work/venv/bin/pip" download --quiet --no-deps --no-binary :all: --dest "$work" "evdev>=2.0,<3"
tar -xf "$work"/evdev-*.tar.gz -C "$work"
cd "$work"/evdev-*/
tag="$("$work/venv/bin/python" -c 'import sys; print(f"cpython-{sys.version_info[0]}{sys.version_info[1]}")')"
export CC=aarch64-linux-gnu-gcc LDSHARED="aarch64-linux-gnu-gcc -shared"
export _PYTHON_HOST_PLATFORM=linux-aarch64 SETUPTOOLS_EXT_SUFFIX=".$tag-aarch64-linux-gnu.so"
"$work/venv/bin/python" setup.py -q build_ecodes \
    --evdev-headers "$headers/input.h:$headers/input-event-codes.h:$headers/uinput.h" bdist_wheel -d "$out"
ls "$out"/evdev-*-linux_aarch64.whl
