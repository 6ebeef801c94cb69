"""Documents as PDF, by LibreOffice where it is installed: apart, for a limited time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

PROGRAM = "soffice"
# What Calc and Writer are in the folder of LibreOffice, each a package of its own.
CALC, WRITER = "libsclo.so", "libswlo.so"
# A report of a hundred pages takes seconds; what takes longer has gone wrong.
LONGEST_SECONDS = 180.0
GLANCE_SECONDS, PATIENCE_SECONDS = 0.5, 5.0
# What LibreOffice may know of the process that starts it: no setting and no secret.
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ")


class NoPdf(Exception):
    """LibreOffice is not installed, gave nothing, or took too long."""


def program() -> str:
    """Return where LibreOffice is; blank when it is not installed, or has no Writer."""
    found = shutil.which(PROGRAM) or ""
    folder = Path(found).resolve().parent
    only_calc = (folder / CALC).exists() and not (folder / WRITER).exists()
    return "" if only_calc else found


def make_pdf(document: bytes, beside: Path, still_wanted: Callable[[], None]) -> bytes:
    """Return a .docx as PDF, made in a folder beside an unfinished file and named as that one is.

    Who removes what was left unfinished removes the folder, too: a process that is killed leaves it
    behind with the whole report. Raises NoPdf, and whatever `still_wanted` raises now and then.
    """
    found = program()
    if not found:
        raise NoPdf("LibreOffice is not installed")
    with tempfile.TemporaryDirectory(beside.suffix, f"{beside.stem}.", beside.parent) as folder:
        return _convert(found, Path(folder), document, still_wanted)


def _convert(found: str, folder: Path, document: bytes, still_wanted: Callable[[], None]) -> bytes:
    source = folder / "document.docx"
    source.write_bytes(document)
    # A profile of its own: another LibreOffice of the same user would take the work, or refuse it.
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [found, profile, "--headless", "--norestore", "--nolockcheck", "--nodefault"]
    target = ["--convert-to", "pdf", "--outdir", str(folder), str(source)]
    with subprocess.Popen(  # noqa: S603 - LibreOffice by its full path
        [*command, *target],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(folder),
        start_new_session=True,
    ) as process:
        try:
            _wait(process, still_wanted)
        finally:
            _end(process)
    result = source.with_suffix(".pdf")
    if not result.exists():
        raise NoPdf("LibreOffice wrote nothing")
    return result.read_bytes()


def _environment(folder: Path) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "HOME": str(folder), "TMPDIR": str(folder)}


def _wait(process: subprocess.Popen[bytes], still_wanted: Callable[[], None]) -> None:
    """Wait until LibreOffice has ended. Raises NoPdf when that takes too long."""
    latest = time.monotonic() + LONGEST_SECONDS
    while process.poll() is None:
        if time.monotonic() > latest:
            raise NoPdf("LibreOffice took too long")
        still_wanted()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GLANCE_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice when it still runs, and what it has started: they are a session."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE_SECONDS)
