"""Files that units send along: kept under a random name, found again only by their own unit."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from language.files import shown_name
from models.problems import Problem
from models.response import Attachment

ID = re.compile("[0-9a-f]{32}")
LARGEST_BYTES = 20 * 1024 * 1024
# Ten of the largest: files that were replaced stay, for a receipt may name them.
LARGEST_TOTAL_BYTES = 10 * LARGEST_BYTES
# How a file of each type begins, so that a renamed program is not taken for a picture.
SIGNATURES: dict[str, tuple[str, bytes]] = {
    ".pdf": ("application/pdf", b"%PDF-"),
    ".docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        b"PK\x03\x04",
    ),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".png": ("image/png", b"\x89PNG\r\n\x1a\n"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept file."""

    id: str
    question: str
    shown_name: str
    size_bytes: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent for a question; `accept` holds the endings that the question takes."""

    question: str
    name: str
    accept: tuple[str, ...]
    stream: IO[bytes]


def keep(
    session: Session,
    folder: Path,
    assignment_id: int,
    upload: Upload,
    now: datetime,
) -> Kept:
    """Keep a file; its bytes are on the disk for good before the row is written.

    Raises Problem `file_too_large` over 20 MB, `attachments_full` over 200 MB together, and
    `file_type` when its ending is not accepted
    or its content is not what the ending says.
    """
    content = upload.stream.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise Problem("file_too_large", limit_mb=LARGEST_BYTES // 1024**2)
    content_type = _checked_type(upload.name, upload.accept, content)
    if _kept_bytes(session, assignment_id) + len(content) > LARGEST_TOTAL_BYTES:
        raise Problem("attachments_full")
    row = Attachment(
        id=secrets.token_hex(16),
        assignment_id=assignment_id,
        question=upload.question,
        shown_name=shown_name(upload.name),
        size_bytes=len(content),
        content_type=content_type,
        sha256=hashlib.sha256(content).hexdigest(),
        stored_at=now,
    )
    _write(folder / row.id, content)
    session.add(row)
    session.flush()
    return _kept(row)


def find(session: Session, assignment_id: int, ids: Iterable[str]) -> Mapping[str, Kept]:
    """Return the kept files of an assignment among `ids`, by id; ids may come from an address."""
    wanted = [id_ for id_ in ids if ID.fullmatch(id_)]
    statement = select(Attachment).where(
        Attachment.assignment_id == assignment_id, Attachment.id.in_(wanted)
    )
    return {row.id: _kept(row) for row in session.scalars(statement)}


def _kept_bytes(session: Session, assignment_id: int) -> int:
    total = select(func.coalesce(func.sum(Attachment.size_bytes), 0))
    return int(session.scalar(total.where(Attachment.assignment_id == assignment_id)) or 0)


def _kept(row: Attachment) -> Kept:
    return Kept(row.id, row.question, row.shown_name, row.size_bytes, row.content_type)


def _checked_type(name: str, accept: tuple[str, ...], content: bytes) -> str:
    ending = Path(name).suffix.lower()
    content_type, beginning = SIGNATURES.get(ending, ("", b"\x00"))
    allowed = not accept or ending in accept
    if not (allowed and content_type and content.startswith(beginning)):
        raise Problem("file_type", accept=", ".join(accept or SIGNATURES))
    return content_type


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
