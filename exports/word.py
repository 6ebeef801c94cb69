"""Templates of Word and the documents made of them. The only importer of docxtpl.

What stands in a template is checked first (exports.word_package, exports.report_language), and
then each mark is written anew: docxtpl and the sandbox of Jinja see nothing but names of our own,
and put in nothing but numbers. What the numbers stand for is set as text afterwards, so that no
answer is ever read as markup or as a template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import groupby

from docx.exceptions import PythonDocxError
from docx.opc.exceptions import OpcError
from docxtpl.template import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree

from exports.report_language import Fault, Mark, Passage, Where, faults, holds, marks_in, names_in
from exports.report_places import ANNEXES, Line, Place
from exports.word_package import (
    Element,
    Files,
    UnsafeFile,
    parse,
    read_package,
    serialise,
    unpack,
    write_package,
)
from exports.word_xml import NAMESPACES, W, document_properties, plain

CORE = "docProps/core.xml"
MISSING = "[…]"
ANNEXES_HERE = b"<?phieu annexes?>"
MARKED = "yellow"
# The parts of a document that are read by people, in that order.
_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_OPENING = re.compile(r"\{\{|\{%|\{#")
_TOKEN = re.compile("\ue000(\\d+)\ue001")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
MOST_FAULTS = 50
# What the libraries raise for a document that is not as documents are.
_UNREADABLE = (
    *(TemplateError, etree.LxmlError, PythonDocxError, OpcError),
    *(LookupError, ValueError, AttributeError, TypeError),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a document says of itself; `created` is aware."""

    title: str
    author: str
    created: datetime


# Annexes: from the references of the headers to paragraphs and the last section; see report_pages.
Annexes = Callable[[str], tuple[str, str]]


def check_template(source: bytes, places: Mapping[str, Place]) -> tuple[Fault, ...]:
    """Return what is wrong with a template for these places; nothing when it can be used."""
    try:
        files = read_package(source)
        roots = _roots(files)
        found = [fault for name, root in roots.items() for fault in _faults(name, root, places)]
        found += _hidden(files, roots)
        if not found:
            _filled(files, places)
    except UnsafeFile as error:
        return (Fault(error.code, error.words),)
    return tuple(found[:MOST_FAULTS])


def has_places(source: bytes) -> bool:
    """Tell whether anything is filled in in a checked template, its annexes aside.

    Without a place it gives the same document for every round.
    """
    passages = (
        passage
        for name, root in _roots(read_package(source)).items()
        for passage in _passages(name, root)
    )
    return any(names_in(passage.text) - {ANNEXES} for passage in passages)


def fill_template(
    source: bytes, places: Mapping[str, Place], annexes: Annexes, told: Told
) -> bytes:
    """Return the document that a checked template gives; the same input gives the same bytes.

    Raises UnsafeFile.
    """
    files = _filled(read_package(source), places)
    for name, root in _roots(files).items():
        pages = _Filling(root, tuple(places.items()), annexes).fill()
        # Text for text: to move so many elements from one tree to another takes seconds.
        files[name] = serialise(root).replace(ANNEXES_HERE, pages.encode())
    files[CORE] = _core(told)
    return write_package(files)


# --- reading --------------------------------------------------------------------------------------


def _roots(files: Files) -> dict[str, Element]:
    names = sorted(filter(_PARTS.fullmatch, files))
    return {name: parse(files[name]) for name in names}


def _faults(name: str, root: Element, places: Mapping[str, Place]) -> Iterator[Fault]:
    passages = list(_passages(name, root))
    return faults(passages, places)


def _passages(name: str, root: Element) -> Iterator[Passage]:
    """Yield the paragraphs of a part; those without a text are not counted."""
    number = 0
    kind = name.removeprefix("word/").removesuffix(".xml").rstrip("0123456789")
    for element in root.iter(f"{{{W}}}p"):
        text = "".join(part.text or "" for part in _texts(element))
        number += bool(text.strip())
        holder = element.getparent()
        in_body = holder is not None and etree.QName(holder).localname == "body"
        yield Passage(Where(kind, number, _excerpt(text)), text, holder, in_body)


def _excerpt(text: str) -> str:
    return " ".join(text.split())[:80]


def _texts(element: Element) -> list[Element]:
    """Return the texts of a paragraph, without those of a text box in it."""
    own = f"{{{W}}}p"
    return [text for text in element.iter(f"{{{W}}}t") if next(text.iterancestors(own)) is element]


def _hidden(files: Files, roots: Mapping[str, Element]) -> Iterator[Fault]:
    """Yield marks where no paragraph shows them: in a name, a field, a part nobody reads."""
    for name, content in files.items():
        text = content.decode("utf-8", "replace") if name.endswith((".xml", ".rels")) else ""
        if name in roots:
            bare = deepcopy(roots[name])
            for element in bare.iter(f"{{{W}}}t"):
                element.text = ""
            text = etree.tostring(bare, encoding="unicode")
        found = _OPENING.search(text)
        if found:
            yield Fault("hidden", found[0], Where(name, 0, ""))


# --- what docxtpl does ----------------------------------------------------------------------------


