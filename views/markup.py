"""How a form may dress its texts: Markdown's emphasis, links and lists, nothing else.

Whatever else stands in a label is text. A link leads to http, https or mailto, opens in a new tab
and says so in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from forms.markup import HELD, hold, let_go, markdown


def inline(text: str, show: Callable[[str], str]) -> Markup:
    """Return a text as HTML that may stand inside a line; `show` draws a `${name}`."""
    return _drawn(_MARKDOWN.renderInline(hold(text)), show)


def block(text: str, show: Callable[[str], str]) -> Markup:
    """Return a text as HTML of paragraphs and lists; `show` draws a `${name}`."""
    return _drawn(_MARKDOWN.render(hold(text)), show)


def _drawn(html: str, show: Callable[[str], str]) -> Markup:
    return Markup(  # noqa: S704 - the renderer escapes every text
        HELD.sub(lambda found: show(found[1]), html.rstrip())
    )


def _open_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, environment: Any
) -> str:
    link = tokens[index]
    if link.attrGet("title"):
        link.attrSet("title", let_go(str(link.attrGet("title"))))
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


def _markdown() -> MarkdownIt:
    drawing = markdown()
    drawing.add_render_rule("link_open", _open_link)
    drawing.add_render_rule("link_close", _close_link)
    return drawing


_MARKDOWN = _markdown()
