"""An installation that runs for tests: the server in processes of its own, on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask

from app import create_app
from settings import Settings
from tests.conftest import ROOT

SERVE = "-m flask --app start serve --workers"
SECONDS_TO_START = 90.0
SECONDS_TO_STOP = 60.0


@dataclass(frozen=True)
class Installation:
    """Where an installation is reached, and an application on the same database to arrange with.

    `process` is the number of the server's process.
    """

    address: str
    app: Flask
    process: int


@contextmanager
def serve(settings: Settings, workers: int = 1, port: int | None = None) -> Iterator[Installation]:
    """Run a server like `make run` does, until the end of the block; on a free port if on none."""
    port = port or free_port()
    environment = {
        **os.environ,
        "PHIEU_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    with subprocess.Popen(
        [sys.executable, *SERVE.split(), str(workers)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    ) as server:
        try:
            wait_for(port, server)
            yield Installation(f"http://127.0.0.1:{port}", create_app(settings), server.pid)
        finally:
            stop(server)


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to end; fail when it does not."""
    server.terminate()
    try:
        server.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        server.kill()
        raise AssertionError("the server was asked to end, and went on") from None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers; fail when it has ended instead."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        assert server.poll() is None, f"the server ended with {server.returncode}"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"no server at port {port}")
