#!/usr/bin/env python3
"""A tracked program in Python, with the standard library only.

Inside a job (`ptrack run -- python3 examples/python/track.py`) it speaks for its own run; started by hand it registers
itself as an external process. JSON-RPC 2.0, one message a line, over the daemon's socket.
"""
import json
import os
import socket
import sys
import time


class Ptrack:
    def __init__(self, home=None):
        state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
        home = home or os.environ.get("PTRACK_HOME") or os.path.join(state, "ptrack")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.path.join(home, "daemon.sock"))
        self.lines = self.socket.makefile("r", encoding="utf-8", newline="\n")
        self.last_id = 0
        self.ask("hello", version="0", protocol=1, client="python")

    def ask(self, method, **params):
        self.last_id += 1
        message = {"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}
        self.socket.sendall(json.dumps(message).encode() + b"\n")
        for line in self.lines:
            reply = json.loads(line)
            if reply.get("id") != self.last_id:
                continue  # a notification
            if "error" in reply:
                raise RuntimeError(reply["error"]["message"])
            return reply["result"]
        raise ConnectionError("the daemon closed the connection")


class Task:
    """`with Task("name") as task:` is done at the end, or failed by an exception."""

    def __init__(self, name, **definition):
        self.ptrack = Ptrack()
        run = os.environ.get("PTRACK_RUN", "")
        self.external = not (os.environ.get("PTRACK_ID") and "-" in run)
        if self.external:
            # The lease holds for as long as this connection is open.
            started = self.ptrack.ask("track.start", definition={"name": name, **definition}, pid=os.getpid(), hold=True)
            self.who = {"id": started["id"], "runId": started["runId"]}
        else:
            self.who = {"id": os.environ["PTRACK_ID"], "runId": run.split("-", 1)[1]}

    def update(self, **update):
        self.ptrack.ask("progress", who=self.who, update=update)

    def step(self, id, **step):
        self.ptrack.ask("step", who=self.who, step={"id": id, **step})

    def result(self, row):
        return self.ptrack.ask("result", who=self.who, row=row)["index"]

    def checkpoint(self):
        """Waits while paused; raises when the work is to end."""
        while True:
            action = self.ptrack.ask("checkpoint", who=self.who, waitMs=30_000)["action"]
            if action == "go":
                return
            if action == "cancel":
                raise KeyboardInterrupt("cancelled")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        if not self.external:
            return  # the exit code tells
        if kind is None:
            self.ptrack.ask("track.end", who=self.who, outcome="done")
        elif kind is KeyboardInterrupt:
            self.ptrack.ask("track.end", who=self.who, outcome="cancelled")
        else:
            self.ptrack.ask("track.end", who=self.who, outcome="failed", error=str(error)[:2000])


def main():
    files = [f"file-{n}.csv" for n in range(1, 11)]
    with Task("python-import", type="import") as task:
        task.step("import", name="Import the files", status="running")
        for n, file in enumerate(files, start=1):
            task.checkpoint()
            time.sleep(0.02)
            task.result({"file": file, "rows": n * 100})
            task.update(current=n, total=len(files), unit="files", message=file)
        task.step("import", status="done")


if __name__ == "__main__":
    sys.exit(main())
