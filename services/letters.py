"""Letters to units: written with the act they tell of, and what becomes of each afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from language.codes import show_code
from language.dates import format_moment
from language.text import clean
from models.decided import AssignedReport
from models.letter import FILED, SENDING, SENT, UNADDRESSED, WAITING, Letter
from models.problems import Problem

# A letter that has been on its way for so long was left behind.
LONGEST_SENDING = timedelta(minutes=10)
LONGEST_PROBLEM = 300


@dataclass(frozen=True, slots=True)
class Told:
    """What a letter tells: `note`, the sentence of each marked question, and until when.

    `marks` are pairs of a question as the unit knows it and what is wrong with it; `address` is the
    link of the unit, blank when it has none that opens.
    """

    note: str = ""
    marks: Sequence[tuple[str, str]] = ()
    deadline: datetime | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a letter of one kind is worded, with places for what is known of the report."""

    subject: str
    opening: str
    note: str = ""
    marks: str = ""
    deadline: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class ReadyLetter:
    """A letter as it is delivered; see models.letter.Letter."""

    id: int
    kind: str
    to: str
    subject: str
    text: str
    html: str
    created_at: datetime
    state: str
    tries: int
    sent_at: datetime | None
    problem: str


WORDINGS: Mapping[str, Wording] = {
    "report.returned": Wording(
        subject="Đề nghị chỉnh sửa báo cáo: {round}",
        opening="{board} đã xem báo cáo {round} của đơn vị (số tiếp nhận {receipt}, gửi lúc "
        "{sent_at}) và đề nghị đơn vị chỉnh sửa, gửi lại.",
        note="Lý do: {note}",
        marks="Các câu cần chỉnh sửa:",
        deadline="Vui lòng gửi lại trước {deadline}.",
        link="Mở đường dẫn sau để xem các câu được đánh dấu, chỉnh sửa và gửi lại:",
    ),
    "report.accepted": Wording(
        subject="Đã duyệt báo cáo: {round}",
        opening="{board} đã duyệt báo cáo {round} của đơn vị (số tiếp nhận {receipt}, gửi lúc "
        "{sent_at}). Đơn vị không phải làm gì thêm. Trân trọng cảm ơn.",
        link="Báo cáo đã gửi vẫn xem được tại:",
    ),
    "report.extended": Wording(
        subject="Gia hạn báo cáo: {round}",
        opening="{board} đã gia hạn báo cáo {round} cho đơn vị.",
        note="Lý do: {note}",
        deadline="Hạn mới: {deadline}.",
        link="Mở báo cáo tại:",
    ),
    "difficulty.answered": Wording(
        subject="Trả lời khó khăn, vướng mắc: {round}",
        opening="{board} đã xem khó khăn, vướng mắc do đơn vị phản ánh (số tiếp nhận {receipt}, "
        "gửi lúc {sent_at}) và trả lời như sau:",
        note="{note}",
        link="Nội dung trả lời cũng có tại biên nhận của phản ánh này. Đường dẫn của đơn vị:",
    ),
    "report.corrected": Wording(
        subject="Đã điều chỉnh báo cáo thay đơn vị: {round}",
        opening="{board} đã điều chỉnh báo cáo {round} thay cho đơn vị (số tiếp nhận {receipt}, "
        "lúc {sent_at}).",
        note="Lý do: {note}",
        link="Vui lòng mở đường dẫn sau, mục Lịch sử báo cáo, để xem những gì đã thay đổi:",
    ),
}
GREETING = "Kính gửi: {unit}"
CONFIDENTIAL = "Đường dẫn này dành riêng cho đơn vị, vui lòng không chuyển ra ngoài đơn vị."
CLOSING = (
    "Thư do hệ thống Phiếu gửi tự động. Nếu có vướng mắc, vui lòng liên hệ {board}.",
    "Trân trọng.",
)


# --- writing --------------------------------------------------------------------------------------


