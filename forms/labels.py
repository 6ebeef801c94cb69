"""Labels as XLSForm writes them: a heading per language, like `label::Tiếng Việt (vi)`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forms.tree import Labels

# A question named in a text: ${name}.
REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
# Languages of the pages by names that forms give them without a code.
_KNOWN = {"english": "en", "vietnamese": "vi", "tiếng việt": "vi", "tieng viet": "vi"}
_CODE = re.compile(r"\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)?)\)\s*$")


def language_code(name: str) -> str:
    """Return `vi` of `Tiếng Việt (vi)`; a name without a code is its own, unless it is known."""
    found = _CODE.search(name)
    bare = name.strip()
    return found.group(1).lower() if found else _KNOWN.get(bare.lower(), bare)


def labels_by_language(
    cells: Mapping[str, str], heading: str, languages: tuple[str, ...]
) -> Labels:
    """Return the labels under `heading`, which is the default language, and `heading::language`."""
    prefix = f"{heading}::"
    texts = {
        language_code(name.removeprefix(prefix)): text
        for name, text in cells.items()
        if name.startswith(prefix)
    }
    if heading in cells:
        texts.setdefault(languages[0], cells[heading])
    return Labels(tuple((code, texts[code]) for code in languages if code in texts))
