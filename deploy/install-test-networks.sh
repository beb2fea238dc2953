#!/bin/sh
# Fetches servers that npm has and Debian has not into a folder, for the acceptance tests. It never fails: where Node 20,
# the registry or a compiler is missing it says so, and the tests that need the server are skipped with their reason.
set -u
folder=${1:?the folder}
bluesky="$folder/bluesky"
wanted="@atproto/dev-env@0.6.7 @atproto/sync@0.4.11 core-js@3.51.0 ws@8.23.0"
# With a date, what the packages themselves depend on is the same every time, without a lock file.
as_of=2026-11-22

[ "$(cat "$bluesky/complete" 2>/dev/null)" = "$wanted $as_of" ] && exit 0
rm -rf "$bluesky"
mkdir -p "$bluesky"

# Of all scripts that packages would run when they are installed, one alone is needed: it brings SQLite's library, ready
# made where it can be downloaded; else it is compiled without optimising, which takes a quarter of the time.
bring_sqlite() {
    cd node_modules/better-sqlite3 || return 1
    timeout 60 ../.bin/prebuild-install >/dev/null 2>&1 || timeout 300 npm run --silent build-debug >/dev/null 2>&1
}

fetch() {
    cd "$bluesky" || return 1
    echo '{"private": true}' > package.json
    quietly="--no-package-lock --no-audit --no-fund --loglevel=error"
    # shellcheck disable=SC2086 # lists of words
    timeout 480 npm install --before="$as_of" --ignore-scripts $quietly $wanted && (bring_sqlite)
}

is_node_new_enough() {
    node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null
}

if is_node_new_enough && (fetch); then
    echo "$wanted $as_of" > "$bluesky/complete"
else
    echo "Bluesky's servers could not be fetched from npm: the tests that need them will be skipped." >&2
fi
exit 0