def write(session: Session, kind: str, report: AssignedReport, told: Told, now: datetime) -> int:
    """Write a letter of a kind in WORDINGS to the unit of a report; return its id.

    It waits to be delivered after the commit, unless the unit has no e-mail address.
    """
    wording = WORDINGS[kind]
    parts = _parts(wording, report, told)
    letter = Letter(
        kind=kind,
        assignment_id=report.assignment_id,
        to=clean(report.email),
        subject=clean(wording.subject.format(**_known(report, told))),
        text=_text(parts),
        html=_html(parts),
        created_at=now,
        state=WAITING if clean(report.email) else UNADDRESSED,
    )
    session.add(letter)
    session.flush()
    return letter.id


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph of a letter; then maybe a list, or an address to open."""

    text: str
    listed: Sequence[tuple[str, str]] = ()
    address: str = ""


def _parts(wording: Wording, report: AssignedReport, told: Told) -> list[Part]:
    known = _known(report, told)
    parts = [Part(GREETING.format(**known)), Part(wording.opening.format(**known))]
    if wording.note and told.note:
        parts.append(Part(wording.note.format(**known)))
    if wording.marks and told.marks:
        parts.append(Part(wording.marks, listed=told.marks))
    if wording.deadline and told.deadline:
        parts.append(Part(wording.deadline.format(**known)))
    if wording.link and told.address:
        parts += [Part(wording.link, address=told.address), Part(CONFIDENTIAL)]
    return [*parts, *(Part(line.format(**known)) for line in CLOSING)]


def _known(report: AssignedReport, told: Told) -> dict[str, str]:
    return {
        "unit": report.unit_name,
        "round": report.round_title,
        "board": report.board_name,
        "receipt": show_code(report.receipt),
        "sent_at": format_moment(report.sent_at) if report.sent_at else "",
        "note": told.note,
        "deadline": format_moment(told.deadline) if told.deadline else "",
    }


def _text(parts: Iterable[Part]) -> str:
    return "\n\n".join("\n".join(_lines(part)) for part in parts) + "\n"


def _lines(part: Part) -> Iterator[str]:
    yield part.text
    for number, (label, reason) in enumerate(part.listed, start=1):
        yield f"{number}. {label}: {reason}"
    if part.address:
        yield part.address


def _html(parts: Iterable[Part]) -> str:
    body = Markup("\n").join(_drawn(part) for part in parts)
    return Markup(
        '<!doctype html>\n<html lang="vi">\n<head><meta charset="utf-8"></head>\n'
        '<body style="font-family: sans-serif; line-height: 1.6">\n{}\n</body>\n</html>\n'
    ).format(body)


def _drawn(part: Part) -> Markup:
    drawn = Markup("<p>{}</p>").format(_broken(part.text))
    if part.listed:
        items = (
            Markup("<li><strong>{}</strong>: {}</li>").format(label, _broken(reason))
            for label, reason in part.listed
        )
        drawn += Markup("\n<ol>\n{}\n</ol>").format(Markup("\n").join(items))
    if part.address:
        drawn += Markup('\n<p><a href="{0}">{0}</a></p>').format(part.address)
    return drawn


def _broken(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.splitlines())


# --- delivering -----------------------------------------------------------------------------------


def waiting(session: Session, now: datetime) -> tuple[int, ...]:
    """Return the ids of the letters that are to be delivered, the oldest first."""
    rows = session.scalars(select(Letter.id).where(_deliverable(now)).order_by(Letter.id))
    return tuple(rows)


def take(session: Session, letter_id: int, now: datetime) -> ReadyLetter | None:
    """Take a letter to deliver it; None when it needs no delivery or somebody else does it.

    To be committed before the delivery begins, so that no letter goes out twice at once.
    """
    taken = session.execute(
        update(Letter)
        .where(Letter.id == letter_id, _deliverable(now))
        .values(state=SENDING, tries=Letter.tries + 1, tried_at=now)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return _ready(session.get_one(Letter, letter_id)) if taken else None


def delivered(session: Session, letter_id: int, now: datetime, *, filed: bool = False) -> None:
    """Note that a letter was handed to the mail server or, when `filed`, written to a file."""
    letter = session.get_one(Letter, letter_id)
    letter.state, letter.sent_at, letter.problem = FILED if filed else SENT, now, ""
    session.flush()


def failed(session: Session, letter_id: int, problem: str) -> None:
    """Note why a letter could not be delivered; it goes on waiting."""
    letter = session.get_one(Letter, letter_id)
    letter.state, letter.problem = WAITING, clean(problem)[:LONGEST_PROBLEM]
    session.flush()


def letters_to(session: Session, assignment_id: int) -> tuple[ReadyLetter, ...]:
    """Return the letters to the unit of an assignment, the newest first."""
    rows = session.scalars(
        select(Letter).where(Letter.assignment_id == assignment_id).order_by(Letter.id.desc())
    )
    return tuple(map(_ready, rows))


def find(session: Session, assignment_id: int, letter_id: int) -> ReadyLetter:
    """Return a letter to the unit of an assignment. Raises Problem `letter_unknown`."""
    row = session.scalar(
        select(Letter).where(Letter.id == letter_id, Letter.assignment_id == assignment_id)
    )
    if row is None:
        raise Problem("letter_unknown")
    return _ready(row)


def _deliverable(now: datetime) -> ColumnElement[bool]:
    left_behind = and_(Letter.state == SENDING, Letter.tried_at < now - LONGEST_SENDING)
    return or_(Letter.state == WAITING, left_behind)


def _ready(row: Letter) -> ReadyLetter:
    return ReadyLetter(
        row.id,
        row.kind,
        row.to,
        row.subject,
        row.text,
        row.html,
        row.created_at,
        row.state,
        row.tries,
        row.sent_at,
        row.problem,
    )
