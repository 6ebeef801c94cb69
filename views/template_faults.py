"""What is wrong with a template of Word, in sentences that say where."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

from exports.report_language import Fault, Where

# Code of exports.word_package.UnsafeFile or of exports.report_language.faults -> what is said.
SENTENCES: Mapping[str, LazyString] = {
    "too_large": _("The file is larger than %(words)s MB."),
    "old_word": _(
        "The file is an old Word document (.doc), or has a password. Please save it as .docx, "
        "without a password."
    ),
    "no_document": _("The file is no Word document (.docx)."),
    "too_much": _(
        "The file unpacks to more than a template needs. Please begin anew with the template "
        "offered on this page."
    ),
    "macros": _("The file has macros. Please save it as .docx, without them."),
    "external": _(
        "The file leads to something outside of it: “%(words)s”. Please remove that link, field or "
        "attached template."
    ),
    "part": _(
        "The file holds something that is neither text nor picture (“%(words)s”). Please remove it."
    ),
    "picture": _(
        "The picture “%(words)s” is of a kind that cannot be used. Please use PNG, JPEG or GIF."
    ),
    "unreadable": _(
        "The file cannot be read. Please begin anew with the template offered on this page."
    ),
    "unknown": _("“%(words)s” is not the name of a place."),
    "wrong": _(
        "“%(words)s” is not understood: between the braces stands only the name of a place."
    ),
    "brace": _("“%(words)s” stands alone: a place stands between two braces on either side."),
    "alone": _("“%(words)s” takes paragraphs of its own: nothing else may stand beside it."),
    "unclosed": _("“%(words)s” has no end: an endif must follow."),
    "stray": _("“%(words)s” has no beginning, or it is not beside its beginning."),
    "whole": _("“%(words)s” needs a paragraph of its own; within a sentence, it has no p."),
    "deep": _("There are more than %(words)s conditions within each other."),
    "hidden": _(
        "“%(words)s” stands where it is not printed: in a field, a comment, the name of a picture."
    ),
}
PARTS: Mapping[str, LazyString] = {
    "document": _("Body"),
    "header": _("Header of pages"),
    "footer": _("Footer of pages"),
    "footnotes": _("Footnotes"),
}


_AT = _("%(part)s, paragraph %(number)s (“%(text)s”)")
_NEAR = _("Did you mean “%(name)s”?")
_CODE = Markup("<code>{}</code>")


def fault_sentence(fault: Fault) -> Markup:
    """Return what is wrong: where it stands, what it is, and what may have been meant."""
    where = _place(fault.where) if fault.where else Markup("")
    said = escape(str(SENTENCES[fault.code])) % {"words": _CODE.format(fault.words)}
    near = Markup(" ") + escape(str(_NEAR)) % {"name": _CODE.format(fault.near)}
    return where + said + (near if fault.near else Markup(""))


def _place(where: Where) -> Markup:
    if not where.number:
        return escape(f"{where.part}: ")
    part = str(PARTS.get(where.part, where.part))
    place = escape(str(_AT)) % {
        "part": part,
        "number": where.number,
        "text": _CODE.format(where.excerpt),
    }
    return place + ": "
