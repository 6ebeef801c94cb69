"""Proving that what was sent is still there as it was sent: one receipt, or everything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, Text, cast, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from language.codes import is_valid, normalise_code
from models import progress
from models.audit import AuditEntry
from models.campaign import Assignment, Campaign, Round
from models.form import FormFile, FormVersion
from models.problems import Problem
from models.proof import (
    DecisionRecord,
    ExtensionRecord,
    SentRecord,
    chain_head,
    entry_digest,
    moment_text,
    sent_record,
    sent_records,
)
from models.response import Attachment, Decision, Extension, Redaction, Revision
from models.unit import Unit
from services import attachments, feedback_counts, materials

# So many rows are read at once; it takes no more memory to check millions.
BATCH = 500
# The acts whose entries hold the digest of a revision.
SENDING = frozenset({"report.sent", "report.corrected", "report.adopted"})
# The act whose entries hold the digest of what is left of a revision.
ERASING = "report.erased"
DECIDING = frozenset({"report.accepted", "report.returned", "report.extended"})

# `altered` speaks of what was shown to us, `damaged` of what is stored here.
Outcome = Literal["matches", "altered", "damaged", "unknown"]


# --- one receipt ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a receipt stands for a report as it is stored; whose and of when only if it does."""

    outcome: Outcome
    receipt: str
    unit_name: str = ""
    submitted_at: datetime | None = None


def check_code(session: Session, code: str) -> Verdict:
    """Say whether there is a report with this receipt, stored as it was sent."""
    code = normalise_code(code)
    return _verdict(session, code, lambda _: True)


def check_record(session: Session, record: SentRecord) -> Verdict:
    """Say whether the record on a receipt is that of the report with this receipt."""
    return _verdict(session, record.receipt, lambda stored: stored == record.digest())


def _verdict(session: Session, code: str, agrees: Callable[[str], bool]) -> Verdict:
    row = session.execute(sent_records().where(Revision.receipt_code == code)).one_or_none()
    if row is None:
        return Verdict("unknown", code)
    record = sent_record(*row[2:])
    # Of a report from which something was erased, both the receipts from before and after count.
    digests = {row[1], redacted_digest(session, row[0])}
    if record.digest() not in digests:
        return Verdict("damaged", code)
    if not any(map(agrees, filter(None, digests))):
        return Verdict("altered", code)
    return Verdict("matches", code, record.unit_name, datetime.fromisoformat(record.submitted_at))


def redacted_digest(session: Session, revision_id: int) -> str | None:
    """Return the digest of what is left of a report, None when nothing was erased from it."""
    return session.scalar(select(Redaction.digest).where(Redaction.revision_id == revision_id))


def stored_record(session: Session, receipt: str) -> SentRecord:
    """Return the record of a receipt. Raises Problem `receipt_unknown`."""
    row = session.execute(sent_records().where(Revision.receipt_code == receipt)).one_or_none()
    if row is None:
        raise Problem("receipt_unknown")
    return sent_record(*row[2:])


def is_receipt(code: str) -> bool:
    """Tell whether a text has the shape of a receipt's code, mistypings excluded."""
    return is_valid(normalise_code(code))


# --- everything -----------------------------------------------------------------------------------


