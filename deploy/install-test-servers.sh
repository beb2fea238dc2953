#!/bin/sh
# Installs Debian packages without letting any of their services start.
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive

# INN refuses to be configured on a machine whose name has no domain; the tests give it a configuration of their own.
name_the_domain() {
    sed -i 's/^#domain:.*/domain: news.example/' /etc/news/inn.conf
    dpkg --force-confold --configure -a
}

missing=""
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
    apt-get update -q
    # shellcheck disable=SC2086 # a list of packages
    apt-get install -q -y --no-install-recommends $missing || name_the_domain
fi
