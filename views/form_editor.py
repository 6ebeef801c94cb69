"""A small editor for the common edits of a form; whatever it cannot do is for Excel.

It works on the sheets of an upload, also while they are wrong: every edit is stored, and what is
wrong is told. The digest of the file that was seen comes along with every edit, so that two people
do not undo each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms.editing import (
    ChoiceLine,
    Line,
    add_choice,
    add_question,
    change_choice,
    change_question,
    choices_of,
    languages,
    line_at,
    move,
    move_choice,
    new_name,
    outline,
    question_names,
    remove_choice,
    remove_question,
    sharing,
    text_of,
)
from forms.findings import Finding
from forms.survey import SELECTS
from forms.text_sheets import Cells, TextSheets, heading_in
from forms.words import YES
from language.text import clean, clean_lines
from models.database import reading, transaction
from models.problems import Problem
from services import uploads, versions
from services.uploads import Edit, Upload
from views.access import account_name
from views.errors import sentence
from views.filling import current_moment
from views.form_words import NEW_TYPES, type_words
from views.language import LANGUAGES, interface_language

editor = Blueprint("editor", __name__, url_prefix="/bieu-mau")

Page = str | Response | tuple[str, int]
# The headings stand above it.
FIRST_ROW = 2
# The inputs in which somebody writes a text, by language.
TYPED_TEXT = re.compile(r"(label|hint|new-choice-label|choice-\d+-label)-")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the form, and the question or group that it is about, if any."""

    line: Line | None
    sentence: str
    place: str


@dataclass(frozen=True, slots=True)
class Edited:
    """An upload as the editor sees it, and what is wrong with it."""

    upload: Upload
    sheets: TextSheets
    languages: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def id(self) -> int:
        """The id of the upload."""
        return self.upload.id

    def label(self, line: Line) -> str:
        """Return the label of a line in the language of the page, or the first that it has."""
        wanted = (interface_language(), *self.languages)
        found = (text_of(line.cells, "label", language) for language in wanted)
        return next(filter(None, found), "")

    def text(self, cells: Cells, base: str, language: str) -> str:
        """Return the text of a row in a language."""
        return text_of(cells, base, language)


@editor.post("/<int:form_id>/<int:number>/sua")
def begin(form_id: int, number: int) -> Response:
    """Make an upload of a published version, to be edited and published as a new one."""
    now = current_moment()
    with reading() as session:
        version = versions.find_form(session, form_id, now).version(number)
        content = uploads.copy_of(session, version.id)
    with transaction() as session:
        upload_id = uploads.begin_edit(session, version.id, content, now, account_name())
    return redirect(url_for("editor.show_outline", upload_id=upload_id), 303)


# --- the whole form -------------------------------------------------------------------------------


@editor.route("/tai-len/<int:upload_id>/sua", methods=["GET", "POST"])
def show_outline(upload_id: int) -> Page:
    """Show the questions of a form in order; move or remove one."""
    edited = _open(upload_id)
    if request.method == "GET":
        return _outline_page(edited)
    try:
        return _change_outline(edited)
    except Problem as problem:
        _unless_changed(problem)
        return _outline_page(_open(upload_id), sentence(problem)), problem.status


def _outline_page(edited: Edited, problem: str = "") -> str:
    lines = outline(edited.sheets)
    return render_template(
        "forms/edit_outline.html",
        edited=edited,
        lines=lines,
        loose=_loose(lines),
        type_words=type_words,
        problem=problem,
    )


