"""What a password must be: long, and not one that somebody would try early on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from flask_security import PasswordUtil
from zxcvbn import zxcvbn

from language.text import fold

SHORTEST_SIGNS, LONGEST_SIGNS = 12, 128
# So many guesses a password must stand, tried in the order of how common its parts are.
FEWEST_GUESSES = 10**10
# More than that is not looked at: what is guessed early does not go on for so long.
JUDGED_SIGNS = 72
# What the lists of the library, which are English, do not know: words of the board and of the
# country, and what people here choose when they are asked for a password.
EASY_WORDS = (
    *("phieu", "bangtuyengiao", "bantuyengiao", "tuyengiao", "bantuyengiaovadanvan", "danvan"),
    *("tinhuy", "thanhuy", "huyenuy", "dangbo", "dangvien", "baocao", "chuyende", "congsan"),
    *("vietnam", "hanoi", "saigon", "hochiminh", "bachho", "kiengiang", "rachgia", "phuquoc"),
    *("matkhau", "khongbiet", "khongnho", "anhyeuem", "emyeuanh", "iuem", "xinchao", "taikhoan"),
    *("quantri", "canbo", "chuyenvien", "giadinh", "conyeu", "hanhphuc", "motconvit"),
)
# The library keeps what it is given in a place that all threads share.
_one_at_a_time = Lock()


class PasswordRules(PasswordUtil):
    """The rules, for every place where a password is set."""

    def validate(
        self, password: str, is_register: bool, **kwargs: Any
    ) -> tuple[list[str] | None, str]:
        """Return what is wrong, None when nothing is, and the password in normal form.

        `email` or `user` tells whose password it is, which must not be made of the address.
        """
        normalised = self.normalize(password)
        user = kwargs.get("user")
        email = str(kwargs.get("email") or (user.email if user else ""))
        return list(faults(normalised, email)) or None, normalised


def faults(password: str, email: str) -> Iterator[str]:
    """Yield what is wrong with a password; its length is that of what was typed, in signs."""
    # Flask-Security takes letters and accents apart before it hashes them.
    password = unicodedata.normalize("NFC", password)
    if len(password) < SHORTEST_SIGNS:
        yield _("A password must have at least %(num)d characters.", num=SHORTEST_SIGNS)
    elif len(password) > LONGEST_SIGNS:
        yield _("A password may have at most %(num)d characters.", num=LONGEST_SIGNS)
    elif is_easy(password, [*EASY_WORDS, *own_words(email)]):
        yield _(
            "This password is easy to guess: it consists of common passwords, rows of keys or "
            "digits, names of the board, or your e-mail address. Please choose a short sentence."
        )


def is_easy(password: str, words: list[str]) -> bool:
    """Tell whether a password would be guessed early, with or without its accents and blanks."""
    plain = re.sub(r"[\s._-]+", "", fold(password))
    with _one_at_a_time:
        return any(
            zxcvbn(form[:JUDGED_SIGNS], words)["guesses"] < FEWEST_GUESSES
            for form in {password.lower(), plain}
        )


def own_words(email: str) -> Iterator[str]:
    """Yield the words that are no secret of whose password it is, and of this installation."""
    host = urlsplit(current_app.config["SETTINGS"].public_url).hostname or ""
    for text in (email, host):
        yield from filter(None, {text, *re.split(r"[^a-z0-9]+", fold(text))})
