#!/bin/sh
# Build sokdok and try it where nothing else is: a fresh environment in a temporary folder, away from the source tree.
#
#     scripts/check_wheel.sh PYTHON [DIST]
#
# - Without DIST the wheel is built into the temporary folder; with DIST wheel and sdist are built into that folder, and each
#   is installed alone and tried, on exactly what requirements/base.lock names.
# - With DIST a bill of materials of that installation (CycloneDX) and the checksums of all are written beside them.
# - Tried: size, `sokdok demo`, and that every module imports or names an extra (scripts/check_base_install.py).
set -eu
python=$1
dist=${2:-}
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d "${TMPDIR:-/tmp}/sokdok-wheel.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_COMPILE=0
pip() { "$python" -m pip --python "$folder/venv/bin/python" "$@"; } # there is none in the fresh environment

if [ -n "$dist" ]; then
    mkdir -p "$dist"
    "$python" -m build --outdir "$dist" "$here" >"$folder/build.log" 2>&1 || { cat "$folder/build.log" >&2; exit 1; }
    version=$("$python" -c 'import sys, tomllib; print(tomllib.load(open(sys.argv[1], "rb"))["project"]["version"])' "$here/pyproject.toml")
    packages="$(cd "$dist" && pwd)/sokdok-$version-py3-none-any.whl $(cd "$dist" && pwd)/sokdok-$version.tar.gz"
else
    "$python" -m pip wheel --quiet --no-deps --wheel-dir "$folder" "$here"
    packages=$(ls "$folder"/sokdok-*.whl)
fi

cp "$here/scripts/check_base_install.py" "$folder/"
for package in $packages; do
    echo "base install: $(basename "$package"), $(du -k "$package" | cut -f 1) KB"
    "$python" -m venv --clear --without-pip "$folder/venv"
    if [ -n "$dist" ]; then
        pip install --quiet --require-hashes --requirement "$here/requirements/base.lock"
        pip install --quiet --no-deps "$package"
        pip check
    else
        pip install --quiet "$package"
    fi
    (cd "$folder" && env -u PYTHONPATH "$folder/venv/bin/python" check_base_install.py)
done

if [ -n "$dist" ]; then
    "$python" -m cyclonedx_py environment --pyproject "$here/pyproject.toml" --mc-type library --output-reproducible \
        --output-format JSON --output-file "$dist/sokdok-$version.cdx.json" "$folder/venv/bin/python"
    (cd "$dist" && sha256sum -- * >"$folder/SHA256SUMS" && mv "$folder/SHA256SUMS" .)
    ls -l "$dist"
fi
