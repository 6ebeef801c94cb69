"""Two thousand hostile requests: each is refused, none breaks a page, nothing wrong is stored.

Valid ones in between, some of which look hostile, are stored exactly as they were typed.
"""

from __future__ import annotations

import itertools
import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from forms.answers import Typed, is_input
from forms.build import instance_names
from forms.reading import Around, read
from forms.tree import Definition, Question
from language.dates import wall_clock
from models import Draft, Revision
from models.database import reading
from tests.forms.forms import shipped
from tests.stored import (
    count,
    everything,
    feedbacks,
    in_days,
    open_round,
    public_code,
    sent_answers,
)
from tests.visitor import Page, Visitor, plausible

Pairs = list[tuple[str | bytes, str | bytes]]
URL_ENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "----a browser's boundary"
MULTIPART = f'multipart/form-data; boundary="{BOUNDARY}"'

TOO_SLOW = [HealthCheck.too_slow]


# --- what is typed --------------------------------------------------------------------------------

FORBIDDEN = st.one_of(
    st.characters(categories=["Cc"], exclude_characters="\t\n\v\f\r\x85"),
    st.sampled_from("\ufffd\ufffe\uffff\ufdd0\ufdef\U0001fffe\U0010ffff"),
)
LEGACY = st.sampled_from(
    [
        "Ban Tuyªn gi¸o TØnh ñy",
        "§¶ng viªn ®· häc tËp",
        "Uû ban nh©n d©n huyÖn",
        "Ñaûng uûy xaõ ñaõ trieån khai",
        "Hoäi nghò caùn boä chuû choát",
    ]
)
BAD_BYTES = st.sampled_from(
    [b"\xff\xfe", b"a\xc3(", b"\xc0\xaf", b"\xed\xa0\x80", b"B\xe1o c\xe1o"]
)
TOO_LONG = st.integers(20_001, 30_000).map("x".__mul__)
BROKEN = st.builds("Đợt {}1".format, FORBIDDEN)
BAD_TEXTS = st.one_of(BROKEN, LEGACY, BAD_BYTES, TOO_LONG)
WORDS = st.text(st.characters(codec="utf-8", categories=["Lu", "Ll"]), min_size=1, max_size=20)
BAD_NUMBERS = st.one_of(
    st.sampled_from(
        ["mười", "1,5", "1e5", "0x1F", "-5", "9" * 40, "NaN", "Infinity", "½", "1.23.4", "--1", " "]
    ),
    st.sampled_from(["=1+1", "=cmd|' /C calc'!A0", "5000001", "1 23", "1.234,567", "", "0,0"]),
    WORDS,
    BAD_TEXTS,
)
BAD_DATES = st.one_of(
    st.sampled_from(["31/2/2021", "0/1/2021", "8/31/2021", "2021-13-01", "1/8/21", "hôm nay"]),
    st.sampled_from(["32/1/2021", "01/08/2099", "03/6/2021", "2021", "1/8", "=NOW()", ""]),
    st.integers().map(str),
    BAD_TEXTS,
)
BAD_CHOICES = st.one_of(
    st.sampled_from(["co'--", "__class__", "OK", "0", "CO", "dia_ban,co_quan"]), WORDS, BAD_TEXTS
)
BAD = {
    "text": BAD_TEXTS,
    "integer": BAD_NUMBERS,
    "date": BAD_DATES,
    "select_one": BAD_CHOICES,
    "select_multiple": BAD_CHOICES,
}

# What looks hostile and is an answer like any other.
SYLLABLES = st.sampled_from(["Đảng", "ủy", "xã", "Hòa", "Điền", "quán", "triệt", "ở", "ấp", "Gỗ"])
GOOD_TEXTS = st.one_of(
    st.sampled_from(
        [
            *("=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3", "'; DROP TABLE revision;--"),
            *("<script>alert(1)</script>", "{{ 7 * 7 }}", "%s %(x)s {0}", "0912345678", "1/2"),
            *("${tong_dv}", "\\u0000", "%00", "&amp;", "null", "مرحبا", "\U0001f692", "½ ² Ⅳ"),
        ]
    ),
    st.lists(SYLLABLES, min_size=1, max_size=8).map(" ".join),
)


