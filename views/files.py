"""Files on the way: taken from a request, listed on pages, sent back as downloads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import current_app, make_response, request, send_file
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from forms.answers import file_ids
from forms.drawing import MEDIA_TYPE, SIDE_PIXELS
from forms.reading import AnswerError
from forms.survey import FILES
from forms.tree import Definition, Question
from language.files import content_disposition, shown_name
from models.database import reading
from models.problems import Problem
from services import attachments, reporting
from services.attachments import MOST_FILES, Kept, Stored, Upload
from views.applications import POLICY_KEY
from views.errors import RETRY_AFTER_SECONDS, sentence
from views.filling import current_moment
from views.incoming import Incoming
from views.prepared import KeptFile
from views.questions import endings

# So much is read, though not kept, that whoever chose files that are too large is told so beside
# them, with everything else that was typed.
LARGEST_REQUEST_BYTES = 1024**3
# Should a file be opened in a browser after all, nothing in it may do anything.
SANDBOX = "default-src 'none'; sandbox"
PRIVATE = "private, no-cache"

# The ids of kept files by question.
Ids = Mapping[str, list[str]]


def files_folder() -> Path:
    """Return the folder of kept files."""
    return Path(current_app.config["FILES"])


# --- taking in ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Received:
    """The files of a request by question: those that are on the disk now, and the refused ones."""

    stored: Mapping[str, list[Stored]] = field(default_factory=dict)
    refused: Mapping[str, list[tuple[str, Problem]]] = field(default_factory=dict)

    @property
    def disk_full(self) -> bool:
        """Whether there was no room for one of them."""
        return any(p.code == "disk_full" for told in self.refused.values() for _, p in told)


def allow_files(code: str) -> None:
    """Let more of a request be read than a form without files has, when a unit's link allows it.

    To be called before anything of it is read. Raises Problem as `reporting.open_link` does, but
    for a link that was revoked meanwhile: what was typed is given back.
    """
    if (request.content_length or 0) <= (request.max_content_length or 0):
        return
    try:
        with reading() as session:
            reporting.open_link(session, code, current_moment())
    except Problem as problem:
        if problem.code != "link_revoked":
            raise
    request.max_content_length = LARGEST_REQUEST_BYTES


def has_files() -> bool:
    """Return whether any file came with the request; a blank input is sent without a name."""
    return any(sent.filename for sent in request.files.values())


def asked_files(definition: Definition, owns: Callable[[str], bool]) -> list[Question]:
    """Return the questions of a page that ask for files."""
    return [q for q in definition.questions if q.type in FILES and owns(q.name)]


def receive(questions: Iterable[Question], listed: Ids, room_bytes: int) -> Received:
    """Put the files of the request on the disk for good, as far as they can be taken.

    `listed` are the ids that each question keeps, `room_bytes` is how much more the unit may send.
    Outside of a transaction: nothing may wait for a lock while files are copied.
    """
    received: dict[str, list[Stored]] = {}
    refused: dict[str, list[tuple[str, Problem]]] = {}
    for question in questions:
        free = MOST_FILES - len(listed.get(question.name, ()))
        for sent in _sent(question):
            try:
                stored = _store(question, sent, room_bytes, free)
            except Problem as problem:
                told = shown_name(sent.filename or ""), problem
                refused.setdefault(question.name, []).append(told)
            else:
                received.setdefault(question.name, []).append(stored)
                room_bytes, free = room_bytes - stored.size_bytes, free - 1
    return Received(received, refused)


def _sent(question: Question) -> list[FileStorage]:
    return [sent for sent in request.files.getlist(question.name) if sent.filename]


def _store(question: Question, sent: FileStorage, room_bytes: int, free: int) -> Stored:
    if not free:
        raise Problem("files_too_many", limit=MOST_FILES)
    if isinstance(sent.stream, Incoming) and sent.stream.problem:
        raise Problem(sent.stream.problem)
    upload = Upload(question.name, sent.filename or "", endings(question), sent.stream)
    return attachments.store(files_folder(), upload, room_bytes)


def keep(
    session: Session, assignment_id: int, received: Received, listed: Ids
) -> tuple[dict[str, list[str]], dict[str, AnswerError]]:
    """Write the rows of received files; return what each question keeps now, and what is wrong."""
    kept = {name: list(ids) for name, ids in listed.items()}
    wrong: dict[str, AnswerError] = {}
    for name in {**received.stored, **received.refused}:
        refused = list(received.refused.get(name, ()))
        ids = kept.setdefault(name, [])
        for stored in received.stored.get(name, ()):
            problem = _add(session, assignment_id, stored, ids)
            refused += [(stored.shown_name, problem)] if problem else []
        if refused:
            told = " ".join(f"“{file}”: {sentence(problem)}" for file, problem in refused)
            wrong[name] = AnswerError(name, "invalid", told)
    return {name: ids for name, ids in kept.items() if ids}, wrong


def _add(session: Session, assignment_id: int, stored: Stored, ids: list[str]) -> Problem | None:
    """Add a file to those of its question, where somebody else may just have added others."""
    if attachments.room_bytes(session, assignment_id) < stored.size_bytes:
        return Problem("attachments_full")
    id_ = attachments.keep(session, assignment_id, stored, current_moment()).id
    if id_ in ids:
        return None
    if len(ids) >= MOST_FILES:
        return Problem("files_too_many", limit=MOST_FILES)
    ids.append(id_)
    return None


def busy(page: Response | str | tuple[str, int]) -> Response:
    """Return a page that says that it may be tried again in a while."""
    response = make_response(page)
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS[response.status_code])
    return response


# --- listing --------------------------------------------------------------------------------------


def kept_files(
    session: Session,
    assignment_id: int,
    definition: Definition,
    data: Mapping[str, Any],
    address: Callable[[str, Kept], str],
) -> dict[str, tuple[KeptFile, ...]]:
    """Return the kept files that answers name, by question; what is not theirs is left out.

    `address` tells where a file is, as "download" or as "picture".
    """
    asked = asked_files(definition, lambda name: bool(data.get(name)))
    named = {question.name: file_ids(data[question.name]) for question in asked}
    if not named:
        return {}
    found = attachments.find(session, assignment_id, [id_ for ids in named.values() for id_ in ids])
    shown = {name: tuple(_shown(found, ids, address)) for name, ids in named.items()}
    return {name: files for name, files in shown.items() if files}


def _shown(
    found: Mapping[str, Kept], ids: Iterable[str], address: Callable[[str, Kept], str]
) -> Iterator[KeptFile]:
    for kept in (found[id_] for id_ in ids if id_ in found):
        picture = address("picture", kept) if kept.is_picture else ""
        yield KeptFile(
            kept.id, kept.shown_name, kept.size_bytes, address("download", kept), picture
        )


# --- sending back ---------------------------------------------------------------------------------


def download(kept: Kept) -> Response:
    """Return a file to be saved, not to be opened. Raises Problem `attachment_lost`."""
    path = attachments.path_of(files_folder(), kept)
    response = send_file(path, kept.content_type, etag=kept.sha256)
    response.headers["Content-Disposition"] = content_disposition(kept.shown_name)
    return _private(response)


def picture_of(kept: Kept) -> Response:
    """Return a kept picture drawn anew. Raises Problem as `attachments.redrawn` does."""
    etag = f"{kept.sha256}-{SIDE_PIXELS}"
    response = Response(mimetype=MEDIA_TYPE)
    response.set_etag(etag)
    if not request.if_none_match.contains(etag):
        response.set_data(attachments.redrawn(files_folder(), kept))
    response.make_conditional(request)
    return _private(response)


def _private(response: Response) -> Response:
    request.environ[POLICY_KEY] = SANDBOX
    response.headers["Cache-Control"] = PRIVATE
    return response