def _filled(files: Files, places: Mapping[str, Place]) -> Files:
    """Return the files with tokens in the places, and without what is not to be said."""
    ready = dict(files)
    numbers = {name: number for number, name in enumerate(places)}
    context: dict[str, str | bool] = {}
    for name, root in _roots(files).items():
        for element in root.iter(f"{{{W}}}p"):
            _rewrite(element, places, numbers, context)
        ready[name] = serialise(root)
    ready[CORE] = _core(Told("", "", datetime(2000, 1, 1, tzinfo=UTC)))
    template = DocxTemplate(BytesIO(write_package(ready)))
    output = BytesIO()
    try:
        template.render(context, _Sandbox(), autoescape=True)
        template.save(output)
    except _UNREADABLE as error:
        raise UnsafeFile("unreadable") from error
    return unpack(output.getvalue())


class _Sandbox(SandboxedEnvironment):
    """A sandbox that knows names and nothing else: no attribute, no call, no filter."""

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined)
        for known in (self.globals, self.filters, self.tests):
            known.clear()

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Allow no attribute at all."""
        return False

    def is_safe_callable(self, obj: object) -> bool:
        """Allow no call at all."""
        return False


def _rewrite(
    element: Element,
    places: Mapping[str, Place],
    numbers: Mapping[str, int],
    context: dict[str, str | bool],
) -> None:
    """Write the marks of a paragraph anew, each within one text, by names of our own."""
    texts = _texts(element)
    for text in texts:
        text.text = (text.text or "").translate(_NO_TOKENS)
    marks = marks_in("".join(text.text or "" for text in texts))
    for mark in reversed(marks):
        _replace(texts, mark.start, mark.end, _ours(mark, places, numbers, context))


_NO_TOKENS = {0xE000: None, 0xE001: None}


def _ours(
    mark: Mark,
    places: Mapping[str, Place],
    numbers: Mapping[str, int],
    context: dict[str, str | bool],
) -> str:
    whole = "p" * mark.whole
    if mark.kind == "if":
        name = f"c{len(context)}"
        context[name] = holds(mark, places)
        return f"{{%{whole} if {name} %}}"
    if mark.kind != "place":
        return f"{{%{whole} {mark.kind} %}}"
    number = numbers[mark.name]
    context[f"p{number}"] = f"\ue000{number}\ue001"
    return f"{{{{ p{number} }}}}"


def _replace(texts: Sequence[Element], start: int, end: int, new: str) -> None:
    """Put a text where another one was that may lie over several; earlier ones stay in place."""
    position = 0
    for text in texts:
        before = text.text or ""
        first, last = max(start - position, 0), min(end - position, len(before))
        position += len(before)
        if first < last:
            text.text = f"{before[:first]}{new}{before[last:]}"
            text.set(_SPACE, "preserve")
            new = ""


# --- what the tokens stand for --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Filling:
    """A part of a document whose tokens become texts."""

    root: Element
    named: Sequence[tuple[str, Place]]
    annexes: Annexes

    def fill(self) -> str:
        """Fill every paragraph, and leave those out of which there is nothing to tell.

        Return the annexes; an instruction stands where they belong.
        """
        pages = "".join(map(self._fill, list(self.root.iter(f"{{{W}}}p"))))
        for cell in self.root.iter(f"{{{W}}}tc"):
            if not len(cell) or cell[-1].tag != f"{{{W}}}p":
                etree.SubElement(cell, f"{{{W}}}p")
        return pages

    def _fill(self, element: Element) -> str:
        text = "".join(part.text or "" for part in _texts(element))
        found = [self.named[int(number)] for number in _TOKEN.findall(text)]
        if any(place.untold for _, place in found):
            _leave_out(element)
        elif any(name == ANNEXES for name, _ in found):
            return _attach(element, self.annexes)
        elif any(place.is_block for _, place in found):
            _fill_block(element, found[0][1])
        else:
            for run in {text.getparent(): None for text in _texts(element)}:
                self._fill_run(run)
        return ""

    def _fill_run(self, run: Element) -> None:
        """Write a run anew, in parts: what is missing is marked."""
        looks = run.find(f"{{{W}}}rPr")
        pieces = [piece for child in run if child is not looks for piece in self._pieces(child)]
        for marked, group in groupby(pieces, key=lambda piece: piece[0]):
            part = etree.Element(f"{{{W}}}r")
            if looks is not None:
                part.append(deepcopy(looks))
            if marked:
                _mark(part)
            part.extend(element for _, element in group)
            run.addprevious(part)
        _parent(run).remove(run)

    def _pieces(self, child: Element) -> Iterator[tuple[bool, Element]]:
        """Yield what a child of a run becomes, and whether that is marked as missing."""
        if child.tag != f"{{{W}}}t" or not _TOKEN.search(child.text or ""):
            yield False, child
            return
        for index, piece in enumerate(_TOKEN.split(child.text or "")):
            text = self.named[int(piece)][1].text if index % 2 else piece
            missing = bool(index % 2) and not text
            for element in _broken(MISSING if missing else text):
                yield missing, element


def _fill_block(element: Element, place: Place) -> None:
    """Write the lines of a place as paragraphs that look like its own."""
    for line in place.lines or (Line(MISSING),):
        copy = deepcopy(element)
        _write_line(copy, line, marked=not place.lines)
        element.addprevious(copy)
    _leave_out(element)


def _parent(element: Element) -> Element:
    parent = element.getparent()
    if parent is None:
        raise UnsafeFile("unreadable")
    return parent


def _broken(text: str) -> Iterator[Element]:
    """Yield a text as Word has it: its lines, with a break between them."""
    for number, line in enumerate(plain(text).split("\n")):
        if number:
            yield etree.Element(f"{{{W}}}br")
        if line:
            element = etree.Element(f"{{{W}}}t")
            element.set(_SPACE, "preserve")
            element.text = line
            yield element


# What comes behind the highlight among the looks of a run.
_BEHIND = tuple(
    f"{{{W}}}{name}"
    for name in (
        *("u", "effect", "bdr", "shd", "fitText", "vertAlign", "rtl", "cs", "em", "lang"),
        *("eastAsianLayout", "specVanish", "oMath"),
    )
)


def _mark(run: Element) -> None:
    """Highlight a run."""
    looks = _first(run, "rPr")
    for old in looks.findall(f"{{{W}}}highlight"):
        looks.remove(old)
    mark = etree.Element(f"{{{W}}}highlight")
    mark.set(f"{{{W}}}val", MARKED)
    behind = next((child for child in looks if child.tag in _BEHIND), None)
    if behind is None:
        looks.append(mark)
    else:
        behind.addprevious(mark)


def _first(element: Element, name: str) -> Element:
    """Return the child that stands first, made when it is not there."""
    found = element.find(f"{{{W}}}{name}")
    if found is None:
        found = etree.Element(f"{{{W}}}{name}")
        element.insert(0, found)
    return found


def _leave_out(element: Element) -> None:
    """Take a paragraph out; one that something else needs is only emptied."""
    parent = _parent(element)
    alone = len(parent.findall(f"{{{W}}}p")) == 1 and parent.tag != f"{{{W}}}body"
    if alone or element.find(f"{{{W}}}pPr/{{{W}}}sectPr") is not None:
        for child in [child for child in element if child.tag != f"{{{W}}}pPr"]:
            element.remove(child)
    else:
        parent.remove(element)


def _write_line(element: Element, line: Line, *, marked: bool) -> None:
    """Write a line in place of the one token of a paragraph."""
    for text in _texts(element):
        run = _parent(text)
        holder = text.text or ""
        if not _TOKEN.search(holder):
            continue
        for piece in _broken(_TOKEN.sub(lambda _: line.text, holder)):
            text.addprevious(piece)
        run.remove(text)
        if line.heading:
            _embolden(element, run)
        if marked:
            _mark(run)


def _embolden(element: Element, run: Element) -> None:
    looks, properties = _first(run, "rPr"), _first(element, "pPr")
    if looks.find(f"{{{W}}}b") is None:
        fonts = looks.find(f"{{{W}}}rFonts")
        looks.insert(0 if fonts is None else looks.index(fonts) + 1, etree.Element(f"{{{W}}}b"))
    if properties.find(f"{{{W}}}keepNext") is None:
        place = int(properties.find(f"{{{W}}}pStyle") is not None)
        properties.insert(place, etree.Element(f"{{{W}}}keepNext"))


# --- annexes --------------------------------------------------------------------------------------


def _attach(element: Element, annexes: Annexes) -> str:
    """Return the annexes, to stand behind a paragraph of the body in sections of their own."""
    body = _parent(element)
    own = next(_sections_behind(element))
    references = [e for e in own if str(e.tag).endswith("Reference")]
    pages, last = annexes("".join(etree.tostring(e, encoding="unicode") for e in references))
    if not pages:
        _leave_out(element)
        return ""
    _end_section(element, own)
    if element.getnext() is own:
        own.addprevious(etree.ProcessingInstruction("phieu", "annexes"))
        body.replace(own, _parsed(last)[0])
        return pages
    element.addnext(etree.ProcessingInstruction("phieu", "annexes"))
    return f"{pages}<w:p><w:pPr>{last}</w:pPr></w:p>"


def _sections_behind(element: Element) -> Iterator[Element]:
    name = f"{{{W}}}sectPr"
    for sibling in element.itersiblings():
        if sibling.tag == name:
            yield sibling
        yield from sibling.findall(f"{{{W}}}pPr/{name}")


def _end_section(element: Element, own: Element) -> None:
    """Make a paragraph the end of its section, and so low that it is not seen."""
    for child in list(element):
        element.remove(child)
    low = '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
    properties = _parsed(f"<w:pPr>{low}</w:pPr>")[0]
    properties.append(deepcopy(own))
    element.append(properties)


def _parsed(markup: str) -> list[Element]:
    return list(parse(f"<w:body {NAMESPACES}>{markup}</w:body>".encode()))


def _core(told: Told) -> bytes:
    moment = f"{told.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return document_properties(plain(told.title), plain(told.author), moment)
