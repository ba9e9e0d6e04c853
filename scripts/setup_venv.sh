#!/bin/sh
# Make a virtual environment and install sokdok into it, from nothing but python3:
#
#     scripts/setup_venv.sh VENV REQUIREMENT…       e.g. scripts/setup_venv.sh .venv '.[dev]' ./lab
#
# - Takes $PYTHON, else python3 on PATH, else the newest python3.x on PATH that is 3.11 or later.
# - Debian ships python3 without ensurepip: then python3-venv is installed with apt, as root or with sudo.
# - Keeps an environment that works; a broken one is made anew.
# - Installs with uv, which takes a sixth of pip's seconds of the processor, as pip is configured; with pip where uv can't.
# - Without an NVIDIA device, a CPU build of torch that lies in one of pip's find-links folders is preferred.
set -eu
venv=$1
shift
export PIP_DISABLE_PIP_VERSION_CHECK=1
export PIP_COMPILE=0 # a third of pip's time; Python compiles what is imported, once

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.15 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then echo "$candidate"; return; fi
    done
    fail "no Python 3.11 or later on PATH; install one (Debian: apt-get install python3), or set PYTHON=/path/to/python3"
}

works() { [ -x "$venv/bin/python" ] && new_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }

make_venv() { rm -rf "$venv"; "$1" -m venv "$venv" >/dev/null 2>&1 && works; }

install_venv_module() {
    command -v apt-get >/dev/null 2>&1 || return 1
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 || return 1
        as_root=sudo
        [ -t 0 ] || as_root='sudo -n' # nobody there to type a password
    fi
    say "python3 cannot make virtual environments yet: installing Debian's python3-venv"
    $as_root apt-get update -qq >/dev/null 2>&1 || true
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
}

if ! works; then
    python=$(find_python)
    if ! make_venv "$python"; then
        install_venv_module && { make_venv "$python" || make_venv /usr/bin/python3; } ||
            fail "$python cannot make a virtual environment; as root: apt-get install python3-venv"
    fi
fi

pip() { "$venv/bin/python" -m pip --quiet "$@"; }

# PyPI's torch for Linux brings some 3 GB of CUDA; without a device a local CPU wheel serves better, newest first.
prefer_cpu_torch() {
    [ -e /dev/nvidiactl ] && return
    "$venv/bin/python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)' && return
    tag=$("$venv/bin/python" -c 'import sys; print("cp%d%d" % sys.version_info[:2])')
    folders="${PIP_FIND_LINKS:-} $("$venv/bin/python" -m pip config get global.find-links 2>/dev/null || true)"
    for folder in $folders; do
        wheel=$(ls "$folder"/torch-*+cpu-"$tag"-"$tag"-*"$(uname -m)".whl 2>/dev/null | sort -V | tail -n 1)
        if [ -n "$wheel" ]; then pip install "$wheel" || true; return; fi
    done
}

say "installing sokdok ($*) into $venv; the first time this takes a minute or more"
case $* in *torch* | *lab* | *dev*) prefer_cpu_torch ;; esac
for requirement; do set -- "$@" --editable "$requirement"; shift; done

# What pip is told by its environment or its configuration, if it is one value: uv does not read it.
told() { printf '%s\n' "$config" | sed -n "s/^[a-z:]*\.$1='\(.*\)'$/\1/p" | head -n 1; }

with_uv() {
    [ -x "$venv/bin/uv" ] || pip install 'uv>=0.9,<1' 2>/dev/null || return 1
    config=$("$venv/bin/python" -m pip config list)
    for name in DEFAULT_INDEX:index-url INDEX:extra-index-url FIND_LINKS:find-links CONSTRAINT:constraint; do
        value=$(told "${name#*:}")
        [ -z "$value" ] || export "UV_${name%:*}=$value"
    done
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" "$@" 2>/dev/null
}

with_uv "$@" || pip install "$@" ||
    fail "pip could not install $*; the lines above say why (is a package index reachable?)"
