"""The worker beside the web processes: begun and ended with them, begun again when it dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

from flask import Flask

LOOK_SECONDS = 0.5
# Before a worker that has died is begun again.
PAUSE_SECONDS = 1.0
# A task that has not ended by then is done again at the next start: it may be killed at any time.
PATIENCE_SECONDS = 20.0


@contextmanager
def working_beside(app: Flask) -> Iterator[None]:
    """Keep a worker running until the end of the block.

    Processes are forked, so this comes before anything that makes threads or connections.
    """
    keeper = multiprocessing.Process(target=_keep, args=(app, os.getpid()))
    keeper.start()
    try:
        yield
    finally:
        _end_process(keeper, 2 * PATIENCE_SECONDS)


def _keep(app: Flask, parent: int) -> None:
    """Begin the worker again and again while the server lives."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    while os.getppid() == parent:
        worker = multiprocessing.Process(target=_work, args=(app, os.getpid()))
        try:
            worker.start()
            while worker.is_alive() and os.getppid() == parent:
                worker.join(LOOK_SECONDS)
        finally:
            _end_process(worker, PATIENCE_SECONDS)
        time.sleep(PAUSE_SECONDS)


def _end_process(process: BaseProcess, patience: float) -> None:
    """Ask a process to end, and kill it when it has not after `patience` seconds."""
    if process.pid is None:
        return
    process.terminate()
    process.join(patience)
    if process.is_alive():
        process.kill()
        process.join()


def _end(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def _work(app: Flask, parent: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    app.extensions["work"]()


def _end_with(parent: int) -> None:
    """End this process when its parent has: a killed server leaves nobody behind."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
