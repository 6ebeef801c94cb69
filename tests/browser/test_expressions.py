"""In a browser, expressions give what they give on the server, and a form answers while typing."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from forms.expressions import FUNCTIONS, Value, as_text, calls, parse, to_json
from tests.forms.expression_cases import (
    CASES,
    CHOICE,
    DATASET,
    LABELS,
    NOW,
    evaluate_case,
    parse_case,
    random_cases,
    value_of,
)
from views.assets import served

# What is served: the minified text. Its size is a promise.
SCRIPT = served("form.js").decode()
LARGEST_SCRIPT_BYTES = 12 * 1024
CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]
ADDRESS = "http://phieu.test/"
POLICY = "default-src 'none'; script-src 'self'; form-action 'self'"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


def in_browser(case: dict[str, Any]) -> bool:
    """Whether the expression reaches a browser and is worked out there."""
    functions = [FUNCTIONS[name] for name in calls(parse_case(case))]
    return not any(function.only_tables or function.only_server for function in functions)


VECTORS = list(filter(in_browser, CASES))
RANDOM = list(random_cases(7, 1000, "0.01"))
# What an expression sees of the world in the vectors, as the form page would show it.
EVALUATE = """([cases, world]) => cases.map((one) => phieu.evaluate(one.node, {
  value: (name) => (name in one.values ? one.values[name] : ""),
  field: (name) => world.choice[name] ?? "",
  previous: (name) => one.values["previous_" + name] ?? "",
  labels: (question, names) =>
    names.split(" ").map((name) => world.labels[name] ?? name).join(", "),
  look: ([dataset, column, keyColumn], key) => {
    const at = (name) => world.columns.indexOf(name);
    const row = dataset === world.dataset && world.rows.find((row) => row[at(keyColumn)] === key);
    return (row && row[at(column)]) || "";
  },
  position: () => one.position,
  current: one.current,
  now: world.now,
}))"""


def for_browser(value: Value) -> Any:
    """Return a value as the browser holds it: dates and hours are their texts."""
    if isinstance(value, tuple):
        return list(map(for_browser, value))
    if isinstance(value, date | time):
        return as_text(value)
    return float(value) if isinstance(value, Decimal) else value


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    return browser.new_page(locale="vi-VN")


@pytest.fixture(scope="module")
def results(browser: Browser) -> list[Any]:
    """Return what the browser makes of every vector and every random case, in their order."""
    page = browser.new_page()
    page.set_content('<!doctype html><html lang="vi"><title>Expressions</title></html>')
    page.add_script_tag(content=SCRIPT)
    cases = [
        {
            "node": to_json(parse_case(case)),
            "values": {n: for_browser(value_of(v)) for n, v in case.get("values", {}).items()},
            "current": for_browser(value_of(case.get("current", ""))),
            "position": int(case.get("position", 0)),
        }
        for case in [*VECTORS, *RANDOM]
    ]
    world = {
        "choice": CHOICE,
        "labels": LABELS,
        "dataset": DATASET.name,
        "columns": DATASET.columns,
        "rows": DATASET.rows,
        "now": NOW.isoformat(),
    }
    answer: list[Any] = page.evaluate(EVALUATE, [cases, world])
    return answer


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        *enumerate(value_of(case["expected"]) for case in VECTORS),
        *enumerate(map(evaluate_case, RANDOM), start=len(VECTORS)),
    ],
    ids=[case["expression"][:80] for case in [*VECTORS, *RANDOM]],
)
def test_the_browser_gives_what_python_gives(
    results: list[Any], index: int, expected: Value
) -> None:
    expression = [*VECTORS, *RANDOM][index]["expression"]
    result, wanted = results[index], for_browser(expected)
    if isinstance(wanted, float):
        assert isinstance(result, int | float), expression
        assert type(result) is not bool, expression
        assert result == pytest.approx(wanted, rel=1e-14, abs=1e-14, nan_ok=True), expression
    else:
        assert (result, type(result)) == (wanted, type(wanted)), expression


def test_every_function_that_a_browser_knows_is_among_the_vectors() -> None:
    known = {name for name, f in FUNCTIONS.items() if not (f.only_tables or f.only_server)}
    assert known == {name for case in VECTORS for name in calls(parse_case(case))}
    assert len(VECTORS) >= len(CASES) - 40
    assert len(VECTORS) >= 450


def test_the_script_is_small_and_never_makes_code_of_text() -> None:
    assert len(SCRIPT.encode()) < LARGEST_SCRIPT_BYTES
    assert not any(word in SCRIPT for word in ("eval(", "Function(", "import", "innerText"))


# --- a form while somebody types ------------------------------------------------------------------


def logic(kind: str, expression: str) -> str:
    return f"data-{kind}='{json.dumps(to_json(parse(expression)), ensure_ascii=False)}'"


def entry(name: str, kind: str, more: str = "", value: str = "", prefix: str = "") -> str:
    return (
        f'<div data-question="{name}" data-type="{kind}" {more}><p id="error-{prefix}{name}"></p>'
        f'<input type="text" name="{prefix}{name}" value="{value}"></div>'
    )


def choice(name: str, *choices: str, kind: str = "radio", more: str = "") -> str:
    inputs = "".join(
        f'<div class="form-check"><input type="{kind}" id="{name}-{c}" name="{name}" value="{c}">'
        f'<label for="{name}-{c}">{c.title()}</label></div>'
        for c in choices
    )
    return f'<div data-question="{name}" data-type="select_one" {more}>{inputs}</div>'


def output(name: str, calculation: str, more: str = "") -> str:
    attributes = f'data-name="{name}" data-type="calculate" {logic("calculation", calculation)}'
    return f'<input type="hidden" {attributes} {more}>'


def group(name: str, relevant: str, *content: str) -> str:
    return (
        f'<fieldset data-group="{name}" {logic("relevant", relevant)}>{"".join(content)}</fieldset>'
    )


def open_form(page: Page, content: str, language: str = "vi", more: str = "") -> None:
    """Open a form of which every word of the content policy is kept."""
    html = (
        f'<!doctype html><html lang="{language}"><title>Phiếu</title>'
        f'<form method="post" data-phieu {more}>{content}<button>Gửi</button></form>'
        '<script src="/form.js"></script></html>'
    )

    def serve(route: Route) -> None:
        if route.request.url.endswith("form.js"):
            route.fulfill(body=SCRIPT, content_type="text/javascript")
        elif route.request.method == "POST":
            SENT.append(route.request.post_data)
            route.fulfill(status=204)
        else:
            headers = {
                "Content-Security-Policy": POLICY,
                "Content-Type": "text/html; charset=utf-8",
            }
            route.fulfill(body=html, headers=headers)

    SENT.clear()
    page.unroute_all()
    page.route("**/*", serve)
    page.goto(ADDRESS)


SENT: list[str | None] = []


def wait_until_sent(page: Page, body: str) -> None:
    for _ in range(500):
        if body in SENT:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{body} was never sent, only {SENT}")


def hidden(page: Page, name: str) -> bool:
    selector = f'[data-question="{name}"], [data-group="{name}"]'
    return bool(page.locator(selector).evaluate("e => e.hidden"))


def shown(page: Page, name: str) -> str:
    return page.locator(f'[data-value="{name}"]').first.inner_text()


def test_a_question_is_asked_only_when_it_is_relevant_and_keeps_what_was_typed(page: Page) -> None:
    open_form(
        page,
        choice("co", "co", "khong")
        + entry("ly_do", "text", logic("relevant", "${co} = 'khong'"), value="Dịch bệnh")
        + '<span data-value="ly_do"></span>',
    )
    assert hidden(page, "ly_do")
    assert shown(page, "ly_do") == "–"
    page.check('[value="khong"]')
    assert not hidden(page, "ly_do")
    assert shown(page, "ly_do") == "Dịch bệnh"
    page.check('[value="co"]')
    assert hidden(page, "ly_do")
    assert page.input_value('[name="ly_do"]') == "Dịch bệnh"


def test_what_a_hidden_group_holds_counts_for_nothing(page: Page) -> None:
    open_form(
        page,
        choice("co", "co", "khong")
        + group("g", "${co} = 'co'", entry("n", "integer", value="5"), output("n2", "${n} * 2"))
        + output("m", "coalesce(${n2}, 0) + 1")
        + '<span data-value="m"></span>',
    )
    assert hidden(page, "g")
    assert shown(page, "m") == "1"
    page.check('[value="co"]')
    assert not hidden(page, "g")
    assert shown(page, "m") == "11"


@pytest.mark.parametrize(
    ("language", "total", "share"), [("vi", "12.345", "33,3"), ("en", "12,345", "33.3")]
)
def test_totals_follow_what_is_typed(page: Page, language: str, total: str, share: str) -> None:
    open_form(
        page,
        '<p><span data-value="tong">–</span> <span data-value="ty_le">–</span></p>'
        + output("ty_le", "if(${tong} > 0, round(${b} * 100 div ${tong}, 1), '')")
        + output("tong", "${a} + ${b}")
        + entry("a", "integer")
        + entry("b", "integer"),
        language,
    )
    assert (shown(page, "tong"), shown(page, "ty_le")) == ("–", "–")
    page.fill('[name="a"]', "8.230")
    assert shown(page, "tong") == "–"
    page.fill('[name="b"]', "4 115")
    assert (shown(page, "tong"), shown(page, "ty_le")) == (total, share)
    page.fill('[name="b"]', "bốn")
    assert (shown(page, "tong"), shown(page, "ty_le")) == ("–", "–")


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("integer", "1.234", "1.234"),
        ("integer", "1,234", "1.234"),
        ("integer", " 1234 ", "1.234"),
        ("integer", "1,5", "–"),
        ("integer", "-3", "-3"),
        ("decimal", "1.234,5", "1.234,5"),
        ("decimal", "95.5 %", "95,5"),
        ("decimal", "1,234.5", "1.234,5"),
        ("decimal", "1.234", "1.234"),
        ("decimal", "1.2.3", "–"),
        ("date", "31/8/2021", "31/8/2021"),
        ("date", "31-8-2021", "31/8/2021"),
        ("date", "2021-08-31", "31/8/2021"),
        ("date", "1.2.2021", "01/02/2021"),
        ("date", "31/9/2021", "–"),
        ("date", "8/31/2021", "–"),
        ("text", "  Tỉnh\u200b   ủy ", "Tỉnh ủy"),
        ("text", "0912", "0912"),
        ("integer", "1\u00a0234", "1.234"),
        ("decimal", "\u22121,5", "-1,5"),
        ("range", "7,5", "7,5"),
        ("month", "8/2021", "8/2021"),
        ("month", "08-2021", "8/2021"),
        ("month", "31/8/2021", "8/2021"),
        ("month", "13/2021", "–"),
        ("year", "2021", "2021"),
        ("year", "21", "–"),
        ("time", "14:05", "14:05"),
        ("time", "8h", "08:00"),
        ("time", "14 giờ 05 phút", "14:05"),
        ("time", "25:00", "–"),
        ("dateTime", "31/8/2021 14:05", "31/8/2021 14:05"),
        ("dateTime", "14h05 ngày 31/8/2021", "31/8/2021 14:05"),
        ("dateTime", "14 giờ 05, ngày 31/8/2021", "31/8/2021 14:05"),
        ("dateTime", "2021-08-31T14:05", "31/8/2021 14:05"),
        ("dateTime", "31/8/2021", "–"),
        ("geopoint", "10.0125, 105.0809", "10.0125 105.0809 0 0"),
        ("contact", "0297 386.2345", "02973862345"),
        ("contact", "a@b.vn", "a@b.vn"),
    ],
)
def test_what_is_typed_is_read_as_the_server_reads_it(
    page: Page, kind: str, typed: str, value: str
) -> None:
    open_form(page, entry("a", kind) + '<span data-value="a"></span>')
    page.fill('[name="a"]', typed)
    assert shown(page, "a") == value


def test_text_is_compared_in_nfc(page: Page) -> None:
    open_form(page, entry("a", "text") + entry("b", "text", logic("relevant", "${a} = 'Đợt'")))
    page.fill('[name="a"]', "Đo\u031b\u0323t")
    assert not hidden(page, "b")


def test_several_choices_are_one_value(page: Page) -> None:
    open_form(
        page,
        choice("a", "x", "y", "khac", kind="checkbox")
        + entry(
            "b", "text", logic("relevant", "selected(${a}, 'khac') and count-selected(${a}) < 3")
        )
        + '<div data-question="c" data-type="select_one"><select name="c">'
        '<option value=""></option><option value="5">Năm</option></select></div>'
        + entry("d", "text", logic("relevant", "${c} > 4")),
    )
    page.check('[value="khac"]')
    assert not hidden(page, "b")
    page.check('[value="x"]')
    page.check('[value="y"]')
    assert hidden(page, "b")
    assert hidden(page, "d")
    page.select_option("select", "5")
    assert not hidden(page, "d")


def test_a_wrong_value_is_told_when_leaving_the_field_and_no_sooner(page: Page) -> None:
    message = "Nhập số nguyên từ 0 trở lên."
    constraint = f'{logic("constraint", ". >= 0")} data-message="{message}"'
    open_form(page, entry("a", "integer", constraint) + entry("b", "text"))
    page.fill('[name="a"]', "-1")
    error = page.locator("#error-a")
    assert error.inner_text() == ""
    page.focus('[name="b"]')
    expect(error).to_have_text(message)
    assert page.get_attribute('[name="a"]', "aria-invalid") == "true"
    page.fill('[name="a"]', "1")
    assert error.inner_text() == ""
    assert page.get_attribute('[name="a"]', "aria-invalid") is None


def test_what_the_server_said_stays_until_the_value_is_right(page: Page) -> None:
    constraint = f'{logic("constraint", ". >= 0")} data-message="Sai"'
    open_form(
        page,
        f'<div data-question="a" data-type="integer" {constraint}>'
        '<p id="error-a">Nhập số nguyên.</p><input type="text" name="a" value="x"></div>'
        + entry("b", "text"),
    )
    page.focus('[name="a"]')
    expect(page.locator("#error-a")).to_have_text("Nhập số nguyên.")
    page.fill('[name="a"]', "3")
    page.focus('[name="b"]')
    expect(page.locator("#error-a")).to_have_text("")


def test_a_click_that_ends_the_typing_reaches_what_was_clicked(page: Page) -> None:
    constraint = f'{logic("constraint", ". >= 0")} data-message="{"Sai. " * 200}"'
    below = (
        '<fieldset data-question="c" data-type="select_one">'
        '<input type="radio" name="c" value="x" id="x"></fieldset>'
    )
    open_form(page, entry("a", "integer", constraint) + below)
    page.fill('[name="a"]', "-1")
    box = page.locator("#x").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    expect(page.locator("#error-a")).to_contain_text("Sai.")
    assert page.is_checked("#x")


def instance(index: int | str, *questions: str) -> str:
    return (
        f'<fieldset data-instance="van_ban-{index}"><legend>Văn bản</legend>{"".join(questions)}'
        f'<button name="action" value="remove:van_ban-{index}">Bỏ</button></fieldset>'
    )


def repeat(*instances: str, template: str = "", more: str = "") -> str:
    """Return a repeat as the page draws it, with a template of its instances."""
    template = template or re.sub(r"van_ban-\d+", "van_ban-__index__", instances[0])
    return (
        f'<fieldset data-group="van_ban" data-repeat="1" {more}>{"".join(instances)}'
        f"<template>{template}</template>"
        '<button name="action" value="add:van_ban">Thêm</button></fieldset>'
    )


def test_inside_a_repeat_the_same_instance_comes_first(page: Page) -> None:
    parts = [
        instance(
            index,
            entry("loai", "text", prefix=f"van_ban-{index}-"),
            entry(
                "khac", "text", logic("relevant", "${loai} = 'khac'"), prefix=f"van_ban-{index}-"
            ),
            entry("so", "integer", prefix=f"van_ban-{index}-"),
        )
        for index in (0, 1, 2)
    ]
    open_form(
        page,
        repeat(*parts)
        + output("tong", "sum(${so})")
        + output("dem", "count(${van_ban})")
        + '<span data-value="tong"></span><span data-value="dem"></span>',
    )
    assert (shown(page, "tong"), shown(page, "dem")) == ("0", "0")
    page.fill('[name="van_ban-0-so"]', "5")
    page.fill('[name="van_ban-1-so"]', "7")
    page.fill('[name="van_ban-1-loai"]', "khac")
    asked = page.locator('[data-question="khac"]').evaluate_all("all => all.map(e => !e.hidden)")
    assert asked == [False, True, False]
    assert (shown(page, "tong"), shown(page, "dem")) == ("12", "2")


def test_a_repeat_that_is_asked_under_a_condition_has_one_instance_at_least(page: Page) -> None:
    open_form(
        page,
        choice("co", "co")
        + repeat(
            instance(0, entry("so", "text", prefix="van_ban-0-")),
            more=logic("relevant", "${co} = 'co'"),
        )
        + output("dem", "count(${van_ban})")
        + '<span data-value="dem"></span>',
    )
    assert shown(page, "dem") == "0"
    page.check('[value="co"]')
    assert shown(page, "dem") == "1"


def test_what_stands_on_another_page_leaves_the_word_of_the_server(page: Page) -> None:
    relevant = logic("relevant", "${xa} = 'co'")
    open_form(
        page,
        entry("a", "text", relevant)
        + entry("b", "text", relevant + " hidden")
        + entry("c", "text", logic("relevant", "${d} = 'co' and ${xa} = 'co'"))
        + entry("d", "text")
        + output("tong", "${xa} + 1")
        + '<span data-value="tong">12</span>',
    )
    assert not hidden(page, "a")
    assert hidden(page, "b")
    assert hidden(page, "c")
    assert shown(page, "tong") == "12"


def test_values_of_other_pages_may_come_with_the_form(page: Page) -> None:
    given = json.dumps({"tong": 1000, "ngay": "2021-08-31"})
    open_form(
        page,
        output("x", "${tong} + ${a}")
        + entry("a", "integer", value="234")
        + entry("b", "text", logic("relevant", "${ngay} > date('2021-08-30')"))
        + '<span data-value="x"></span><span data-value="ngay">31/8/2021</span>',
        more=f"data-values='{given}'",
    )
    assert (shown(page, "x"), shown(page, "ngay")) == ("1.234", "31/8/2021")
    assert not hidden(page, "b")


def test_the_round_before_files_and_choice_names_come_with_the_page(page: Page) -> None:
    previous = json.dumps({"a": 120})
    tables = json.dumps({"xa.csv,ten,ma": {"1": "Đông Yên"}}, ensure_ascii=False)
    open_form(
        page,
        entry("a", "integer")
        + choice("huyen", "an_bien", "tan_hiep")
        + entry("ma", "text")
        + output("gap", "${a} > 4 * previous(${a})")
        + output("moi", "coalesce(previous(${ma}), 'chưa có')")
        + output("ten", "pulldata('xa.csv', 'ten', 'ma', ${ma})")
        + output("khac", "pulldata('khac.csv', 'ten', 'ma', ${ma})")
        + output("nhan", "jr:choice-name(${huyen}, '${huyen}')")
        + "".join(
            f'<span data-value="{n}">máy chủ</span>' for n in ("gap", "moi", "ten", "khac", "nhan")
        ),
        more=f"data-previous='{previous}' data-tables='{tables}'",
    )
    page.fill('[name="a"]', "481")
    page.fill('[name="ma"]', "1")
    page.check('[value="an_bien"]')
    assert [shown(page, n) for n in ("gap", "moi", "ten", "khac", "nhan")] == [
        *("true", "chưa có", "Đông Yên", "máy chủ", "An_Bien"),
    ]


def test_a_text_says_a_choice_by_its_label_and_an_expression_sees_its_name(page: Page) -> None:
    constraint = f'{logic("constraint", ". > 0")} data-message="${{co}}, ${{xa}} và ${{a}}?"'
    spans = "".join(f'<span data-value="{name}">máy chủ</span>' for name in ("co", "cach", "ten"))
    inner = [entry("so", "text", prefix=f"van_ban-{index}-") for index in (0, 1)]
    open_form(
        page,
        choice("co", "co", "khong")
        + choice("cach", "hop", "loa", kind="checkbox")
        + '<div data-question="xa" data-type="select_one"><select name="xa">'
        '<option value=""></option><option value="1">Đông Yên</option></select></div>'
        + entry("a", "integer", constraint)
        + output("ten", "concat(${co}, '/', ${xa})")
        + repeat(
            *(
                instance(index, one, '<span data-value="co"></span>')
                for index, one in enumerate(inner)
            )
        )
        + spans
        + '<span data-value="noi_khac">Máy chủ</span>',
        more='data-values=\'{"noi_khac": "may_chu"}\'',
    )
    assert (shown(page, "co"), shown(page, "cach")) == ("–", "–")
    page.check('[value="khong"]')
    page.check('[value="loa"]')
    page.check('[value="hop"]')
    page.select_option("select", "1")
    assert (shown(page, "co"), shown(page, "cach")) == ("Khong", "Hop, Loa")
    assert page.locator('[data-value="co"]').all_inner_texts() == ["Khong"] * 3
    assert shown(page, "ten") == "khong/1"
    assert shown(page, "noi_khac") == "Máy chủ"
    page.fill('[name="a"]', "0")
    page.focus("select")
    expect(page.locator("#error-a")).to_have_text("Khong, Đông Yên và 0?")


def test_a_choice_that_is_ranked_twice_is_told_at_once(page: Page) -> None:
    options = "".join(f'<option value="{c}">{c.title()}</option>' for c in ("", "x", "y", "z"))
    open_form(
        page,
        f'<div data-question="r" data-type="rank" {logic("constraint", "true()")} '
        'data-twice="Mỗi phương án một lần." data-message=""><p id="error-r"></p>'
        + "".join(f'<select id="s{n}" name="r">{options}</select>' for n in range(3))
        + "</div>",
    )
    error = page.locator("#error-r")
    page.select_option("#s0", "x")
    assert error.inner_text() == ""
    page.select_option("#s1", "x")
    assert error.inner_text() == "Mỗi phương án một lần."
    assert page.get_attribute("#s1", "aria-invalid") == "true"
    page.select_option("#s0", "y")
    assert error.inner_text() == ""
    assert page.locator("[aria-invalid]").count() == 0


@pytest.mark.parametrize(
    ("kind", "typed", "shown"),
    [
        ("decimal", "8", "1"), ("decimal", "9872", "1234"), ("decimal", "12,344", "1,543"),
        ("decimal", "12345", "1,543.125"), ("integer", "9872", "1,234"), ("text", "9872", "1234"),
    ],
)  # fmt: skip
def test_what_is_put_into_an_english_form_reads_back(
    page: Page, kind: str, typed: str, shown: str
) -> None:
    pulled = f'{logic("calculation", "${a} div 8")} data-trigger="a"'
    again = logic("calculation", "${b} * 8")
    open_form(
        page, entry("a", "decimal") + entry("b", kind, pulled) + entry("c", "text", again), "en"
    )
    page.fill('[name="a"]', typed)
    assert page.input_value('[name="b"]') == shown
    assert page.input_value('[name="c"]').replace(",", "") == typed.replace(",", ".")


def test_a_trigger_leaves_alone_what_is_worked_out_once(page: Page) -> None:
    once = f'{logic("calculation", "once(concat(${a}, 1))")} data-trigger="a"'
    open_form(page, entry("a", "text") + entry("b", "text", once))
    page.fill('[name="a"]', "x")
    page.fill('[name="a"]', "y")
    assert page.input_value('[name="b"]') == "x1"


def test_only_what_hangs_on_a_change_is_worked_out_again(page: Page) -> None:
    open_form(
        page,
        entry("a", "integer", value="1")
        + entry("b", "integer", value="1")
        + output("tong", "${a} + 1")
        + output("khac", "${b} + 1")
        + '<span data-value="tong"></span><span data-value="khac"></span>',
    )
    page.evaluate("""() => {
      window.written = [];
      new MutationObserver((all) => all.forEach((one) => written.push(one.target.dataset.value)))
        .observe(document.body, {childList: true, subtree: true});
    }""")
    page.fill('[name="a"]', "2")
    page.wait_for_function("written.length > 0")
    assert page.evaluate("written") == ["tong"]


def test_a_form_is_sent_once_however_often_the_button_is_pressed(page: Page) -> None:
    open_form(page, entry("a", "text", value="x"))
    page.evaluate("document.querySelector('button').click()")
    page.evaluate("document.querySelector('button').click()")
    wait_until_sent(page, "a=x")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow'))")
    # Another answer, so that what the second press might have sent is told from it.
    page.locator("[name=a]").fill("y")
    page.evaluate("document.querySelector('button').click()")
    wait_until_sent(page, "a=y")
    assert SENT == ["a=x", "a=y"]
