#!/bin/sh
# A job in shell: the commands know which run they belong to.   ptrack run --name backup -- sh examples/shell/inside-a-job.sh
set -e
ptrack step pack --name "Pack the folders" --status running
n=0
for folder in etc home srv; do
  ptrack checkpoint || exit 130   # waits while paused; fails when the job is to end
  n=$((n + 1))
  ptrack progress "$n/3" --unit folders -m "$folder"
  ptrack result "{\"folder\":\"$folder\",\"bytes\":$((n * 1000))}"
done
ptrack step pack --status done
