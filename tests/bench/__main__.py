"""Print, in one run and side by side, what Phiếu takes and what the bare thing takes."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from app import create_app
from settings import Settings
from tests.bench.data import measure_data
from tests.bench.following import measure_following
from tests.bench.forms import LARGE, SMALL, measure_forms, publish_forms
from tests.bench.forms import ROUNDS as ROUNDS_BY_SIZE
from tests.bench.typing import measure_typing
from tests.bench.workbook import measure_workbook
from tests.visitor import Visitor, plausible

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
WORKERS = 2
CONNECTIONS = 32
ROUNDS = 3
# No draft is saved as often.
LAST_SAVING = 99_999_999
# So many units fill in their forms at once.
DRAFTS = 32
LUA = Path(__file__).parent / "feedback.lua"
DRAFT_LUA = Path(__file__).parent / "draft.lua"


def main() -> None:
    """Run every measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=6, help="how long each server is loaded")
    seconds = parser.parse_args().seconds
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        pages, workbook, board = (Path(folder) / name for name in ("pages", "workbook", "board"))
        environ = settings_of(pages)
        run("flask", "init", environ=environ)
        links = run("flask", "links", "phan_hoi", "--format", "csv", environ=environ)
        public = "/" + links.splitlines()[1].rsplit("/", 1)[1]
        own = run("flask", "links", "dot1", "--format", "csv", environ=environ).splitlines()
        saving = begin_drafts(pages, ["/" + line.rsplit("/", 1)[1] for line in own[1 : DRAFTS + 1]])
        measure_pages(environ, public, saving, seconds)
        measure_forms()
        publish_forms(pages)
        measure_sizes(environ, seconds)
        run("flask", "init", environ=settings_of(workbook))
        run("flask", "demo", environ=settings_of(workbook))
        measure_workbook(workbook)
        measure_data(Path(folder))
        run("flask", "init", environ=settings_of(board))
        measure_following(board)


def settings_of(home: Path) -> dict[str, str]:
    """Return the environment of an installation of its own in `home`, on SQLite."""
    environ = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    home.mkdir(exist_ok=True)
    return environ | {"PHIEU_HOME": str(home), "BARE_DATABASE": str(home / "bare.sqlite3")}


def run(*command: str, environ: dict[str, str]) -> str:
    """Run a command of the virtual environment and return what it prints."""
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env=environ,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


# --- pages ----------------------------------------------------------------------------------------


def begin_drafts(home: Path, paths: list[str]) -> str:
    """Fill the drafts of units and tell wrk how pages save; return the address of the first."""
    app = create_app(Settings.from_environment({"PHIEU_HOME": str(home)}))
    visitor = Visitor(app.test_client())
    for path in paths:
        page = visitor.open(f"{path}?all=1")
        visitor.follow(visitor.send(page, "save", plausible(page.form)))
    said = page.form.values()
    # Each connection stands for a page that has seen what was saved before.
    known = {"base": said["base"][0], "version": said["version"][0], "page-seen": LAST_SAVING}
    os.environ["BODY"] = urlencode(known)
    os.environ["PATHS"] = " ".join(f"{path}/nhap" for path in paths)
    return f"{paths[0]}/nhap"


def measure_pages(environ: dict[str, str], path: str, saving: str, seconds: int) -> None:
    """Load both servers in turn, several times, and print the medians."""
    with (
        server("tests.bench.bare:app", 8931, environ) as bare,
        server("app:create_app", 8932, environ, "--factory") as phieu,
    ):
        print(f"{WORKERS} workers, {CONNECTIONS} connections, median of {ROUNDS} runs", flush=True)
        compare("public form, GET", f"{bare}/hello", f"{phieu}{path}", seconds, 0.8)
        compare("feedback, POST", f"{bare}/insert", f"{phieu}{path}", seconds, 0.5, LUA)
        compare("one answer, POST", f"{bare}/update", f"{phieu}{saving}", seconds, 0.5, DRAFT_LUA)


def measure_sizes(environ: dict[str, str], seconds: int) -> None:
    """Load a small and a large form of a unit, whole, and print how many bytes each serves."""
    paths = {}
    for count, code in ROUNDS_BY_SIZE.items():
        link = run("flask", "links", code, "--format", "csv", environ=environ).splitlines()[1]
        paths[count] = f"/{link.rsplit('/', 1)[1]}?all=1"
    with server("app:create_app", 8932, environ, "--factory") as phieu:
        found = {}
        for count, path in paths.items():
            with urlopen(phieu + path) as page:  # noqa: S310 - our own server
                size = len(page.read())
            rates = [load(phieu + path, seconds, None)[0] for _ in range(ROUNDS)]
            found[count] = statistics.median(rates) * size
            print(
                f"{'unit form, GET':18} {count:3} questions {found[count] / size:8,.0f}/s"
                f" of {size / 1000:6,.0f} KB, {found[count] / 1e6:6.1f} MB/s"
            )
    print(f"{'':18} per byte {found[LARGE] / found[SMALL]:.2f} (target 0.5)")
    measure_typing(Path(environ["PHIEU_HOME"]), paths[LARGE])


@contextmanager
def server(target: str, port: int, environ: dict[str, str], *more: str) -> Iterator[str]:
    """Serve an application the way `make run` does, and yield its address."""
    command = [
        *(str(BIN / "granian"), "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", str(WORKERS), "--blocking-threads", "1"),
        *("--log-level", "warning", *more, target),
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environ)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/hello" if "bare" in target else f"{address}/")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def wait_for(address: str) -> None:
    """Wait until a server answers. Raises TimeoutError after 20 seconds."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            with urlopen(address, timeout=2):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(address)


def compare(
    what: str, bare: str, phieu: str, seconds: int, target: float, script: Path | None = None
) -> None:
    """Load two addresses in turn and print their rates, their p99 and the ratio."""
    pairs = [(load(bare, seconds, script), load(phieu, seconds, script)) for _ in range(ROUNDS)]
    bare_rate, phieu_rate = (statistics.median(p[i][0] for p in pairs) for i in (0, 1))
    bare_p99, phieu_p99 = (statistics.median(p[i][1] for p in pairs) for i in (0, 1))
    print(
        f"{what:18} bare {bare_rate:8,.0f}/s p99 {bare_p99:6.1f} ms"
        f"   Phiếu {phieu_rate:8,.0f}/s p99 {phieu_p99:6.1f} ms"
        f"   ratio {phieu_rate / bare_rate:.2f} (target {target})"
    )


def load(address: str, seconds: int, script: Path | None) -> tuple[float, float]:
    """Return requests a second and p99 in milliseconds. Raises RuntimeError on any refusal."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    command += ["-s", str(script)] if script else []
    out = subprocess.run([*command, address], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(out)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", out)
    if not rate or not p99:
        raise RuntimeError(out)
    return float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]]


if __name__ == "__main__":
    main()