@dataclass(frozen=True)
class Request:
    """A request as it is sent; `name` is the input that was changed.

    `kept` is what must be stored of it, None when all of the request must be refused.
    """

    pairs: Pairs
    multipart: bool = True
    name: str = ""
    kept: str | None = None

    def send(self, client: FlaskClient, address: str, **hidden: str) -> TestResponse:
        """Send the request, with the hidden inputs of the page that it does not forge."""
        forged = {name for name, _ in self.pairs}
        pairs = [*self.pairs, *((n, text) for n, text in hidden.items() if n not in forged)]
        if self.multipart:
            return client.post(address, data=multipart(pairs), content_type=MULTIPART)
        body = urlencode(pairs, errors="surrogatepass")
        return client.post(address, data=body, content_type=URL_ENCODED)


def multipart(pairs: Pairs) -> bytes:
    """Return pairs as a browser writes them."""
    parts = []
    for name, value in pairs:
        quoted = as_bytes(name).replace(b"\r", b"%0D").replace(b"\n", b"%0A").replace(b'"', b"%22")
        head = b'Content-Disposition: form-data; name="%s"\r\n\r\n' % quoted
        parts.append(b"--%s\r\n%s%s\r\n" % (BOUNDARY.encode(), head, as_bytes(value)))
    return b"".join(parts) + b"--%s--\r\n" % BOUNDARY.encode()


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode(errors="surrogatepass")


# --- a form filled rightly ------------------------------------------------------------------------


@dataclass(frozen=True)
class Filled:
    """What is typed into a form, and the questions of the inputs that are asked."""

    definition: Definition
    typed: dict[str, list[str]]
    asked: dict[str, Question]

    def having(self, name: str, *values: str | bytes) -> Pairs:
        """Return what is sent when `name` has these values instead."""
        others = [(n, text) for n, texts in self.typed.items() if n != name for text in texts]
        return [*others, *((name, value) for value in values)]


def filled(form_id: str, typed: dict[str, list[str]]) -> Filled:
    """Return a filled form of the library."""
    definition = shipped(form_id)
    known = Typed({name: texts for name, texts in typed.items() if is_input(definition, name)})
    reading = read(definition, known, Around("vi", wall_clock(in_days(0))))
    asked = {
        name: question
        for name, question in inputs(definition)
        if name in known and name not in reading.hidden and question.type in BAD
    }
    return Filled(definition, {**known, "action": typed["action"]}, asked)


def inputs(definition: Definition) -> Iterator[tuple[str, Question]]:
    """Yield the name and question of every input, of repeats those of the first instance."""
    for question in definition.questions:
        repeat = definition.repeat_of(question.name)
        if not question.read_only:
            yield f"{repeat}-0-{question.name}" if repeat else question.name, question


# --- requests -------------------------------------------------------------------------------------


def hostile(form: Filled) -> st.SearchStrategy[Request]:
    """Return requests that must be refused."""
    values = st.sampled_from(sorted(form.asked)).flatmap(lambda name: wrong_values(form, name))
    return st.one_of(values, values, values, forged_names(form), wrong_actions(form))


def wrong_values(form: Filled, name: str) -> st.SearchStrategy[Request]:
    """Return requests with one wrong value, or two where one is asked."""
    question, right = form.asked[name], form.typed[name]
    several = question.type == "select_multiple"
    before = right if several else []
    wrong = BAD[question.type].map(lambda bad: form.having(name, *before, bad))
    twice = st.just(form.having(name, *right, *right))
    pairs = wrong if several else st.one_of(wrong, wrong, wrong, twice)
    return st.builds(Request, pairs, st.booleans(), st.just(name))


def forged_names(form: Filled) -> st.SearchStrategy[Request]:
    """Return requests with an input that the form does not have."""
    first = next(iter(form.asked))
    repeats = instance_names(form.definition) or {"khong": frozenset({"co"})}
    repeat, inner = next((repeat, min(names)) for repeat, names in repeats.items())
    indices = st.one_of(
        st.sampled_from(["100", "-1", "01", "1e1", "x", "", "９", "0x0", " 0", "0 ", "1.0"]),
        st.integers(min_value=100).map(str),
        st.integers(max_value=-1).map(str),
    )
    names = st.one_of(
        indices.map(lambda index: f"{repeat}-{index}-{inner}"),
        st.sampled_from(["", "errors", "data", "__class__", "_fields", "csrf_token", "x-y-z", "-"]),
        st.sampled_from([f"{first}-0-{inner}", f"{repeat}-0-{first}", f"{first}[]", first.upper()]),
        st.sampled_from([f" {first}", f"{first}\x00", f"{repeat}-0", f"{repeat}-0-0-{inner}"]),
        WORDS,
        st.builds("{}{}".format, WORDS, FORBIDDEN),
        st.integers(1000, 5000).map("n".__mul__),
    )
    unknown = names.filter(lambda name: not is_input(form.definition, name))
    return st.builds(
        lambda name, multi: Request([*form.having(name, "1")], multi, name), unknown, st.booleans()
    )


