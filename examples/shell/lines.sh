#!/bin/sh
# Without a command: lines on stdout that begin with ::ptrack.   ptrack run --name counting -- sh examples/shell/lines.sh
for n in 1 2 3 4; do
  echo "counting $n"
  echo "::ptrack {\"current\":$n,\"total\":4,\"unit\":\"numbers\",\"result\":{\"n\":$n,\"square\":$((n * n))}}"
done
