#!/bin/bash
# Runs a command with the newest Node there is (the registry's `node` package) first in PATH. The bundles that were built
# stay; the command and all that it starts run on that Node. NEWEST_NODE_DIR: where it is installed, once for several calls.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."

if [[ -n ${NEWEST_NODE_DIR:-} ]]; then
  directory=$NEWEST_NODE_DIR
else
  directory=$(mktemp -d)
  trap 'rm -rf "$directory"' EXIT
fi
# Tests start programs as another user too, who must be able to execute it.
chmod 755 "$directory"
[[ -x $directory/node_modules/.bin/node ]] ||
  npm install node@latest --prefix "$directory" --no-audit --no-fund --loglevel=error --foreground-scripts >/dev/null
PATH=$directory/node_modules/.bin:$PATH
echo "node $(node --version)"
"$@"
