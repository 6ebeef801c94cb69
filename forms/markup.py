"""What a text of a form says: Markdown's emphasis, links and lists, and values named in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

# `${name}` in a label.
REFERENCE = re.compile(r"\$\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}")
# What stands for a value that is not known or differs from row to row, as on a form of paper.
OPEN = "…"
SCHEMES = {"http", "https", "mailto"}
RULES = ["emphasis", "escape", "link", "list", "newline"]
# A reference while the text around it is read: no sign of it means anything in Markdown.
HELD = re.compile("\ue000([A-Za-z0-9_]+)\ue001")


class _Markdown(MarkdownIt):
    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the name is the library's
        """Return the address of a link; a reference in it is text, for no element fits in there."""
        return super().normalizeLink(let_go(url))

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name is the library's
        """Return whether a link may lead there; one that may not stays text."""
        try:
            return urlsplit(url.strip()).scheme.lower() in SCHEMES
        except ValueError:
            return False


def markdown() -> MarkdownIt:
    """Return a reader of what forms may dress their texts with; whatever else stands is text."""
    return _Markdown("zero", {"breaks": True}).enable(RULES)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text without its Markdown, on one line."""
    words = "".join(_words(_READER.parseInline(hold(text))))
    return let_go(" ".join(words.split()))


def alone(text: str) -> str:
    """Return a text as it is shown away from its form: what a value would say is left open."""
    return REFERENCE.sub(OPEN, plain(text))


def hold(text: str) -> str:
    """Return a text with signs in place of its references that Markdown leaves alone."""
    return REFERENCE.sub("\ue000\\1\ue001", text)


def let_go(text: str) -> str:
    """Return what `hold` was given, as far as its references go."""
    return HELD.sub(r"${\1}", text)


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.children is not None:
            yield from _words(token.children)
        else:
            yield "\n" if token.type in ("softbreak", "hardbreak") else token.content


_READER = markdown()
