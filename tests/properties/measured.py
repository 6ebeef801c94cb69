"""Reads files in a child of its own each, and tells what that took: what is read is hostile.

Run with nothing: for each line that comes in, `kind<TAB>path`, a line of JSON goes out. Every file
is read after a fork, so that the peak of memory is that of this file alone.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
from pathlib import Path

from forms.datasets import read_dataset
from forms.findings import FormErrors
from forms.sheets import read_form

# ru_maxrss is in kilobytes, on macOS in bytes.
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
LONGEST_SECONDS = 60
READERS = {"form": read_form, "dataset": read_dataset}


def measure(kind: str, path: Path) -> dict[str, object]:
    """Read one file; return what was found, and the time and the memory that it took."""
    source = path.read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF)
    try:
        form = READERS[kind](source, path.name)
        found = getattr(form, "errors", ())
        sheets = sorted(getattr(form, "sheets", ()))
    except FormErrors as errors:
        found, sheets = errors.errors, []
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "found": [(f.sheet, f.cell, f.key, f.sentence("vi"), f.sentence("en")) for f in found],
        "sheets": sheets,
        "seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "megabytes": (after.ru_maxrss - before.ru_maxrss) * MAXRSS_UNIT / 2**20,
    }


def answer(line: str) -> None:
    """Measure in this process, which is a fork, and write the answer."""
    kind, _, path = line.rstrip("\n").partition("\t")
    try:
        told = measure(kind, Path(path))
    except BaseException:  # noqa: BLE001 - whatever it is, the test must show it
        told = {"failure": traceback.format_exc()}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Answer line after line."""
    while line := sys.stdin.readline():
        child = os.fork()
        if not child:
            resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_SECONDS, LONGEST_SECONDS))
            answer(line)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            sys.stdout.write(json.dumps({"failure": f"the child ended with {status}"}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
