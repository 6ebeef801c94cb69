"""How a form may dress its texts: Markdown's emphasis, links and lists, nothing else.

Whatever else stands in a label is text. A link leads to http, https or mailto, opens in a new tab
and says so in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

# `${name}` in a label.
REFERENCE = re.compile(r"\$\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}")
SCHEMES = {"http", "https", "mailto"}
RULES = ["emphasis", "escape", "link", "list", "newline"]
# A reference while the text around it is read: no sign of it means anything in Markdown.
_HELD = re.compile("\ue000([A-Za-z0-9_]+)\ue001")


def inline(text: str, show: Callable[[str], str]) -> Markup:
    """Return a text as HTML that may stand inside a line; `show` draws a `${name}`."""
    return _drawn(_MARKDOWN.renderInline(_hold(text)), show)


def block(text: str, show: Callable[[str], str]) -> Markup:
    """Return a text as HTML of paragraphs and lists; `show` draws a `${name}`."""
    return _drawn(_MARKDOWN.render(_hold(text)), show)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text without its Markdown, on one line."""
    words = "".join(_words(_MARKDOWN.parseInline(_hold(text))))
    return _let_go(" ".join(words.split()))


def _hold(text: str) -> str:
    return REFERENCE.sub("\ue000\\1\ue001", text)


def _let_go(text: str) -> str:
    return _HELD.sub(r"${\1}", text)


def _drawn(html: str, show: Callable[[str], str]) -> Markup:
    return Markup(  # noqa: S704 - the renderer escapes every text
        _HELD.sub(lambda found: show(found[1]), html.rstrip())
    )


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.children is not None:
            yield from _words(token.children)
        else:
            yield "\n" if token.type in ("softbreak", "hardbreak") else token.content


def _open_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, environment: Any
) -> str:
    link = tokens[index]
    if link.attrGet("title"):
        link.attrSet("title", _let_go(str(link.attrGet("title"))))
    link.attrSet("rel", "noopener noreferrer")
    if not str(link.attrGet("href")).lower().startswith("mailto:"):
        link.attrSet("target", "_blank")
    return renderer.renderToken(tokens, index, options, environment)


def _close_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, environment: Any
) -> str:
    opening = next(t for t in reversed(tokens[:index]) if t.type == "link_open")
    if not opening.attrGet("target"):
        return "</a>"
    said = gettext("opens in a new tab")
    return f'<span class="visually-hidden"> ({said})</span></a>'


class _Markdown(MarkdownIt):
    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the name is the library's
        """Return the address of a link; a reference in it is text, for no element fits in there."""
        return super().normalizeLink(_let_go(url))

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name is the library's
        """Return whether a link may lead there; one that may not stays text."""
        try:
            return urlsplit(url.strip()).scheme.lower() in SCHEMES
        except ValueError:
            return False


def _markdown() -> MarkdownIt:
    markdown = _Markdown("zero", {"breaks": True}).enable(RULES)
    markdown.add_render_rule("link_open", _open_link)
    markdown.add_render_rule("link_close", _close_link)
    return markdown


_MARKDOWN = _markdown()
