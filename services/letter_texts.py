"""How letters are worded: templates with named places, and what stands in them for a unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from language.codes import show_code
from language.dates import format_moment, local, short_date
from language.text import clean, clean_lines, forbidden_character
from models.addressed import AddressedUnit, LetterRound
from models.campaign import Campaign
from models.letter import LetterTemplate
from models.problems import Problem
from services import audit
from services.states import later

LONGEST_SUBJECT, LONGEST_BODY = 200, 8000
PLACE = re.compile(r"\{([^{}\n]*)\}")

# Places in a template, by name. Their meanings are on the page of templates and in the guide.
LINK = "duong_dan"
MARKS = "cac_cau"
PLACES = (
    "don_vi", "nguoi_lien_he", "dot", "chuyen_de", "ke_hoach", "ban", "han", "so_ngay", "dong",
    LINK, "ma",
)  # fmt: skip
# Known only of letters that tell of an act on a report.
REPORT_PLACES = ("so_tiep_nhan", "gui_luc", "ly_do", MARKS)


@dataclass(frozen=True, slots=True)
class Wording:
    """A template: a subject of one line, and paragraphs with blank lines between them.

    A paragraph is left out when a place in it has nothing to stand there.
    """

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a template: where (`subject` or `body`), a code, the words at fault."""

    field: str
    code: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A filled template; `inner` is the HTML of the text alone, for a page."""

    subject: str
    text: str
    inner: Markup

    @property
    def html(self) -> str:
        """Return the HTML of the letter: nothing in it is loaded from anywhere."""
        return PAGE.format(self.inner)


PAGE = Markup(
    '<!doctype html>\n<html lang="vi">\n<head><meta charset="utf-8"></head>\n'
    '<body style="font-family: sans-serif; line-height: 1.6">\n{}\n</body>\n</html>\n'
)
GREETING = "Kính gửi: {don_vi}"
PRIVATE = "Đường dẫn này dành riêng cho đơn vị, vui lòng không chuyển ra ngoài đơn vị."
ENDING = (
    "Thư do hệ thống Phiếu gửi tự động. Nếu có vướng mắc, vui lòng liên hệ {ban}.\n\nTrân trọng."
)


def _worded(subject: str, *paragraphs: str) -> Wording:
    return Wording(subject, "\n\n".join((GREETING, *paragraphs, ENDING)))


def _with_link(words: str) -> str:
    return f"{words}\n{{duong_dan}}\n{PRIVATE}"


REMINDERS = ("reminder_before", "reminder_due", "reminder_after")
FREE = "free"
# Kind -> how it is worded, unless the campaign says otherwise.
DEFAULTS: Mapping[str, Wording] = {
    "invitation": _worded(
        "Đề nghị báo cáo: {dot}",
        "Thực hiện {ke_hoach}, {ban} đề nghị đơn vị báo cáo {dot}.",
        "Hạn báo cáo: {han}.",
        _with_link(
            "Đơn vị nhập báo cáo qua đường dẫn sau, không cần tài khoản; có thể lưu nháp và nhập "
            "tiếp nhiều lần:"
        ),
    ),
    "reminder_before": _worded(
        "Nhắc báo cáo: {dot}",
        "{ban} chưa nhận được báo cáo {dot} của đơn vị. Hạn báo cáo: {han} (còn {so_ngay} ngày).",
        _with_link("Vui lòng hoàn thành và gửi báo cáo qua đường dẫn sau:"),
        "Nếu đơn vị vừa gửi báo cáo, vui lòng bỏ qua thư này.",
    ),
    "reminder_due": _worded(
        "Hôm nay đến hạn báo cáo: {dot}",
        "Hôm nay là hạn báo cáo {dot} ({han}). {ban} chưa nhận được báo cáo của đơn vị.",
        _with_link("Vui lòng hoàn thành và gửi báo cáo qua đường dẫn sau:"),
        "Nếu đơn vị vừa gửi báo cáo, vui lòng bỏ qua thư này.",
    ),
    "reminder_after": _worded(
        "Quá hạn báo cáo: {dot}",
        "Báo cáo {dot} đã quá hạn {so_ngay} ngày (hạn báo cáo: {han}). {ban} chưa nhận được báo "
        "cáo của đơn vị.",
        _with_link("Vui lòng gửi báo cáo sớm nhất qua đường dẫn sau:"),
        "Nếu đơn vị vừa gửi báo cáo, vui lòng bỏ qua thư này.",
    ),
    "closing": _worded(
        "Kết thúc đợt báo cáo: {dot}",
        "{ban} kết thúc nhận báo cáo {dot}. Trân trọng cảm ơn sự phối hợp của đơn vị.",
        "Thời điểm đóng: {dong}.",
        _with_link("Báo cáo đã gửi vẫn xem được tại:"),
    ),
    "report.returned": _worded(
        "Đề nghị chỉnh sửa báo cáo: {dot}",
        "{ban} đã xem báo cáo {dot} của đơn vị (số tiếp nhận {so_tiep_nhan}, gửi lúc {gui_luc}) "
        "và đề nghị đơn vị chỉnh sửa, gửi lại.",
        "Lý do: {ly_do}",
        "Các câu cần chỉnh sửa:\n{cac_cau}",
        "Vui lòng gửi lại trước {han}.",
        _with_link("Mở đường dẫn sau để xem các câu được đánh dấu, chỉnh sửa và gửi lại:"),
    ),
    "report.accepted": _worded(
        "Đã duyệt báo cáo: {dot}",
        "{ban} đã duyệt báo cáo {dot} của đơn vị (số tiếp nhận {so_tiep_nhan}, gửi lúc {gui_luc}). "
        "Đơn vị không phải làm gì thêm. Trân trọng cảm ơn.",
        _with_link("Báo cáo đã gửi vẫn xem được tại:"),
    ),
    "report.extended": _worded(
        "Gia hạn báo cáo: {dot}",
        "{ban} đã gia hạn báo cáo {dot} cho đơn vị.",
        "Lý do: {ly_do}",
        "Hạn mới: {han}.",
        _with_link("Mở báo cáo tại:"),
    ),
    "report.corrected": _worded(
        "Đã điều chỉnh báo cáo thay đơn vị: {dot}",
        "{ban} đã điều chỉnh báo cáo {dot} thay cho đơn vị (số tiếp nhận {so_tiep_nhan}, lúc "
        "{gui_luc}).",
        "Lý do: {ly_do}",
        _with_link("Vui lòng mở đường dẫn sau, mục Lịch sử báo cáo, để xem những gì đã thay đổi:"),
    ),
    "difficulty.answered": _worded(
        "Trả lời khó khăn, vướng mắc: {dot}",
        "{ban} đã xem khó khăn, vướng mắc do đơn vị phản ánh (số tiếp nhận {so_tiep_nhan}, gửi lúc "
        "{gui_luc}) và trả lời như sau:",
        "{ly_do}",
        _with_link(
            "Nội dung trả lời cũng có tại biên nhận của phản ánh này. Đường dẫn của đơn vị:"
        ),
    ),
    FREE: _worded(
        "Thông báo: {dot}",
        "{ban} thông báo về {dot} như sau:",
        _with_link("Báo cáo của đơn vị ở đường dẫn sau:"),
    ),
}


# --- templates ------------------------------------------------------------------------------------


def wordings(session: Session, campaign_id: int) -> Mapping[str, Wording]:
    """Return how a campaign words each kind of letter."""
    rows = session.execute(
        select(LetterTemplate.kind, LetterTemplate.subject, LetterTemplate.body).where(
            LetterTemplate.campaign_id == campaign_id
        )
    )
    own = {kind: Wording(subject, body) for kind, subject, body in rows}
    return {kind: own.get(kind, default) for kind, default in DEFAULTS.items()}


def own_kinds(session: Session, campaign_id: int) -> frozenset[str]:
    """Return the kinds of letter that a campaign words itself."""
    kinds = select(LetterTemplate.kind).where(LetterTemplate.campaign_id == campaign_id)
    return frozenset(session.scalars(kinds))


def places(kind: str) -> tuple[str, ...]:
    """Return the names of the places that a template of this kind may have."""
    return PLACES + (REPORT_PLACES if kind.startswith(("report.", "difficulty.")) else ())


def tidy(wording: Wording) -> Wording:
    """Return a wording as it is kept, from what was typed."""
    return Wording(clean(wording.subject), clean_lines(wording.body))


def faults(kind: str, wording: Wording) -> tuple[Fault, ...]:
    """Return everything that is wrong with a tidy template."""
    return (
        *_text_faults("subject", wording.subject, LONGEST_SUBJECT),
        *_text_faults("body", wording.body, LONGEST_BODY),
        *_place_faults("subject", kind, wording.subject),
        *_place_faults("body", kind, wording.body),
        *(() if f"{{{LINK}}}" in wording.body else (Fault("body", "no_link", f"{{{LINK}}}"),)),
    )


def _text_faults(field: str, text: str, longest: int) -> Iterator[Fault]:
    if not text:
        yield Fault(field, "blank")
    if len(text) > longest:
        yield Fault(field, "long", str(longest))
    if forbidden_character(text):
        yield Fault(field, "sign")


def _place_faults(field: str, kind: str, text: str) -> Iterator[Fault]:
    for name in dict.fromkeys(PLACE.findall(text)):
        if name not in places(kind):
            yield Fault(field, "unknown", f"{{{name}}}")
    loose = PLACE.sub("", text)
    if "{" in loose or "}" in loose:
        yield Fault(field, "brace")


def reword(
    session: Session, campaign_id: int, kind: str, wording: Wording, actor: str, now: datetime
) -> None:
    """Word a kind of letter otherwise; the shipped wording is kept as none.

    The wording must be tidy and without faults. Raises Problem `letter_kind_unknown`.
    """
    if kind not in DEFAULTS:
        raise Problem("letter_kind_unknown")
    row = session.scalar(
        select(LetterTemplate).where(
            LetterTemplate.campaign_id == campaign_id, LetterTemplate.kind == kind
        )
    )
    before = Wording(row.subject, row.body) if row else DEFAULTS[kind]
    if before == wording:
        return
    if row is None:
        row = LetterTemplate(campaign_id=campaign_id, kind=kind)
        session.add(row)
    row.subject, row.body, row.changed_at, row.changed_by = (*_both(wording), now, actor)
    if wording == DEFAULTS[kind]:
        session.delete(row)
    session.flush()
    campaign = session.get_one(Campaign, campaign_id)
    audit.note(
        session,
        now,
        actor,
        "letters.reworded",
        f"campaign:{campaign.code}",
        kind=kind,
        before=_both(before),
        after=_both(wording),
    )


def _both(wording: Wording) -> list[str]:
    return [wording.subject, wording.body]


# --- filling --------------------------------------------------------------------------------------


def known(
    asked: LetterRound, unit: AddressedUnit, public_url: str, now: datetime
) -> dict[str, str]:
    """Return what stands in each place for a unit; blank where there is nothing."""
    due_at = later(unit.due_at, unit.extended_to)
    return {
        "don_vi": unit.name,
        "nguoi_lien_he": next((person.name for person in unit.people if person.name), ""),
        "dot": asked.title,
        "chuyen_de": asked.campaign_title,
        "ke_hoach": _plan(asked),
        "ban": asked.board_name,
        "han": format_moment(due_at) if due_at else "",
        "so_ngay": str(abs((local(due_at).date() - local(now).date()).days)) if due_at else "",
        "dong": format_moment(asked.closes_at) if asked.closes_at else "",
        LINK: f"{public_url}/{unit.link_code}" if unit.link_code else "",
        "ma": show_code(unit.link_code) if unit.link_code else "",
    }


def _plan(asked: LetterRound) -> str:
    if not asked.plan_number:
        return f"chuyên đề “{asked.campaign_title}”"
    issued = f", ngày {short_date(asked.plan_date)}" if asked.plan_date else ""
    issuer = f" của {asked.plan_issuer}" if asked.plan_issuer else ""
    return f"Kế hoạch số {asked.plan_number}{issued}{issuer}"


def fill(
    wording: Wording, values: Mapping[str, str], marks: Sequence[tuple[str, str]] = ()
) -> Written:
    """Return a template with `values` in its places.

    `marks` are pairs of a question and what is wrong with it, for the place of the questions.
    """
    there = {**values, MARKS: "1" if marks else ""}
    paragraphs = [
        paragraph
        for paragraph in re.split(r"\n\s*\n", wording.body)
        if all(there.get(name) for name in PLACE.findall(paragraph))
    ]
    plain = {**values, MARKS: "\n".join(f"{n}. {q}: {r}" for n, (q, r) in enumerate(marks, 1))}
    drawn = {name: _broken(value) for name, value in values.items()}
    drawn[LINK] = Markup('<a href="{0}">{0}</a>').format(values.get(LINK, ""))
    drawn[MARKS] = Markup("<br>").join(
        Markup("{}. <strong>{}</strong>: {}").format(n, q, _broken(r))
        for n, (q, r) in enumerate(marks, 1)
    )
    return Written(
        clean(_filled(wording.subject, plain)),
        "\n\n".join(_filled(paragraph, plain) for paragraph in paragraphs) + "\n",
        Markup("\n").join(
            Markup("<p>{}</p>").format(_drawn(paragraph, drawn)) for paragraph in paragraphs
        ),
    )


def _filled(template: str, values: Mapping[str, str]) -> str:
    return PLACE.sub(lambda match: values.get(match[1], ""), template)


def _drawn(template: str, values: Mapping[str, Markup]) -> Markup:
    """Return a template as HTML: what stands between the places is text."""
    parts = PLACE.split(template)
    return Markup("").join(
        values.get(part, Markup("")) if index % 2 else _broken(part)
        for index, part in enumerate(parts)
    )


def _broken(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.split("\n"))