class Mismatch(Exception):
    """The first row that is not what it was; `code` says what is wrong, `details` which row."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code, details)
        self.code = code
        self.details = details


@dataclass(frozen=True, slots=True)
class Summary:
    """What was checked and found well; `head` is the digest of the newest entry of the log.

    `unnamed` files belong to no report; they are left by a crash, or by a file that was refused.
    """

    entries: int
    revisions: int
    decisions: int
    forms: int
    files: int
    unnamed: int
    head: str


def verify(session: Session, folder: Path) -> Summary:
    """Check every digest there is: of forms, reports, decisions, the log and kept files.

    `folder` is that of kept files. Raises Mismatch for the first row that does not match. Entries
    cut off the end of the log are only missed by somebody who knows its head: see `find_head`.
    """
    _check_database(session)
    _check_readable(session)
    marks = _Marks()
    forms = _check_forms(session)
    revisions = _check_revisions(session, marks)
    decided = {"decision": _Marks(), "extension": _Marks()}
    entries = _check_log(session, marks, decided)
    _check_noted(session, marks)
    _check_progress(session)
    _check_feedback(session)
    return Summary(
        entries=entries,
        revisions=revisions,
        decisions=_check_decisions(session, decided),
        forms=forms,
        files=_check_files(session, folder),
        unnamed=sum(1 for _ in attachments.unnamed(session, folder)),
        head=chain_head(session),
    )


@dataclass(frozen=True, slots=True)
class FoundHead:
    """An entry of the log that was its newest one once; `later` entries have followed."""

    entry: int
    at: datetime
    later: int


def find_head(session: Session, head: str) -> FoundHead | None:
    """Return the entry of the log with this digest, or with one that begins so; None if gone."""
    condition = AuditEntry.digest.startswith(head, autoescape=True)
    found = session.execute(select(AuditEntry.id, AuditEntry.at).where(condition)).all()
    if len(found) != 1:
        return None
    entry, at = found[0]
    later = select(func.count()).select_from(AuditEntry).where(AuditEntry.id > entry)
    return FoundHead(entry, at, session.scalar(later) or 0)


def _check_database(session: Session) -> None:
    """Let SQLite look for damage to the file itself."""
    if session.get_bind().dialect.name == "sqlite":
        told = session.scalar(text("PRAGMA integrity_check(1)"))
        if told != "ok":
            raise Mismatch("database", told=told)


def _check_progress(session: Session) -> None:
    """Compare what is kept beside assignments with what it was computed from."""
    for assignment_id in progress.mistaken(session):
        raise Mismatch("progress", row=assignment_id)


def _check_feedback(session: Session) -> None:
    """Compare the counts that are kept of feedback with its rows."""
    group_id = feedback_counts.mistaken(session)
    if group_id is not None:
        raise Mismatch("feedback", row=group_id)


# --- rows -----------------------------------------------------------------------------------------


def _rows(
    session: Session, table: str, statement: Select[*tuple[Any, ...]], key: ColumnElement[Any]
) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """Yield the rows of a statement, whose first column is `key`, in batches in order of the key.

    Raises Mismatch for the first row that cannot be read.
    """
    ordered = statement.order_by(None).order_by(key)
    last: Any = None
    while True:
        rest = ordered if last is None else ordered.where(key > last)
        try:
            batch = session.execute(rest.limit(BATCH)).all()
        except (ValueError, DBAPIError):
            batch = _readable(session, rest)
            if not batch:
                row = _row_named(session, rest.with_only_columns(key))
                raise Mismatch("unreadable", table=table, row=row) from None
        if not batch:
            return
        yield batch
        last = batch[-1][0]


def _readable(
    session: Session, statement: Select[*tuple[Any, ...]]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the rows of a batch before the first one that cannot be read."""
    size = BATCH
    while size > 1:
        size //= 2
        try:
            return session.execute(statement.limit(size)).all()
        except (ValueError, DBAPIError):
            continue
    return ()


def _row_named(session: Session, keys: Select[*tuple[Any, ...]]) -> object:
    """Return the key of the first row, or of what can still be said of it."""
    try:
        return session.scalar(keys.limit(1))
    except DBAPIError:
        return "?"


