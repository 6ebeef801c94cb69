"""A visitor without scripts: opens pages, reads their forms, fills and sends them.

Every page it sees passes the page check.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.views.page_check import VOID, check_page

# A file as it is chosen: its content and its name.
File = tuple[bytes, str]
Values = Mapping[str, str | list[str] | File | list[File] | None]

MULTIPART = "multipart/form-data"
TEXTS = ("text", "textarea", "hidden", "email", "password", "search")


@dataclass
class Control:
    """An input, select, textarea or button of a form.

    `question` is the type of the question around it; `shown` whether it can be seen without
    scripts.
    """

    name: str
    kind: str
    value: str = ""
    checked: bool = False
    options: list[str] = field(default_factory=list)
    read_only: bool = False
    question: str = ""
    shown: bool = True


@dataclass
class Form:
    """A form as a browser holds it."""

    action: str
    method: str
    encoding: str
    controls: list[Control] = field(default_factory=list)

    def values(self) -> dict[str, list[str]]:
        """Return what a browser would send now, without buttons and files."""
        values: dict[str, list[str]] = {}
        for control in self.controls:
            if control.name and _counts(control):
                values.setdefault(control.name, []).append(control.value)
        return values

    def named(self, name: str) -> list[Control]:
        """Return the controls called `name`."""
        return [control for control in self.controls if control.name == name]

    def names(self, *, shown: bool = True) -> set[str]:
        """Return the names of the inputs that can be seen, or of those that cannot."""
        inputs = [c for c in self.controls if c.kind not in ("submit", "hidden")]
        return {control.name for control in inputs if control.shown is shown}

    def actions(self) -> list[str]:
        """Return the values of the buttons."""
        return [control.value for control in self.controls if control.kind == "submit"]


def _counts(control: Control) -> bool:
    return control.kind in TEXTS or (
        control.kind in ("radio", "checkbox", "option") and control.checked
    )


class _Reader(HTMLParser):
    """Reads the forms, links, ids and text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.ids: set[str] = set()
        self.text: list[str] = []
        self.summary: list[tuple[str, str]] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        # How many elements of each tag are open, and how many that are not shown.
        self._tags: Counter[str] = Counter()
        self._hidden = 0
        self._textarea: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if self._inside("template"):
            # What a script may copy is not on the page.
            self._enter(tag, attributes)
            return
        if "id" in attributes:
            self.ids.add(attributes["id"])
        if tag == "form":
            self._begin_form(attributes)
        elif tag in ("input", "button", "select", "textarea", "option"):
            self._add_control(tag, attributes)
        elif tag == "a":
            self.links.append((attributes.get("href", ""), ""))
        self._enter(tag, attributes)

    def _enter(self, tag: str, attributes: dict[str, str]) -> None:
        if tag not in VOID:
            self._open.append((tag, attributes))
            self._tags[tag] += 1
            self._hidden += "hidden" in attributes

    def _leave(self) -> str:
        tag, attributes = self._open.pop()
        self._tags[tag] -= 1
        self._hidden -= "hidden" in attributes
        return tag

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._leave() != tag:
            pass
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            text = self._textarea.value + data.replace("\r\n", "\n")
            self._textarea.value = text.removeprefix("\n")
        if self._shown() and not self._inside("title"):
            self.text.append(data)
        if self._inside("a"):
            href, text = self.links[-1]
            self.links[-1] = (href, text + data)
            if any("error-summary" in a.get("class", "") for _, a in self._open):
                self.summary = [pair for pair in self.summary if pair[0] != href]
                self.summary.append(self.links[-1])

    def _inside(self, tag: str) -> bool:
        return self._tags[tag] > 0

    def _shown(self) -> bool:
        return not self._hidden

    def _begin_form(self, attributes: dict[str, str]) -> None:
        method = attributes.get("method", "get").lower()
        self.forms.append(Form(attributes.get("action", ""), method, attributes.get("enctype", "")))

    def _add_control(self, tag: str, attributes: dict[str, str]) -> None:
        select = next((a for name, a in reversed(self._open) if name == "select"), {})
        kinds = {"input": attributes.get("type", "text"), "button": "submit"}
        control = Control(
            name=(select if tag == "option" else attributes).get("name", ""),
            kind=kinds.get(tag, tag),
            value=attributes.get("value", "on" if attributes.get("type") == "checkbox" else ""),
            checked="checked" in attributes or "selected" in attributes,
            read_only="readonly" in attributes,
            question=next(
                (a["data-type"] for _, a in reversed(self._open) if "data-type" in a), ""
            ),
            shown=self._shown() and "hidden" not in attributes,
        )
        if tag == "textarea":
            self._textarea = control
        if tag != "select" and self._inside("form"):
            self.forms[-1].controls.append(control)


