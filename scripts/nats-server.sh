#!/bin/bash
# Prints the path of a nats-server that is new enough for the tests of the fleet (2.10 at least), without installing it.
# One in PATH is taken if it is; else trixie's is fetched from the Debian mirror that this machine uses, by an apt configuration
# of its own, and kept in a cache directory (PTRACK_TEST_CACHE).
set -euo pipefail

cache=${PTRACK_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ptrack-tests}
kept=$cache/nats-server/nats-server

new_enough() {
  local version
  version=$("$1" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+') || return 1
  [[ $(printf '%s\n' 2.10.23 "$version" | sort -V | head -1) == 2.10.23 ]]
}

for found in "$(command -v nats-server || true)" "$kept"; do
  if [[ -n $found ]] && new_enough "$found"; then
    echo "$found"
    exit
  fi
done

# The host and the keyring of Debian's own sources here, in either of apt's two formats.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
  grep -vE '^[[:space:]]*#' | grep -oE 'https?://[^ ]+/debian/?([[:space:]]|$)' | head -1 | tr -d '[:space:]' || true)
[[ -n $mirror ]] || { echo "cannot fetch nats-server: no Debian mirror in /etc/apt; install 2.10.23 or newer yourself" >&2; exit 1; }
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache/archives/partial,empty,debs}
echo "deb [signed-by=$keyring] $mirror trixie main" >"$work/sources.list"
apt=(-o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/empty" -o Dir::Etc::PreferencesParts="$work/empty"
  -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none -qq)
apt-get "${apt[@]}" update >&2
(cd "$work/debs" && apt-get "${apt[@]}" download nats-server >&2)
dpkg-deb -x "$work"/debs/nats-server_*.deb "$work/unpacked"
mkdir -p "$(dirname "$kept")"
# It appears whole or not at all.
cp "$(find "$work/unpacked" -type f -name nats-server)" "$kept.$$"
mv "$kept.$$" "$kept"
new_enough "$kept" || { echo "cannot use the nats-server of $mirror: it is $("$kept" --version)" >&2; exit 1; }
echo "$kept"