def wrong_actions(form: Filled) -> st.SearchStrategy[Request]:
    """Return requests with a button that no page has."""
    actions = st.one_of(
        st.sampled_from(["", "SUBMIT", "submit ", "delete", "add:", "remove:", "add:x"]),
        st.sampled_from(["save;submit", "remove:x-0", "remove:../../etc", "submit\x00", "gửi"]),
        WORDS.filter(lambda word: word not in ("submit", "save")),
    )
    return st.builds(
        lambda action, multi: Request(form.having("action", action), multi), actions, st.booleans()
    )


def right(form: Filled, *names: str) -> st.SearchStrategy[Request]:
    """Return requests that are right, in NFC or in NFD, with texts in some of the inputs."""

    def request(name: str, text: str, spelling: str, multi: bool) -> Request:
        typed = unicodedata.normalize(spelling, text)
        return Request(form.having(name, typed), multi, name, unicodedata.normalize("NFC", text))

    spellings = st.sampled_from(["NFC", "NFD"])
    return st.builds(request, st.sampled_from(names), GOOD_TEXTS, spellings, st.booleans())


def mostly(
    bad: st.SearchStrategy[Request], good: st.SearchStrategy[Request]
) -> st.SearchStrategy[Request]:
    """Return hostile requests with a right one now and then."""
    return st.integers(0, 11).flatmap(lambda number: bad if number else good)


# --- against the pages ----------------------------------------------------------------------------

opened = map("opened {}".format, itertools.count())


def hidden(app: Flask) -> dict[str, str]:
    """Return the hidden inputs of a page that has just been opened."""
    with app.app_context(), reading() as session:
        seen = session.scalar(select(func.max(Draft.number))) or 0
    base = str(count(app, Revision))
    return {"instance": next(opened), "base": base, "page-seen": str(seen), "version": ""}


def fill(client: FlaskClient, address: str, form_id: str, **typed: str) -> Filled:
    """Open a page and fill its form."""
    values = plausible(Visitor(client).open(address).form)
    return filled(form_id, {**values, **{name: [text] for name, text in typed.items()}})


def answer_to(name: str, answers: dict[str, Any]) -> Any:
    """Return what is stored of an input."""
    repeat, _, rest = name.partition("-")
    return answers[repeat][0][rest.removeprefix("0-")] if rest else answers[repeat]


def attack(
    requests: st.SearchStrategy[Request], examples: int, send: Callable[[Any], None]
) -> None:
    """Send as many requests as `examples`, always the same ones."""
    chosen = settings(max_examples=examples, derandomize=True, suppress_health_check=TOO_SLOW)
    chosen(given(requests)(send))()


def test_the_whole_form_of_a_unit(app: Flask, client: FlaskClient) -> None:
    address = f"/{open_round(app)}?all=1"
    form = fill(client, address, "bao_cao_dot_1", action="submit")
    bases = st.sampled_from(["0", "9999", "-1", "x", "1e9", "９", "9" * 50, ""])
    stale = bases.map(lambda base: Request([*form.having("base", base)]))

    def send(request: Request) -> None:
        before = count(app, Revision)
        answer = request.send(client, address, **hidden(app))
        if request.kept is None:
            # Whoever sends again what has been sent is led to its receipt.
            assert answer.status_code == 303 or 400 <= answer.status_code < 500
            assert count(app, Revision) == before
        else:
            assert answer.status_code == 303
            # What says the same as the revision before is no new one.
            assert count(app, Revision) - before in (0, 1)
            assert answer_to(request.name, sent_answers(app)) == request.kept

    assert Request(form.having("")).send(client, address, **hidden(app)).status_code == 303
    good = right(form, "nguoi_lap", "mo_ta_qua_trinh", "van_ban-0-so_van_ban")
    attack(mostly(st.one_of(hostile(form), stale), good), 800, send)