def _loose(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return what stands between groups that would be a page each without it."""
    top = [line for line in lines if line.depth == 0 and line.kind != "end"]
    loose = [line for line in top if line.kind == "question" or "repeat" in line.type]
    return tuple(loose) if len(top) - len(loose) > 1 else ()


def _change_outline(edited: Edited) -> Response:
    _refuse_unseen(edited)
    action, _sep, row_text = request.form.get("action", "").partition(":")
    row = int(row_text) if row_text.isdecimal() else -1
    edits: Mapping[str, Edit] = {
        "up": partial(move, row=row, up=True),
        "down": partial(move, row=row, up=False),
        "remove": partial(remove_question, row=row),
    }
    if action not in edits:
        abort(400)
    line = line_at(edited.sheets, row)
    if line is None or line.kind == "end" or (action == "remove" and line.kind != "question"):
        abort(400)
    _store(edited.id, edits[action])
    if action == "remove":
        flash(_("Removed: %(question)s", question=edited.label(line) or line.name), "success")
    return redirect(_outline_address(edited.id, line.name if action != "remove" else ""), 303)


def _outline_address(upload_id: int, name: str) -> str:
    """Return the address of the outline, at the question `name`; at its top when all is not well.

    What is wrong, and what was removed, is said at the top.
    """
    anchor = name if name and not _open(upload_id).faults else None
    return url_for("editor.show_outline", upload_id=upload_id, _anchor=anchor)


# --- one question ---------------------------------------------------------------------------------


@editor.route("/tai-len/<int:upload_id>/sua/<int:row>", methods=["GET", "POST"])
def edit_question(upload_id: int, row: int) -> Page:
    """Show a question or group with its texts and choices, and change them."""
    edited = _open(upload_id)
    if request.method == "GET":
        return _question_page(edited, _line(edited, row))
    try:
        _refuse_unseen(edited)
        return _change_question(edited, _line(edited, row))
    except Problem as problem:
        _unless_changed(problem)
        return _changed_meanwhile(_open(upload_id), sentence(problem)), problem.status


def _line(edited: Edited, row: int) -> Line:
    line = line_at(edited.sheets, row)
    if line is None or line.kind == "end":
        raise Problem("upload_changed")
    return line


def _question_page(
    edited: Edited,
    line: Line,
    typed: Mapping[str, str] | None = None,
    lost: Sequence[str] = (),
    problem: str = "",
) -> str:
    """Draw a question; what was typed stands over what is stored."""
    return render_template(
        "forms/edit_question.html",
        edited=edited,
        line=line,
        typed=typed or {},
        lost=lost,
        problem=problem,
        kind=type_words(line.type),
        choices=choices_of(edited.sheets, line.list_name),
        shared=sharing(edited.sheets, line.list_name),
        required=required_of(line.cells),
        names=LANGUAGES,
    )


def _changed_meanwhile(edited: Edited, problem: str) -> str:
    """Show the question as it stands now with what was typed; what has no place is listed."""
    name = request.form.get("line", "")
    found = (line for line in outline(edited.sheets) if line.name == name and line.kind != "end")
    line = next(found, None)
    if line is None:
        lost = list(filter(None, _typed_texts().values()))
        return render_template(
            "forms/question_gone.html", edited=edited, lost=lost, problem=problem
        )
    typed, lost = _placed(choices_of(edited.sheets, line.list_name))
    required = {key: text for key, text in request.form.items() if key == "required"}
    return _question_page(edited, line, {**typed, **required}, lost, problem)


def _typed_texts() -> Mapping[str, str]:
    return {name: text for name, text in request.form.items() if TYPED_TEXT.match(name)}


def _placed(choices: Sequence[ChoiceLine]) -> tuple[Mapping[str, str], list[str]]:
    """Return what was typed by the inputs of the page as it is now, and what has none any more.

    The rows of choices may have moved, so that a choice is found by its name.
    """
    rows = {choice.name: choice.row for choice in choices}
    typed, lost = {}, []
    for name, text in _typed_texts().items():
        seen_row = re.match(r"choice-(\d+)-", name)
        if seen_row is None:
            typed[name] = text
            continue
        row = rows.get(request.form.get(f"choice-{seen_row[1]}-name", ""))
        if row is None:
            lost.append(text)
        else:
            typed[f"choice-{row}-{name[seen_row.end() :]}"] = text
    return typed, list(filter(None, lost))


def required_of(cells: Cells) -> str:
    """Return `yes`, `no`, or the condition under which a question must be answered."""
    source = cells.get("required", "")
    if source.lower() in YES:
        return "yes"
    return source or "no"


def _change_question(edited: Edited, line: Line) -> Response:
    """Store what stands in the page, then do what the button says that was pressed."""
    action, _sep, row_text = request.form.get("action", "save").partition(":")
    choices = choices_of(edited.sheets, line.list_name)
    rows = {choice.row for choice in choices}
    row = int(row_text) if row_text.isdecimal() else -1
    further: Mapping[str, Edit] = {
        "choice-up": partial(move_choice, row=row, up=True),
        "choice-down": partial(move_choice, row=row, up=False),
        "choice-remove": partial(remove_choice, row=row),
    }
    if action not in ("save", "add") and not (action in further and row in rows):
        abort(400)
    edits: list[Edit] = [
        partial(change_question, row=line.row, cells=_question_cells(edited, line))
    ]
    edits += [
        partial(change_choice, row=choice.row, cells=_labels(edited, f"choice-{choice.row}-label"))
        for choice in choices
    ]
    edits += _new_choices(edited, line, choices)
    if action in further:
        edits.append(further[action])
    _store(edited.id, partial(_all_of, edits=edits))
    return _after_change(edited, line, action)


def _after_change(edited: Edited, line: Line, action: str) -> Response:
    if action == "save":
        flash(_("Saved. The form is published only when you say so."), "success")
        return redirect(_outline_address(edited.id, line.name), 303)
    address = url_for("editor.edit_question", upload_id=edited.id, row=line.row, _anchor="choices")
    return redirect(address, 303)


def _all_of(sheets: TextSheets, edits: Sequence[Edit]) -> TextSheets:
    for act in edits:
        sheets = act(sheets)
    return sheets


def _question_cells(edited: Edited, line: Line) -> Cells:
    cells = {**_labels(edited, "label"), **_labels(edited, "hint")}
    if line.kind == "question" and "required" in request.form:
        asked = request.form["required"]
        cells["required"] = {"yes": "yes", "no": ""}.get(asked, line.cells.get("required", ""))
    return cells


def _labels(edited: Edited, prefix: str) -> dict[str, str]:
    """Return the texts that were typed for every language, under the headings of the sheet."""
    base = prefix.rpartition("-")[2]
    return {
        heading_in(base, language): clean_lines(request.form.get(f"{prefix}-{language}", ""))
        for language in edited.languages
        if f"{prefix}-{language}" in request.form
    }


def _new_choices(edited: Edited, line: Line, choices: Sequence[ChoiceLine]) -> list[Edit]:
    labels = _labels(edited, "new-choice-label")
    first = next(filter(None, labels.values()), "")
    if not line.list_name or not first:
        return []
    name = new_name(first, (choice.name for choice in choices))
    cells = {"list_name": line.list_name, "name": name, **labels}
    return [partial(add_choice, list_name=line.list_name, cells=cells)]


# --- a new question -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """What was typed of a new question, and what is missing."""

    kind: str = "text"
    name: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    choices: str = ""
    required: bool = False
    faults: Mapping[str, str] = field(default_factory=dict)


@editor.route("/tai-len/<int:upload_id>/sua/them", methods=["GET", "POST"])
def add_question_page(upload_id: int) -> Page:
    """Ask what a new question is, and put it behind the row that `?after=` names."""
    edited = _open(upload_id)
    after = request.args.get("after", -1, type=int)
    if request.method == "POST" and not _is_seen(edited):
        return _add_unseen(edited, after)
    if not -1 <= after < len(edited.sheets["survey"].rows):
        raise Problem("upload_changed")
    if request.method == "GET":
        return _add_page(edited, after, NewQuestion())
    new = _typed_question(edited)
    if new.faults:
        return _add_page(edited, after, new), 422
    name = new_name(new.name or _first_label(edited), question_names(edited.sheets))
    choices = _typed_choices(edited, new, name)
    cells = {
        "type": f"{new.kind} {name}" if new.kind in SELECTS else new.kind,
        "name": name,
        "required": "yes" if new.required else "",
        **_labels(edited, "label"),
        **_labels(edited, "hint"),
    }
    try:
        _store(upload_id, partial(add_question, after=after, cells=cells, choices=choices))
    except Problem as problem:
        _unless_changed(problem)
        return _add_unseen(_open(upload_id), after)
    flash(_("The question was added. The form is published only when you say so."), "success")
    return redirect(_outline_address(upload_id, name), 303)


def _add_unseen(edited: Edited, after: int) -> tuple[str, int]:
    """Show what was typed of a new question once more, in the form as it stands now."""
    problem = Problem("upload_changed")
    new = replace(_typed_question(edited), faults={"form": sentence(problem)})
    last = len(edited.sheets["survey"].rows) - 1
    return _add_page(edited, max(-1, min(after, last)), new), problem.status


def _typed_question(edited: Edited) -> NewQuestion:
    form = request.form
    kind = form.get("type", "")
    faults = {}
    if kind not in NEW_TYPES:
        faults["type"] = _("Please choose the type of the question.")
    if not _first_label(edited):
        faults[f"label-{edited.languages[0]}"] = _("Please write the question.")
    choices = clean_lines(form.get("choices", ""))
    if kind in SELECTS and not choices:
        faults["choices"] = _("Please write at least one choice.")
    return NewQuestion(
        kind,
        clean(form.get("name", "")),
        {name: text for name, text in form.items() if name.startswith(("label-", "hint-"))},
        choices,
        form.get("required") == "yes" and kind != "note",
        faults,
    )


def _first_label(edited: Edited) -> str:
    return next(filter(None, _labels(edited, "label").values()), "")


def _typed_choices(edited: Edited, new: NewQuestion, list_name: str) -> tuple[Cells, ...]:
    """Return a choice for every line that was typed; its name is made of its label."""
    if new.kind not in SELECTS:
        return ()
    made: dict[str, str] = {}
    for label in filter(None, map(clean, new.choices.split("\n"))):
        made[new_name(label, made)] = label
    heading = heading_in("label", edited.languages[0])
    return tuple({"list_name": list_name, "name": n, heading: label} for n, label in made.items())


def _add_page(edited: Edited, after: int, new: NewQuestion) -> str:
    return render_template(
        "forms/add_question.html",
        edited=edited,
        after=after,
        new=new,
        before=line_at(edited.sheets, after),
        types=[(kind, type_words(kind)) for kind in NEW_TYPES],
        listing=", ".join(f"“{type_words(kind)}”" for kind in NEW_TYPES if kind in SELECTS),
        names=LANGUAGES,
    )


# --- opening and storing --------------------------------------------------------------------------


def _open(upload_id: int) -> Edited:
    with reading() as session:
        found = uploads.find(session, upload_id)
    sheets = uploads.sheets_of(found)
    language = interface_language()
    faults = tuple(_fault(sheets, error, language) for error in uploads.check(found).errors)
    return Edited(found, sheets, languages(sheets) or (language,), faults)


def _fault(sheets: TextSheets, error: Finding, language: str) -> Fault:
    """Return what is wrong, and the question that stands in its row: the first is row 2."""
    row = re.sub(r"\D", "", error.cell)
    line = line_at(sheets, int(row) - FIRST_ROW) if row and error.sheet == "survey" else None
    named = line if line and line.kind != "end" else None
    return Fault(named, error.sentence(language).partition("\n")[0], error.place)


def _is_seen(edited: Edited) -> bool:
    """Tell whether the page of this request showed the upload as it stands."""
    return request.form.get("seen", "") == edited.upload.digest


def _refuse_unseen(edited: Edited) -> None:
    """Raise Problem `upload_changed` before anything that the page says is looked up."""
    if not _is_seen(edited):
        raise Problem("upload_changed")


def _unless_changed(problem: Problem) -> None:
    """Raise a problem that is not about somebody else's edit."""
    if problem.code != "upload_changed":
        raise problem


def _store(upload_id: int, act: Edit) -> None:
    with reading() as session:
        found = uploads.find_seen(session, upload_id, request.form.get("seen", ""))
    content = uploads.edited(found, act)
    with transaction() as session:
        uploads.replace(session, found, content, "form.edited", current_moment(), account_name())
