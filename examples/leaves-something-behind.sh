#!/bin/sh
# Ends at once, but a program of a session of its own lives on: `ptrack orphans` finds it, `ptrack kill-orphan --all` ends it.
setsid sleep 600 >/dev/null 2>&1 &
echo "done, or so it seems"
