"""What forms may say about how their texts look, and that nothing else comes through."""

import pytest
from flask import Flask

from forms.markup import plain
from views.markup import block, inline


def show(name: str) -> str:
    return f"[{name}]"


@pytest.fixture(autouse=True)
def _request(app: Flask):
    with app.test_request_context("/?lang=en"):
        yield


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Đậm**, *nghiêng*", "<strong>Đậm</strong>, <em>nghiêng</em>"),
        ("Số người (${so_nguoi})", "Số người ([so_nguoi])"),
        ("**${a_b}** và ${c_d}", "<strong>[a_b]</strong> và [c_d]"),
        ("2 * 3 * 4, a_b_c, # không", "2 * 3 * 4, a_b_c, # không"),
        (r"\*không đậm\*", "*không đậm*"),
        ("dòng\nmới", "dòng<br>\nmới"),
        ("<b>x</b> & <script>alert(1)</script>", None),
        ("`mã` ~~bỏ~~ ![x](https://a.vn/x.png)", None),
        ("[x](javascript:alert(1)) [x](JaVaScRiPt:alert(1)) [x](vbscript:a)", None),
        ("[x](data:text/html,a) [x](//a.vn) [x](/ban/) [x](&#106;avascript:a)", None),
        ("${<b>} ${a b}", None),
    ],
)
def test_only_emphasis_lists_and_links_are_understood(text: str, html: str | None) -> None:
    found = str(inline(text, show))
    if html is not None:
        assert found == html
    assert not any(tag in found for tag in ("<script", "<b>", "<img", "<del", "<code"))
    assert "javascript" not in found or "<a" not in found
    assert "<a" not in found or 'href="https://a.vn/x.png"' in found


def test_a_link_opens_elsewhere_and_says_so() -> None:
    found = str(inline("[Kế hoạch](https://a.vn/x?a=1&b=2)", show))
    assert found == (
        '<a href="https://a.vn/x?a=1&amp;b=2" rel="noopener noreferrer" target="_blank">Kế hoạch'
        '<span class="visually-hidden"> (opens in a new tab)</span></a>'
    )
    assert "target" not in inline("[Thư](mailto:a@b.vn)", show)


def test_a_reference_in_the_target_of_a_link_is_text() -> None:
    found = str(inline('[Số ${a}](https://a.vn/?x=${a}&y=1 "Xem ${ b }") ${b}', show))
    assert found == (
        '<a href="https://a.vn/?x=$%7Ba%7D&amp;y=1" title="Xem ${b}" rel="noopener noreferrer" '
        'target="_blank">Số [a]<span class="visually-hidden"> (opens in a new tab)</span></a> [b]'
    )
    assert inline("[x](${a})", show) == "[x]([a])"
    assert inline("[Thư](mailto:${a}@b.vn)", show).startswith('<a href="mailto:$%7Ba%7D@b.vn"')


def test_lists_stand_in_blocks_only() -> None:
    assert "<li>một</li>" in block("Chọn:\n\n- một\n- hai", show)
    assert "<li>" not in inline("- một", show)
    assert block("1. một\n2. hai", show).startswith("<ol>")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("**Đậm** và [liên kết](https://a.vn)", "Đậm và liên kết"),
        ("Số ${a_b}\ncuối", "Số ${a_b} cuối"),
        ("<b>", "<b>"),
        ("", ""),
    ],
)
def test_labels_can_be_had_without_their_marks(text: str, words: str) -> None:
    assert plain(text) == words
