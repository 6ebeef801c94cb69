"""Whoever runs the installation starts it a second time."""

from __future__ import annotations

import subprocess
from urllib.request import urlopen

import pytest
from flask import Flask

from settings import Settings
from tests.browser.installation import serve
from tests.conftest import ROOT
from tests.stored import everything


def test_a_second_start_reads_the_program_once_and_changes_nothing(
    app: Flask,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = everything(app)
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    with serve(settings, workers=2) as running, urlopen(running.address) as answer:  # noqa: S310 - our own server
        assert answer.status == 200
    imported = [line.rpartition("|")[2].strip() for line in capfd.readouterr().err.splitlines()]
    for module in ("app", "pyxform", "sqlalchemy", "alembic"):
        assert imported.count(module) == 1, module
    assert everything(app) == before


def test_make_run_starts_the_program_once() -> None:
    command = ("make", "--dry-run", "--no-print-directory", "run")
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    starts = [line for line in told.splitlines() if " flask " in line or " granian " in line]
    assert len(starts) == 1
    assert "flask --app app serve --workers" in starts[0]
