#!/bin/bash
# The suite on the newest Node there is, as the registry's `node` package, beside the Node that everything else here runs on:
# the bundles that were built stay, the harness and all that it starts run on the other. Arguments go to vitest.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
# Tests start programs as another user too, who must be able to execute it.
chmod 755 "$directory"
npm install node@latest --prefix "$directory" --no-audit --no-fund --loglevel=error --foreground-scripts >/dev/null
bin=$directory/node_modules/.bin
echo "node $("$bin/node" --version)"
PATH=$bin:$PATH node node_modules/vitest/vitest.mjs run "$@"
