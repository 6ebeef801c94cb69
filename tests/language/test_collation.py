"""Lists are in the order a Vietnamese reader expects."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.collation import person_key, sort_key, stored_key


def shuffled(words: list[str]) -> list[str]:
    return random.Random(46).sample(words, len(words))


ORDERED = [
    ["An", "Ăn", "Ân", "Dương", "Đông", "Em", "Ên"],
    ["ma", "mà", "mả", "mã", "má", "mạ"],
    [
        "An Biên",
        "An Minh",
        "Giang Thành",
        "Giồng Riềng",
        "Gò Quao",
        "Hà Tiên",
        "Hòn Đất",
        "U Minh Thượng",
    ],
    ["a", "ă", "â", "b", "d", "đ", "e", "ê", "o", "ô", "ơ", "u", "ư", "y"],
    ["Đợt 1", "Đợt 2"],
    ["an", "An", "àn", "ân"],
    ["Hòa", "Hoà Thuận"],
    ["(Ghi chú)", "1", "a", "ö"],
]


@pytest.mark.parametrize("words", ORDERED, ids=lambda words: words[0])
def test_words_sort_as_in_a_dictionary(words: list[str]) -> None:
    assert sorted(shuffled(words), key=sort_key) == words


def test_persons_sort_by_given_name_first() -> None:
    names = [
        "Trần Thị An",
        "Đỗ Thanh Bình",
        "Nguyễn Văn Bình",
        "Lê Thị Dung",
        "Lê Văn Đức",
    ]
    assert sorted(shuffled(names), key=person_key) == names


def test_a_name_of_one_word_or_none_sorts() -> None:
    assert sorted(["Bình", "Lê An", ""], key=person_key) == ["", "Lê An", "Bình"]


@given(st.text(), st.text())
def test_any_two_texts_compare(one: str, other: str) -> None:
    assert (sort_key(one) <= sort_key(other)) or (sort_key(other) <= sort_key(one))


@given(st.text())
def test_composition_does_not_change_the_order(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert sort_key(decomposed) == sort_key(unicodedata.normalize("NFC", text))


@given(st.text(), st.text())
def test_a_stored_key_sorts_the_same_way(one: str, other: str) -> None:
    assert (stored_key(one) < stored_key(other)) == (sort_key(one) < sort_key(other))