def test_a_section_of_a_unit(app: Flask, client: FlaskClient) -> None:
    code = open_round(app)
    address = f"/{code}/muc/qua_trinh"
    form = fill(client, address, "bao_cao_dot_1", action="save")

    def send(request: Request) -> None:
        answer = request.send(client, address, **hidden(app))
        assert count(app, Revision) == 0
        if request.kept is not None:
            assert answer.location == f"/{code}/muc/so_cuoc_nguoi_du"
            kept = Page(client.get(address), address).typed(request.name)
            assert unicodedata.normalize("NFC", kept) == request.kept
        elif answer.status_code == 303:
            # The draft is kept with its mistake, which the review names.
            review = Visitor(client).open(f"/{code}/kiem-tra")
            assert any(href.endswith(f"#q-{request.name}") for href in review.summary)
            assert Visitor(client).open(address).status == 200
        else:
            assert 400 <= answer.status_code < 500

    attack(mostly(hostile(form), right(form, "mo_ta_qua_trinh")), 400, send)


def test_the_form_of_participants(app: Flask, client: FlaskClient) -> None:
    address = f"/{public_code(app)}"
    form = fill(client, address, "khao_sat_phan_hoi", action="submit", cach_tham_gia_a="hn_tt")

    def send(request: Request) -> None:
        before = {row.id for row in feedbacks(app)}
        answer = request.send(client, address, **hidden(app))
        new = [row for row in feedbacks(app) if row.id not in before]
        if request.kept is None:
            assert 400 <= answer.status_code < 500
            assert new == []
        else:
            assert answer.status_code == 303
            [row] = new
            assert json.loads(row.answers)[request.name] == request.kept

    attack(mostly(hostile(form), right(form, "gop_y")), 800, send)


# --- what is not a form at all --------------------------------------------------------------------


@pytest.fixture
def addresses(app: Flask) -> list[str]:
    """Return where forms are sent to."""
    code = open_round(app)
    return [f"/{code}", f"/{code}/muc/qua_trinh", f"/{code}/kiem-tra", f"/{public_code(app)}"]


def test_garbage(app: Flask, client: FlaskClient, addresses: list[str]) -> None:
    kinds = st.sampled_from(
        [
            *("multipart/form-data; boundary=x", "multipart/form-data", "application/json"),
            *("text/plain", URL_ENCODED, f"{URL_ENCODED}; charset=utf-16", "nonsense", ""),
        ]
    )

    def send(body: tuple[bytes, str, str]) -> None:
        content, kind, address = body
        before = everything(app)
        answer = client.post(address, data=content, content_type=kind)
        assert 400 <= answer.status_code < 500
        assert everything(app) == before

    heads = st.sampled_from(
        [
            b"",
            b"--x\r\n",
            b"--x\r\nContent-Disposition: form-data; name=",
            b"--x--\r\n",
            b"\xff\xfe",
        ]
    )
    bodies = st.builds(bytes.__add__, heads, st.binary(max_size=300))
    attack(st.tuples(bodies, kinds, st.sampled_from(addresses)), 200, send)


MEGABYTES = b"x" * (10 * 1024**2)
TOO_MUCH = {
    "a field": urlencode([("mo_ta_qua_trinh", MEGABYTES), ("action", "submit")]).encode(),
    "a name": urlencode([(MEGABYTES, "1"), ("action", "submit")]).encode(),
    "many inputs": urlencode([(f"n{number}", "") for number in range(5000)]).encode(),
    "a part": multipart([("mo_ta_qua_trinh", MEGABYTES), ("action", "submit")]),
    "a name of a part": multipart([(MEGABYTES, "1"), ("action", "submit")]),
    "many parts": multipart([(f"n{number}", "") for number in range(5000)]),
}


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH)
def test_too_much(app: Flask, client: FlaskClient, addresses: list[str], body: bytes) -> None:
    kind = MULTIPART if body.startswith(b"--") else URL_ENCODED
    before = everything(app)
    for address in addresses:
        assert client.post(address, data=body, content_type=kind).status_code == 413
    assert everything(app) == before
