"""Starts `flask serve` as often as it is asked to, each time in a group of processes of its own.

The program is loaded once, and every server is a copy of this process: so it is there in a tenth
of the time, and can be killed ten times as often. It reads "start" and "kill" from its standard
input, a word a line, and answers with a line when it is done.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

from flask.cli import cli

import app

COMMAND = ["--app", app.__name__, "serve", "--workers", "2"]
# Linux: orphans of a killed server become children of this process, so that it sees them end.
PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Do what the standard input says until it ends."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    group = 0
    for line in sys.stdin:
        if line.strip() == "start":
            group = start()
        else:
            kill(group)
        sys.stdout.write(f"{group}\n")
        sys.stdout.flush()
    # Whoever gave the orders has ended, perhaps not of its own will.
    kill(group)


def start() -> int:
    """Start a server and return its group of processes."""
    child = os.fork()
    if child == 0:
        serve()
    with suppress(OSError):
        # Also here: whichever of the two comes first.
        os.setpgid(child, child)
    return child


def serve() -> NoReturn:
    """Become the server."""
    os.setpgid(0, 0)
    # What it says of its start is not for whoever gives the orders.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    cli.main(args=COMMAND, prog_name="flask")
    raise SystemExit(0)


def kill(group: int) -> None:
    """Kill the server, its workers and what else it has started; return when all have ended."""
    if not group:
        return
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-group, 0)


if __name__ == "__main__":
    main()
