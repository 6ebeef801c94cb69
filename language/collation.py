"""The Vietnamese alphabetical order of words and of persons' names (CLDR `vi`)."""

import re
import unicodedata

from language.text import clean

SortKey = tuple[tuple[int, ...], tuple[int, ...], tuple[bool, ...]]
PersonKey = tuple[SortKey, SortKey, SortKey]

SPACE_RANK = 1
SYMBOL_RANK = 2
DIGIT_RANK = 3
LETTER_RANK = 20
FOREIGN_RANK = 90
# From here on a rank takes more than two digits when it is stored.
LONG_RANK = 0xFF

LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
RANKS = {
    " ": SPACE_RANK,
    **{digit: DIGIT_RANK + number for number, digit in enumerate("0123456789")},
    **{letter: LETTER_RANK + number for number, letter in enumerate(LETTERS)},
}

# In order: huyền, hỏi, ngã, sắc, nặng; 0 is ngang, no mark.
TONES = {mark: rank for rank, mark in enumerate("\u0300\u0309\u0303\u0301\u0323", start=1)}

# A sign with the marks on it; TONES are among the marks, and so are those of ă â ê ô ơ ư.
MARKED_SIGN = re.compile("(.)([\u0300-\u036f]*)", re.DOTALL)


def sort_key(text: str) -> SortKey:
    """Return the key that sorts `text`: letters over the whole text, then tones, then case."""
    decomposed = unicodedata.normalize("NFD", clean(text))
    signs = [_letter_and_tone(sign, marks) for sign, marks in MARKED_SIGN.findall(decomposed)]
    return (
        tuple(_rank(letter.lower()) for letter, _ in signs),
        tuple(tone for _, tone in signs),
        tuple(letter.isupper() for letter, _ in signs),
    )


def stored_key(text: str) -> str:
    """Return `sort_key` as hexadecimal digits, which every database sorts the same way."""
    letters, tones, capitals = sort_key(text)
    parts = (letters, [tone + 1 for tone in tones], [capital + 1 for capital in capitals])
    # No part holds 00, so a text that ends comes before one that goes on.
    return "00".join("".join(map(_digits, part)) for part in parts)


def person_key(name: str) -> PersonKey:
    """Return the key that sorts persons: by given name (last word), family name, middle names."""
    words = clean(name).split(" ")
    return sort_key(words[-1]), sort_key(words[0]), sort_key(" ".join(words[1:-1]))


def _letter_and_tone(sign: str, marks: str) -> tuple[str, int]:
    letter = sign + "".join(mark for mark in marks if mark not in TONES)
    tone = max((TONES.get(mark, 0) for mark in marks), default=0)
    return unicodedata.normalize("NFC", letter), tone


def _digits(rank: int) -> str:
    return f"{rank:02x}" if rank < LONG_RANK else f"{LONG_RANK:02x}{rank:06x}"


def _rank(letter: str) -> int:
    known = RANKS.get(letter)
    if known is not None:
        return known
    return SYMBOL_RANK if letter.isascii() else FOREIGN_RANK + ord(letter[0])
