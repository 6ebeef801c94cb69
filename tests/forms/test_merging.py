"""What two people typed into the same form comes together, and nothing is lost unseen."""

from __future__ import annotations

import itertools

import pytest

from forms.answers import Typed
from forms.compile import compile_form
from forms.merging import Sides, merge, moved

FORM = compile_form(
    b"""
| survey | type | name | label |
| | text | ten | Ten |
| | integer | so | So |
| | select_multiple m | chon | Chon |
| | file | tep | Tep |
| | begin repeat | lan | Lan |
| | text | y | Y |
| | end repeat | | |
| choices | list_name | name | label |
| | m | a | A |
| | m | b | B |
| settings | form_id | form_title |
| | f | F |
""",
    "f.md",
).definition


def sides(mine: str, theirs: str, **more: object) -> Sides:
    typed = [Typed({"ten": [text]}) if text else Typed() for text in (mine, theirs)]
    return Sides(*typed, **{"moved": frozenset({"ten"}), **more})


@pytest.mark.parametrize(
    ("given", "kept", "conflict"),
    [
        (sides("a", "a"), "a", False),
        (sides("a", "b", moved=frozenset()), "a", False),
        (sides("a", "b"), "b", True),
        (sides("", "b"), "b", True),
        (sides("a", ""), "", True),
        (sides("a", "b", touched=frozenset()), "b", False),
        (sides("a", "b", touched=frozenset({"ten"})), "b", True),
        (sides("a", "b", old=Typed({"ten": ["a"]})), "b", False),
        (sides("a", "b", old=Typed({"ten": ["c"]})), "b", True),
        (sides("a", "b", moved=frozenset(), open=frozenset({"ten"})), "b", True),
    ],
)
def test_every_case_of_two_sides(given, kept, conflict):
    merged = merge(FORM, "vi", given)
    assert merged.values.first("ten") == kept
    assert [c.name for c in merged.conflicts] == (["ten"] if conflict else [])


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("so", ["1234"], ["1.234"]),
        ("so", [" 12"], ["12"]),
        ("chon", ["a", "b"], ["b", "a"]),
        ("ten", ["a\nb"], ["a\r\nb"]),
        ("ten", [""], []),
    ],
)
def test_what_says_the_same_has_not_moved(name, one, other):
    assert moved(FORM, "vi", Typed({name: one}), Typed({name: other})) == frozenset()


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("so", ["x"], ["y"]),
        ("so", ["12"], []),
        ("chon", ["a"], ["a", "b"]),
        ("lan-1-y", ["a"], ["b"]),
    ],
)
def test_what_says_something_else_has(name, one, other):
    assert moved(FORM, "vi", Typed({name: one}), Typed({name: other})) == {name}


@pytest.mark.parametrize("name", ["tep", "la", "lan", "lan-100-y"])
def test_what_nobody_types_is_left_alone(name):
    merged = merge(FORM, "vi", Sides(Typed({name: ["x"]}), Typed(), frozenset({name})))
    assert (merged.values, merged.conflicts) == ({}, ())


def test_whatever_is_typed_is_kept_or_asked_for():
    """For each way two people can type: mine is kept, or it was not touched, or it is asked for."""
    texts = ["", "a", "b"]
    for mine, theirs, old in itertools.product(texts, texts, texts):
        for is_moved, is_touched in itertools.product((True, False), (True, False, None)):
            given = sides(
                mine,
                theirs,
                moved=frozenset({"ten"} if is_moved else ()),
                touched=None if is_touched is None else frozenset({"ten"} if is_touched else ()),
                old=Typed({"ten": [old]} if old else {}),
            )
            merged = merge(FORM, "vi", given)
            kept = merged.values.first("ten")
            assert kept in (mine, theirs)
            if mine not in (kept, old) and is_touched is not False:
                assert merged.conflicts
            if kept != theirs:
                assert not is_moved
