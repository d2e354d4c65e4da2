#!/bin/bash
# Runs a command with the newest Node there is (the registry's `node` package) first in PATH. The bundles that were built
# stay; the command and all that it starts run on that Node.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
# Tests start programs as another user too, who must be able to execute it.
chmod 755 "$directory"
npm install node@latest --prefix "$directory" --no-audit --no-fund --loglevel=error --foreground-scripts >/dev/null
PATH=$directory/node_modules/.bin:$PATH
echo "node $(node --version)"
"$@"
