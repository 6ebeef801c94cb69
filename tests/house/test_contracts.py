"""The rules of the house are set, and are in force."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files

TOOLS = Path(sys.executable).parent
RULES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
ROOMS = {"views", "services", "exports", "models", "forms", "language"}
TARGETS = [
    "help",
    "run",
    "test",
    "demo",
    "fix",
    "lint",
    "types",
    "imports",
    "bench",
    "crash",
    "translate",
    "migrate",
    "check",
]

HEAD = '"""An act."""\n\n'
BAD_HABITS = {
    "PLC0415": 'def act() -> None:\n    """Act."""\n    import json\n\n    json.loads("")\n',
    "TID252": "from . import problems\n\n__all__ = [problems]\n",
    "E722": "try:\n    ACT = 1\nexcept:\n    ACT = 2\n",
    "DTZ005": "from datetime import datetime\n\nNOW = datetime.now()\n",
    "FIX002": "# TODO: act\n",
    "D103": "def act() -> None:\n    pass\n",
    "E501": f'ACT = "{"a" * 100}"\n',
    "PGH003": "ACT: int = 1  # type: ignore\n",
}


def run(*command: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, input=given, capture_output=True, text=True, check=False
    )


def test_rooms_import_each_other_in_one_direction() -> None:
    result = run(TOOLS / "lint-imports", "--no-cache", "--no-logo")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_contracts_are_about_every_room() -> None:
    contracts = {contract["id"]: contract for contract in RULES["importlinter"]["contracts"]}
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert rooms == ROOMS == set(RULES["importlinter"]["root_packages"])
    assert contracts["layers"]["layers"] == [
        "views", "services", "exports | models", "forms", "language"
    ]  # fmt: skip
    assert set(contracts["cycles"]["ancestors"]) == ROOMS
    for package in ("pyarrow", "pyxform", "xlsxwriter"):
        assert set(contracts[package]["source_modules"]) == ROOMS


def test_types_are_strict_in_every_room() -> None:
    assert RULES["mypy"]["strict"]
    assert set(RULES["mypy"]["files"]) == ROOMS | {"app.py", "settings.py", "start.py", "tasks.py"}


def test_warnings_are_errors() -> None:
    assert RULES["pytest"]["filterwarnings"][0] == "error"


@pytest.mark.parametrize("rule", BAD_HABITS)
def test_a_bad_habit_is_refused(rule: str) -> None:
    result = run(
        *(TOOLS / "ruff", "check", "--no-cache", "--output-format", "concise"),
        *("--stdin-filename", "services/act.py", "-"),
        given=HEAD + BAD_HABITS[rule],
    )
    assert rule in result.stdout


def test_every_exemption_names_its_rule() -> None:
    for path in files():
        if path.suffix == ".py" and path != Path(__file__):
            for line in path.read_text(encoding="utf-8").splitlines():
                assert "# noqa" not in line or "# noqa: " in line, f"{path}: {line}"
                assert "type: ignore" not in line or "type: ignore[" in line, f"{path}: {line}"


def test_make_lists_what_it_can_do() -> None:
    listed = {
        line.split()[1] for line in run("make", "--no-print-directory", "help").stdout.splitlines()
    }
    assert listed == set(TARGETS)
