#!/bin/sh
# Work that ptrack did not start tells of itself; the lease is the longest time without a word.   sh examples/shell/outside.sh
id=$(ptrack track start nightly-copy --lease 1m --type copy) || exit
trap 'ptrack track end "$id" --failed "it stopped in the middle"' EXIT
for n in 1 2 3; do
  # Prints go, pause or cancel: what is wanted of us.
  wanted=$(ptrack track update "$id" "$n/3" -m "part $n")
  [ "$wanted" = cancel ] && trap 'ptrack track end "$id" --cancelled' EXIT && exit 130
  ptrack result --name "$id" "{\"part\":$n}"
done
trap - EXIT
ptrack track end "$id"