class _Marks:
    """What was seen of each row of a table: a byte for each id, wherever the ids begin and end."""

    PAGE = 4096

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def add(self, id_: int, mark: int) -> bool:
        """Mark a row; tell whether it had not been marked so before."""
        page = self._pages.setdefault(id_ // self.PAGE, bytearray(self.PAGE))
        fresh = not page[id_ % self.PAGE] & mark
        page[id_ % self.PAGE] |= mark
        return fresh

    def has(self, id_: int, mark: int) -> bool:
        """Tell whether a row has been marked so."""
        page = self._pages.get(id_ // self.PAGE)
        return page is not None and bool(page[id_ % self.PAGE] & mark)


# Marks of a revision: its digest is right, and the log speaks of it; something was erased from it,
# and the log speaks of that.
SOUND, NOTED, REDACTED, ERASED = 1, 2, 4, 8


# --- forms and reports ----------------------------------------------------------------------------


def _check_forms(session: Session) -> int:
    """Check that forms are as they were published, and so are the files beside them."""
    versions = select(
        FormVersion.id,
        FormVersion.digest,
        FormVersion.definition,
        FormVersion.source_digest,
        FormVersion.source,
    )
    count = 0
    for batch in _rows(session, "form_version", versions, FormVersion.id.expression):
        for id_, digest, definition, source_digest, source in batch:
            if (_sha256(definition), _sha256(source)) != (digest, source_digest):
                raise Mismatch("form", row=id_)
            count += 1
    files = select(FormFile.sha256, FormFile.content)
    for batch in _rows(session, "form_file", files, FormFile.sha256.expression):
        for sha256, content in batch:
            if _sha256(content) != sha256:
                raise Mismatch("form_file", row=sha256)
    return count


def _check_revisions(session: Session, marks: _Marks) -> int:
    """Check that each report has the digest that was stored with it."""
    count = 0
    for batch in _rows(session, "revision", sent_records(), Revision.id.expression):
        for row in batch:
            if not _is_sound(row):
                if not _is_sound(row, redacted_digest(session, row[0])):
                    raise Mismatch("revision", row=row[0], receipt=row[2])
                marks.add(row[0], REDACTED)
            marks.add(row[0], SOUND)
            count += 1
    return count


def _is_sound(row: Row[*tuple[Any, ...]], digest: str | None = None) -> bool:
    """Tell whether a report has this digest, that of its revision unless one is given."""
    try:
        return bool(sent_record(*row[2:]).digest() == (digest or row[1]))
    except (ValueError, TypeError, AttributeError):
        return False  # a value of another kind, as SQLite lets anybody write


def _check_noted(session: Session, marks: _Marks) -> None:
    """Check that each report stands somewhere, and that the log speaks of it."""
    revisions = select(Revision.id, Revision.receipt_code)
    for batch in _rows(session, "revision", revisions, Revision.id.expression):
        for id_, receipt in batch:
            if not marks.has(id_, SOUND):
                raise Mismatch("revision_loose", row=id_, receipt=receipt)
            if not marks.has(id_, NOTED):
                raise Mismatch("revision_unnoted", row=id_, receipt=receipt)
            if marks.has(id_, REDACTED) and not marks.has(id_, ERASED):
                raise Mismatch("redaction_unnoted", row=id_, receipt=receipt)


# --- the log --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the log as it is read; `details` is None when it is no JSON object."""

    id: int
    at: datetime
    actor: str
    act: str
    subject: str
    details: Mapping[str, Any] | None
    previous: str
    digest: str

    @property
    def receipt(self) -> str:
        """The receipt that the entry names, blank when it names none."""
        return str((self.details or {}).get("receipt", ""))

    @property
    def sealed(self) -> str | None:
        """The digest of what the entry names, None when it holds none."""
        return (self.details or {}).get("digest")

    def is_sound(self) -> bool:
        """Tell whether the entry has the digest that was stored with it."""
        if self.details is None:
            return False
        try:
            parts = (self.at, self.actor, self.act, self.subject, self.details)
            return entry_digest(self.previous, *parts) == self.digest
        except (ValueError, TypeError, AttributeError):
            return False


ENTRIES = select(
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor,
    AuditEntry.act,
    AuditEntry.subject,
    # As text: what is no JSON any more is for us to tell.
    cast(AuditEntry.details, Text),
    AuditEntry.previous,
    AuditEntry.digest,
)


def _check_log(session: Session, sent_marks: _Marks, decision_marks: Mapping[str, _Marks]) -> int:
    """Check that each entry seals the one before, and that what it names is there."""
    head, count = "", 0
    for batch in _rows(session, "audit_entry", ENTRIES, AuditEntry.id.expression):
        entries = [_entry(row) for row in batch]
        sent = _sent(session, entries)
        decided = _decided(session, entries)
        for entry in entries:
            if entry.previous != head:
                raise Mismatch("log_broken", row=entry.id)
            if not entry.is_sound():
                raise Mismatch("log_entry", row=entry.id)
            if entry.receipt:
                _check_named(entry, sent, sent_marks)
                _check_erased(session, entry, sent, sent_marks)
                _check_kept(session, entry)
            if entry.act in DECIDING:
                _check_decided(entry, decided, decision_marks)
            head, count = entry.digest, count + 1
    return count


def _entry(row: Row[*tuple[Any, ...]]) -> _Entry:
    id_, at, actor, act, subject, written, previous, digest = row
    try:
        details = json.loads(written)
    except (ValueError, TypeError, RecursionError):
        details = None
    known = details if isinstance(details, dict) else None
    return _Entry(id_, at, actor, act, subject, known, previous, digest)


@dataclass(frozen=True, slots=True)
class _Named:
    """A row that an entry names."""

    id: int
    digest: str


def _sent(session: Session, entries: Sequence[_Entry]) -> Mapping[str, _Named]:
    """Return the revisions that entries name, by receipt."""
    receipts = {entry.receipt for entry in entries if entry.receipt}
    rows = session.execute(
        select(Revision.receipt_code, Revision.id, Revision.digest).where(
            Revision.receipt_code.in_(receipts)
        )
    )
    return {receipt: _Named(id_, digest) for receipt, id_, digest in rows}


def _check_named(entry: _Entry, sent: Mapping[str, _Named], marks: _Marks) -> None:
    revision = sent.get(entry.receipt)
    if revision is None:
        raise Mismatch("revision_missing", row=entry.id, receipt=entry.receipt)
    noted = entry.sealed
    if entry.act not in SENDING or noted is None:
        return
    if noted != revision.digest:
        raise Mismatch("revision_changed", row=entry.id, receipt=entry.receipt)
    if not marks.add(revision.id, NOTED):
        raise Mismatch("revision_twice", row=entry.id, receipt=entry.receipt)


def _check_erased(
    session: Session, entry: _Entry, sent: Mapping[str, _Named], marks: _Marks
) -> None:
    """Check that what an entry says was erased is what `redaction` says."""
    if entry.act != ERASING:
        return
    revision = sent[entry.receipt]
    left = (entry.details or {}).get("left")
    found = redacted_digest(session, revision.id)
    if entry.sealed != revision.digest or left is None or left != found:
        raise Mismatch("redaction_changed", row=entry.id, receipt=entry.receipt)
    marks.add(revision.id, ERASED)


def _check_kept(session: Session, entry: _Entry) -> None:
    """Check that the files of a report are still those that were sent with it."""
    files = (entry.details or {}).get("files") or {}
    if not files:
        return
    kept = select(Attachment.id, Attachment.sha256).where(Attachment.id.in_(files))
    if dict(iter(session.execute(kept))) != files:
        raise Mismatch("files_changed", row=entry.id, receipt=entry.receipt)


# --- decisions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Made:
    """A decision or an extension: its table and row."""

    table: str
    id: int


DECISIONS: Select[*tuple[Any, ...]] = select(
    Decision.id,
    Revision.receipt_code,
    Decision.kind,
    Decision.note,
    Decision.reasons,
    Decision.deadline,
    Decision.actor,
    Decision.at,
).join(Decision.revision)
EXTENSIONS: Select[*tuple[Any, ...]] = (
    select(
        Extension.id,
        Campaign.code,
        Round.code,
        Unit.code,
        Extension.due_at,
        Extension.reason,
        Extension.actor,
        Extension.at,
    )
    .join(Assignment, Assignment.id == Extension.assignment_id)
    .join(Assignment.unit)
    .join(Assignment.round)
    .join(Round.campaign)
)


def _digest(record: type[DecisionRecord | ExtensionRecord], columns: Sequence[Any]) -> str:
    return record(*map(_as_sealed, columns)).digest()


def _as_sealed(value: Any) -> Any:
    """Return a column the way a record holds it."""
    if isinstance(value, datetime):
        return moment_text(value)
    return "" if value is None else value


def _decided(session: Session, entries: Sequence[_Entry]) -> Mapping[str, _Made]:
    """Return what was decided when these entries were made, by digest."""
    moments = {entry.at for entry in entries if entry.act in DECIDING}
    if not moments:
        return {}
    decisions = session.execute(DECISIONS.where(Decision.at.in_(moments)))
    extensions = session.execute(EXTENSIONS.where(Extension.at.in_(moments)))
    made = {_digest(DecisionRecord, row[1:]): _Made("decision", row[0]) for row in decisions}
    later = {_digest(ExtensionRecord, row[1:]): _Made("extension", row[0]) for row in extensions}
    return made | later


def _check_decided(
    entry: _Entry, decided: Mapping[str, _Made], marks: Mapping[str, _Marks]
) -> None:
    made = decided.get(entry.sealed or "")
    if made is None:
        raise Mismatch("decision_changed", row=entry.id)
    marks[made.table].add(made.id, NOTED)


def _check_readable(session: Session) -> None:
    """Read all that was decided once, before it is looked for by its moment."""
    for table, statement, key in (
        ("decision", DECISIONS, Decision.id.expression),
        ("extension", EXTENSIONS, Extension.id.expression),
    ):
        for _ in _rows(session, table, statement, key):
            pass


def _check_decisions(session: Session, marks: Mapping[str, _Marks]) -> int:
    """Check that the log speaks of everything that was decided."""
    count = 0
    for table, key in (
        ("decision", Decision.id.expression),
        ("extension", Extension.id.expression),
    ):
        for batch in _rows(session, table, select(key), key):
            for (id_,) in batch:
                if not marks[table].has(id_, NOTED):
                    raise Mismatch("decision_unnoted", table=table, row=id_)
                count += 1
    return count


# --- files ----------------------------------------------------------------------------------------

FILES: Select[*tuple[Any, ...]] = select(Attachment.id, *Attachment.__table__.columns)


def _check_files(session: Session, folder: Path) -> int:
    """Check that each kept file is there, byte for byte, and called as it was."""
    count = 0
    for batch in _rows(session, "attachment", FILES, Attachment.id.expression):
        count += len(batch)
    for damaged in attachments.damaged(session, folder):
        kept = damaged.kept
        raise Mismatch(f"file_{damaged.damage}", row=kept.id, name=kept.shown_name)
    for kept, damage in materials.damaged(session, folder):
        raise Mismatch(f"material_{damage}", row=kept.id, name=kept.shown_name)
    return count + materials.count_files(session)


def _sha256(content: object) -> str:
    """Return the SHA-256 of what a column holds; blank for what it never holds by itself."""
    if isinstance(content, str):
        content = content.encode()
    return hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else ""