@dataclass
class Page:
    """What came back: a page, or the way to another."""

    response: TestResponse
    address: str

    def __post_init__(self) -> None:
        self.status = self.response.status_code
        self.html = self.response.text if self.response.mimetype == "text/html" else ""
        reader = _Reader()
        reader.feed(self.html)
        self.forms, self.links, self.ids = reader.forms, reader.links, reader.ids
        for form in self.forms:
            form.action = urljoin(self.address, form.action)
        self.text = " ".join("".join(reader.text).split())
        # The links of the error summary: where they lead and what they say.
        self.summary = dict(reader.summary)

    @property
    def asked_more(self) -> list[str]:
        """The links of the notice that asks for what has just appeared."""
        notice = self.html.partition('id="more-questions-title"')[2].partition("</ul>")[0]
        return re.findall(r'href="([^"]+)"', notice)

    @property
    def location(self) -> str:
        """Where the answer leads."""
        return self.response.headers["Location"]

    @property
    def form(self) -> Form:
        """The one form of the page."""
        assert len(self.forms) == 1, f"{self.address} has {len(self.forms)} forms"
        return self.forms[0]

    def typed(self, name: str) -> str:
        """Return what stands in a field."""
        return " ".join(self.form.values().get(name, []))

    def link(self, text: str) -> str:
        """Return where the first link leads that says `text`."""
        return next(href for href, said in self.links if text in said)


@dataclass
class Visitor:
    """A browser that keeps nothing but what the server asks it to keep."""

    client: FlaskClient

    def open(self, address: str, **options: Any) -> Page:
        """Open a page."""
        return self._seen(self.client.get(address, **options), address)

    def send(self, page: Page, action: str = "submit", changes: Values | None = None) -> Page:
        """Press a button of the form of `page`, after filling in `changes`."""
        form = page.form
        assert action in form.actions(), f"no button {action!r} among {form.actions()}"
        # A browser sends a file input that was left blank as a file without a name.
        blank = {control.name: (b"", "") for control in form.controls if control.kind == "file"}
        values = {**form.values(), **blank, **dict(changes or {}), "action": action}
        return self.post(form.action, values, multipart=form.encoding == MULTIPART)

    def post(self, address: str, values: Values, *, multipart: bool = False) -> Page:
        """Send values; a None sends nothing, as an input that is not there."""
        fields = [(name, value) for name, one in values.items() for value in _sent(one)]
        if not multipart:
            return self._seen(self.client.post(address, data=_grouped(fields)), address)
        boundary, body = encode_multipart(_grouped(fields))
        kind = f"{MULTIPART}; boundary={boundary}"
        response = self.client.post(address, data=body, content_type=kind)
        return self._seen(response, address)

    def submit(self, form: Form, changes: Values) -> Page:
        """Send a form that has one button and no files."""
        values = {**form.values(), **changes}
        if form.method == "post":
            return self.post(form.action, values)
        query = urlencode([(name, text) for name, one in values.items() for text in _sent(one)])
        return self.open(f"{urlsplit(form.action).path}?{query}")

    def follow(self, page: Page) -> Page:
        """Go where a page leads, as often as it leads on."""
        assert page.status in (302, 303), (page.status, page.summary or page.text[:500])
        while page.status in (302, 303):
            page = self.open(urljoin(page.address, page.location))
        return page

    def _seen(self, response: TestResponse, address: str) -> Page:
        page = Page(response, address)
        response.get_data()
        response.close()
        if page.html and not 300 <= page.status < 400:
            check_page(page.html)
        return page


def _sent(value: str | list[str] | File | list[File] | None) -> Iterator[Any]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, tuple):
            content, name = one
            yield FileStorage(io.BytesIO(content), name)
        elif one is not None:
            # A browser sends the line breaks of a text as CR LF.
            yield one.replace("\r\n", "\n").replace("\n", "\r\n")


def _grouped(fields: list[tuple[str, Any]]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return grouped


# --- filling --------------------------------------------------------------------------------------

# What only an answer of a certain shape passes; the rest follows from the type of the question.
BY_NAME = {
    "dien_thoai": "0912345678",
    "thu_dien_tu": "bantuyengiao@donvi.example",
    "han_mong_muon": "31/12/2099",
    "ly_do_chua_xong": "Địa bàn đang giãn cách xã hội.\nDự kiến xong trong tháng 9.",
}
BY_TYPE = {
    "integer": "1.234",
    "decimal": "95,5",
    "date": "01/8/2021",
    "month": "8/2021",
    "year": "2021",
    "time": "14:05",
    "dateTime": "31/8/2021 14:05",
    "geopoint": "10.0125, 105.0809",
    "range": "50",
    "text": "Đúng kế hoạch",
    "contact": "0912345678",
}


def plausible(form: Form) -> dict[str, list[str]]:
    """Return values for every blank input of a form, seen or not: the first choice of each list."""
    values = form.values()
    for control in form.controls:
        blank = not any(values.get(control.name, []))
        # Nobody removes a file for want of anything else to fill in.
        if control.name not in ("", "remove") and blank and not control.read_only:
            value = _plausible(control)
            if value:
                values[control.name] = [value]
    return values


def _plausible(control: Control) -> str | None:
    if control.kind in ("radio", "checkbox", "option"):
        return control.value
    if control.kind in ("text", "textarea") and control.question:
        name = control.name.rpartition("-")[2]
        return BY_NAME.get(name, BY_TYPE[control.question])
    return None
