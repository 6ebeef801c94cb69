"""Labels as XLSForm writes them: a heading per language, like `label::Tiếng Việt (vi)`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forms.tree import NO_LABELS, Labels

_CODE = re.compile(r"\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)?)\)\s*$")


def language_code(name: str) -> str:
    """Return `vi` of `Tiếng Việt (vi)`; a name without a code is its own code."""
    found = _CODE.search(name)
    return found.group(1).lower() if found else name.strip()


def labels_of(value: str | Mapping[str, str] | None, languages: tuple[str, ...]) -> Labels:
    """Return the labels of one text, or of a text per language, in the order of `languages`."""
    if not value:
        return NO_LABELS
    if isinstance(value, str):
        return Labels(((languages[0], value),))
    texts = {language_code(str(name)): str(text) for name, text in value.items() if text}
    return Labels(tuple((code, texts[code]) for code in languages if code in texts))


def labels_by_language(
    cells: Mapping[str, str], heading: str, languages: tuple[str, ...]
) -> Labels:
    """Return the labels under `heading` and `heading::language` of one row."""
    if heading in cells:
        return labels_of(cells[heading], languages)
    prefix = f"{heading}::"
    texts = {name.removeprefix(prefix): text for name, text in cells.items() if prefix in name}
    return labels_of(texts, languages)
