#!/bin/sh
# Fetches HyperKitty, the archive of Mailman 3, from PyPI into a folder with a Python of its own, for the acceptance tests:
# it is under the GPL and stays apart from everything else. It never fails: where it cannot be had it says so, and the
# tests that need it are skipped with their reason.
set -u
folder=${1:?the folder}
lists="$folder/hyperkitty"
wanted="HyperKitty==1.3.12 Django==5.0.14 django-mailman3==1.3.15 django-q2==1.10.0 djangorestframework==3.17.2
django-haystack==3.4.0 django-allauth==65.21.1 django-compressor==4.6.0 django-extensions==4.1 mailmanclient==3.3.5
mistune==3.4.0 networkx==3.6.1"

[ "$(cat "$lists/complete" 2>/dev/null)" = "$wanted" ] && exit 0
rm -rf "$lists"
mkdir -p "$lists"

fetch() {
    # shellcheck disable=SC2086 # a list of packages
    "${PYTHON:-python3}" -m venv "$lists" && timeout 480 "$lists/bin/python" -m pip install -q $wanted
}

if fetch; then
    echo "$wanted" > "$lists/complete"
else
    echo "HyperKitty could not be fetched from PyPI: the tests that need it will be skipped." >&2
fi
exit 0
