#!/usr/bin/env python3
"""The simplest way, in any language: a job prints lines that begin with `::ptrack`. Elsewhere they are only text."""
import json
import time


def tell(**update):
    print("::ptrack " + json.dumps(update), flush=True)


for n in range(1, 6):
    print(f"working on part {n}")
    time.sleep(0.02)
    tell(current=n, total=5, unit="parts", result={"part": n, "size": n * n})
tell(message="all parts there", step={"id": "check", "name": "Check", "status": "done"})
