"""A mistyped code is recognised as mistyped, never taken for somebody else's."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.codes import (
    ALPHABET,
    CODE_LENGTH,
    PUBLIC_FIRST,
    RECEIPT_FIRST,
    UNIT_FIRST,
    is_valid,
    new_code,
    normalise_code,
    show_code,
)

codes = st.builds(
    lambda first, seed: new_code(first, random.Random(seed).choice),
    st.sampled_from([UNIT_FIRST, PUBLIC_FIRST, RECEIPT_FIRST]),
    st.integers(0, 2**64),
)


def test_the_alphabet_is_readable_aloud() -> None:
    assert len(set(ALPHABET)) == 31
    assert not set("01ilo") & set(ALPHABET)


@given(codes)
def test_a_new_code_is_valid(code: str) -> None:
    assert len(code) == CODE_LENGTH
    assert is_valid(code)


def test_the_first_sign_tells_public_links_from_units() -> None:
    for _ in range(200):
        assert new_code(PUBLIC_FIRST).startswith("p")
        assert not new_code(UNIT_FIRST).startswith("p")


def test_codes_do_not_repeat() -> None:
    assert len({new_code(RECEIPT_FIRST) for _ in range(1000)}) == 1000


@given(codes)
def test_every_single_wrong_sign_is_caught(code: str) -> None:
    for place in range(CODE_LENGTH):
        for sign in ALPHABET.replace(code[place], ""):
            assert not is_valid(code[:place] + sign + code[place + 1 :])


@given(codes)
def test_every_swap_of_two_signs_is_caught(code: str) -> None:
    for one in range(CODE_LENGTH):
        for other in range(one + 1, CODE_LENGTH):
            signs = list(code)
            signs[one], signs[other] = signs[other], signs[one]
            assert is_valid("".join(signs)) == (code[one] == code[other])


@given(codes, st.integers(0, CODE_LENGTH - 1))
def test_a_lost_or_doubled_sign_is_caught(code: str, place: int) -> None:
    assert not is_valid(code[:place] + code[place + 1 :])
    assert not is_valid(code[:place] + code[place] + code[place:])


def test_random_signs_pass_no_more_often_than_chance() -> None:
    generator = random.Random(46)
    tries = 31_000
    passed = sum(is_valid("".join(generator.choices(ALPHABET, k=12))) for _ in range(tries))
    assert passed == pytest.approx(tries / 31, rel=0.15)


@given(st.text(st.characters(codec="ascii"), max_size=20))
def test_only_the_alphabet_is_valid(text: str) -> None:
    assert not is_valid(text) or (set(text) <= set(ALPHABET) and len(text) == CODE_LENGTH)


@given(codes)
def test_a_code_survives_being_shown_and_typed(code: str) -> None:
    assert len(show_code(code)) == 14
    assert normalise_code(show_code(code).upper()) == code
    assert normalise_code(f" {show_code(code).replace('-', ' – ')}\n") == code


def test_a_code_is_shown_in_groups_of_four() -> None:
    assert show_code("k7m29xqabcde") == "k7m2-9xqa-bcde"
