"""The same answers give the same bytes, whatever the process, its zone and its order of sets."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.conftest import ROOT

PLACES = (("1", "UTC"), ("2", "Pacific/Kiritimati"))


def test_the_same_answers_give_the_same_bytes_in_every_process() -> None:
    first, second = (
        subprocess.run(
            [sys.executable, "-m", "tests.exports.digests"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
            timeout=100,
        ).stdout.splitlines()
        for seed, zone in PLACES
    )
    assert len(first) > 5
    assert first == second
