"""A disk that fills up: told, and nothing lost or half written."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from tests.conftest import make_settings
from tests.crash.telling import told_to_wait, typed, verified
from tests.office_files import PDF
from tests.stored import everything, open_round, revisions
from tests.visitor import Visitor

SQLITE = "sqlite:///"
DISK_BYTES = 24 * 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(place))
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can make a small disk")
    yield place
    subprocess.run(("umount", "--lazy", str(place)), check=True)


@contextmanager
def full(disk: Path, *, room_bytes: int = 0) -> Iterator[None]:
    """Leave so much room on a disk, until the end of the block."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        size = 1024 * 1024
        while size >= 4096:
            try:
                file.write(bytes(size))
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017 - it is expected, and ends the loop
                size //= 2
        file.truncate(file.tell() - room_bytes)
    yield
    ballast.unlink()


@pytest.fixture
def small(disk: Path, template: str) -> Flask:
    """Return an installation on the small disk."""
    shutil.copy(template.removeprefix(SQLITE), disk / "phieu.sqlite3")
    return create_app(make_settings(disk, f"{SQLITE}{disk / 'phieu.sqlite3'}"))


@pytest.mark.parametrize("room_bytes", [0, 4096, 65536])
def test_a_full_disk_is_told_and_nothing_is_lost(small: Flask, disk: Path, room_bytes: int) -> None:
    visitor = Visitor(small.test_client())
    page = visitor.open(f"/{open_round(small)}?all=1")
    values = typed(page, so_ky_hieu="x" * 40)
    kept = visitor.post(page.form.action, {**values, "action": "save"})
    assert kept.status == 303
    before = everything(small)
    with full(disk, room_bytes=room_bytes):
        # What still fits may be kept; after that there is nothing left but to say so.
        for number in range(100):
            sent = {**values, "so_ky_hieu": f"{number} " + "y" * 40, "action": "save"}
            answer = visitor.post(page.form.action, sent)
            if answer.status != 303:
                break
            before = everything(small)
        told_to_wait(answer)
        told_to_wait(visitor.post(page.form.action, {**values, "action": "submit"}))
        assert everything(small) == before
        assert visitor.open(page.address).status == 200
        assert visitor.open("/kiem-tra").status == 200
    receipt = visitor.follow(visitor.post(page.form.action, {**values, "action": "submit"}))
    assert "Biên nhận điện tử" in receipt.text
    assert len(revisions(small)) == 1
    assert verified(small)


def test_a_file_that_finds_no_room_leaves_nothing_half_written(small: Flask, disk: Path) -> None:
    visitor = Visitor(small.test_client())
    page = visitor.open(f"/{open_round(small)}?all=1")
    file = (PDF + b"%" * 2_000_000, "Báo cáo.pdf")
    values = {**typed(page, tep_bao_cao=file), "action": "submit"}
    with full(disk, room_bytes=1_000_000):
        answer = visitor.post(page.form.action, values, multipart=True)
        assert answer.status == 503
        assert int(answer.response.headers["Retry-After"]) > 0
        assert revisions(small) == []
        files = [path for path in small.config["FILES"].rglob("*") if path.is_file()]
        assert files == []
    receipt = visitor.follow(visitor.post(page.form.action, values, multipart=True))
    assert "Báo cáo.pdf" in receipt.text
    assert verified(small)


def test_a_server_that_starts_on_a_full_disk_says_so(small: Flask, disk: Path) -> None:
    code = open_round(small)
    other = create_app(make_settings(disk, small.config["SQLALCHEMY_DATABASE_URI"]))
    with full(disk):
        told = small.test_cli_runner().invoke(
            args=["account", "create", "a@example.com", "--role", "admin"],
            input="mật khẩu đủ dài để thử",
        )
        assert told.exit_code == 2
        assert "hết chỗ lưu" in told.output
        page = Visitor(other.test_client()).open(f"/{code}")
        assert page.status in (200, 503)
    assert Visitor(other.test_client()).open(f"/{code}").status == 200
