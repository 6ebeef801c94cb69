"""Text as it enters: cleaning, folding for search, and signs that do not belong."""

import re
import unicodedata
from typing import Literal

LegacyEncoding = Literal["TCVN3", "VNI"]

# Zero-width signs and the soft hyphen come with pastes from Word and Zalo; they break equality.
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff\u00ad"))
HARD_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f"), " ")
PASTE_REPAIRS = INVISIBLE | HARD_SPACES

BLANKS = re.compile(r"[ \t]+")
# Word writes a soft line break as a vertical tab.
LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")

# Letters that only Vietnamese written in Unicode has.
UNICODE_VIETNAMESE = re.compile("[đăơư\u1ea0-\u1ef9]")
# ® (đ) and © (â) never end a word in TCVN3, so "Microsoft®" raises no alarm.
TCVN3_LETTERS = re.compile(r"[®©][^\W\d_]|[a-z][µ¸¶·¹«¬]|[µ¸¶·¹«¬][a-z]")
# It also writes small letters with capitals of Latin-1 (Çn=ần Þ=ị Ð=é), which no word has inside.
TCVN3_CAPITALS = re.compile("[a-z][Æ-ÖØ-ß]")
# VNI puts its marks after the vowel: ñ=đ ö=ư ï=nặng û=hỏi ø=huyền; Unicode Vietnamese has none, nor
# two vowels of which the second repeats the first with its mark, or bears only that: aà=ầ eù=é.
VNI_LETTERS = re.compile("[ñïûöøæäåëü][a-z]|[a-z][ïûöøæäåëü]|a[àáâãêùõ]|e[àáâùõ]|o[âõ]")

# Control signs but line feed and tab, lone surrogates, U+FFFD, and the noncharacters: 32 in the
# Arabic presentation forms and the last two signs of each of the 17 planes.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd"
    + "".join(
        f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)


def is_clean(text: str) -> bool:
    """Return whether cleaning would surely change nothing, as for most texts: that is faster."""
    return (
        text.isprintable()
        and "  " not in text
        and text[:1] != " " != text[-1:]
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    )


def clean(text: str) -> str:
    """Return `text` as one line in NFC, with single spaces and no invisible signs.

    Every text that enters passes here or through `clean_lines`: forms, query strings, cells,
    file names. NFKC is not used: it would change real text (½, ², full-width forms).
    """
    return text if is_clean(text) else BLANKS.sub(" ", clean_lines(text).replace("\n", " "))


def clean_lines(text: str) -> str:
    """Clean `text` as `clean` does, but keep its line breaks (as a line feed each)."""
    if is_clean(text):
        return text
    composed = unicodedata.normalize("NFC", text.translate(PASTE_REPAIRS))
    lines = LINE_BREAK.sub("\n", composed).split("\n")
    return "\n".join(BLANKS.sub(" ", line).rstrip() for line in lines).strip()


def fold(text: str) -> str:
    """Return `text` in lower case without marks, for search: "Đảng ủy" gives "dang uy"."""
    # đ has no decomposition, so it is replaced by hand. Nothing that is searched holds a NUL, and
    # PostgreSQL refuses to look for one.
    plain = clean(text).lower().replace("đ", "d").replace("\0", "")
    decomposed = unicodedata.normalize("NFD", plain)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def legacy_encoding(text: str, font: str = "") -> LegacyEncoding | None:
    """Name the pre-Unicode Vietnamese encoding that `text` seems to be in.

    `font` is the name of the cell's font, the surest sign. It is a suspicion: refuse and ask,
    never convert, because capital letters in TCVN3 exist only as a font.
    """
    if not font and (text.isascii() or UNICODE_VIETNAMESE.search(text)):
        return None
    if font.lower().startswith(".vn"):
        return "TCVN3"
    composed = unicodedata.normalize("NFC", text)
    lowered = composed.lower()
    if UNICODE_VIETNAMESE.search(lowered):
        return None
    if font.upper().startswith("VNI"):
        return "VNI"
    if TCVN3_LETTERS.search(lowered) or TCVN3_CAPITALS.search(composed):
        return "TCVN3"
    return "VNI" if VNI_LETTERS.search(lowered) else None


def forbidden_character(text: str) -> str | None:
    """Return the first sign of `text` that no answer may hold, or None.

    Forbidden: NUL and other control signs except line feed and tab (clean the text first: a
    browser sends CR LF), lone surrogates, U+FFFD, and the noncharacters of Unicode section 23.7.
    """
    # All of them but U+FFFD are what Python does not call printable; to ask it is quicker.
    if text.isprintable() and "\ufffd" not in text:
        return None
    found = FORBIDDEN.search(text)
    return found[0] if found else None
