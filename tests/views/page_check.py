"""What holds for every page: `check_page(html)` fails with a list of what does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
CONTROLS = {"input", "select", "textarea"}
UNLABELLED_INPUTS = {"hidden", "submit", "button", "reset", "image"}
NAMED = {"a", "button", "th", "label", "legend", "h1", "h2", "h3"}
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
BLOCKS = {
    *("article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "footer"),
    *("form", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul"),
    *HEADINGS,
}
# What may not stand inside itself or inside another of its kind.
NEVER_INSIDE = {
    "a": ("a", "button"),
    "button": ("a", "button"),
    "form": ("form",),
    "label": ("label",),
    "main": ("main",),
}
REQUIRED_PARENT = {
    "li": ("ul", "ol"),
    "dt": ("dl", "div"),
    "dd": ("dl", "div"),
    "tr": ("thead", "tbody", "tfoot"),
    "td": ("tr",),
    "th": ("tr",),
    "legend": ("fieldset",),
    "caption": ("table",),
    "option": ("select", "optgroup", "datalist"),
}
REFERENCES = ("aria-describedby", "aria-labelledby", "aria-controls")


# Those whose text is looked at.
READ = NAMED | {"title"}


@dataclass
class Element:
    """An open element: its tag, attributes and the text inside it so far, if it is looked at."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Reads a page and collects its faults."""

    faults: list[str] = field(default_factory=list)
    ids: Counter[str] = field(default_factory=Counter)
    inputs: list[tuple[dict[str, str], bool]] = field(default_factory=list)
    label_targets: set[str] = field(default_factory=set)
    references: list[tuple[str, str]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    headings: list[int] = field(default_factory=list)
    language: str = ""
    doctype: str = ""
    open: list[Element] = field(default_factory=list)
    read: list[Element] = field(default_factory=list)
    codes: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl.lower()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if len(attributes) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        self._check_place(tag)
        self._check_attributes(tag, attributes)
        self._note(tag, attributes)
        if tag not in VOID:
            self._open(Element(tag, attributes))

    def _open(self, element: Element) -> None:
        self.open.append(element)
        self.codes += element.tag == "code"
        if element.tag in READ:
            self.read.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open[-1].tag != tag:
            self.faults.append(f"</{tag}> at line {self.getpos()[0]} closes nothing")
            return
        closed = self.open.pop()
        self.codes -= tag == "code"
        if tag in READ:
            self.read.pop()
        text = " ".join(closed.text.split())
        self.texts.setdefault(tag, []).append(text)
        named = text or closed.attributes.get("aria-label") or closed.attributes.get("title")
        if tag in NAMED and not named:
            self.faults.append(f"<{tag}> is empty (line {self.getpos()[0]})")

    def handle_data(self, data: str) -> None:
        for element in self.read:
            element.text += data
        # What a template of Word may hold is shown as code.
        if not self.codes and ("{{" in data or "{%" in data):
            self.faults.append(f"template code in the page: {data.strip()[:60]}")

    def _parents(self) -> list[str]:
        return [element.tag for element in self.open]

    def _check_place(self, tag: str) -> None:
        parents = self._parents()
        line = self.getpos()[0]
        for other in NEVER_INSIDE.get(tag, ()):
            if other in parents:
                self.faults.append(f"<{tag}> inside <{other}> (line {line})")
        if tag in BLOCKS and {"p", "span", "label"} & set(parents):
            self.faults.append(f"<{tag}> inside a paragraph, span or label (line {line})")
        wanted = REQUIRED_PARENT.get(tag)
        if wanted and (not parents or parents[-1] not in wanted):
            self.faults.append(f"<{tag}> outside of {wanted} (line {line})")

    def _check_attributes(self, tag: str, attributes: dict[str, str]) -> None:
        line = self.getpos()[0]
        if "style" in attributes or tag == "style":
            self.faults.append(f"inline style (line {line})")
        if any(name.startswith("on") for name in attributes):
            self.faults.append(f"inline event handler (line {line})")
        if tag == "script" and not attributes.get("src"):
            self.faults.append(f"inline script (line {line})")
        if attributes.get("href", "").lower().startswith("javascript:"):
            self.faults.append(f"script in a link (line {line})")
        if tag == "img" and "alt" not in attributes:
            self.faults.append(f"an image without alt (line {line})")
        if tag == "th" and "scope" not in attributes:
            self.faults.append(f"<th> without scope (line {line})")

    def _note(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "html":
            self.language = attributes.get("lang", "")
        if tag in HEADINGS:
            self.headings.append(HEADINGS[tag])
        if tag in CONTROLS and attributes.get("type") not in UNLABELLED_INPUTS:
            self.inputs.append((attributes, "label" in self._parents()))
        self._note_references(tag, attributes)

    def _note_references(self, tag: str, attributes: dict[str, str]) -> None:
        if attributes.get("id"):
            self.ids[attributes["id"]] += 1
        if tag == "label" and attributes.get("for"):
            self.label_targets.add(attributes["for"])
        for name in REFERENCES:
            self.references += [(name, target) for target in attributes.get(name, "").split()]
        if attributes.get("href", "").startswith("#"):
            self.references.append(("href", attributes["href"][1:]))

    def finish(self) -> list[str]:
        """Return every fault of the whole page."""
        self.close()
        return [
            *self.faults,
            *(f"<{element.tag}> is never closed" for element in self.open),
            *self._head_faults(),
            *self._heading_faults(),
            *(
                f"the id {name!r} stands {count} times"
                for name, count in self.ids.items()
                if count > 1
            ),
            *(f"{name} points to {to!r}" for name, to in self.references if to not in self.ids),
            *(f"a label for {to!r}" for to in sorted(self.label_targets - set(self.ids))),
            *self._label_faults(),
        ]

    def _head_faults(self) -> list[str]:
        faults = []
        if self.doctype != "doctype html":
            faults.append("no <!doctype html>")
        if self.language not in ("vi", "en"):
            faults.append(f"lang={self.language!r}")
        return faults

    def _heading_faults(self) -> list[str]:
        titles, firsts = self.texts.get("title", []), self.texts.get("h1", [])
        faults = []
        if len(firsts) != 1:
            faults.append(f"{len(firsts)} h1: {firsts}")
        elif len(titles) != 1 or not titles[0].startswith(firsts[0]):
            faults.append(f"the title {titles} does not begin with the h1 {firsts}")
        if "main" not in self.texts:
            faults.append("no <main>")
        for before, after in pairwise(self.headings):
            if after > before + 1:
                faults.append(f"an h{after} follows an h{before}")
        return faults

    def _label_faults(self) -> list[str]:
        return [
            f"the input {attributes.get('name') or attributes.get('id')!r} has no label"
            for attributes, wrapped in self.inputs
            if not wrapped
            and attributes.get("id") not in self.label_targets
            and not attributes.get("aria-label")
            and not attributes.get("aria-labelledby")
        ]


def faults(html: str) -> list[str]:
    """Return what is wrong with a page; nothing when all is well."""
    page = Page()
    page.feed(html)
    return page.finish()


def check_page(html: str) -> None:
    """Fail with every fault of a page."""
    found = faults(html)
    assert not found, "\n".join(found)
