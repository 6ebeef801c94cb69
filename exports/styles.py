"""What cells look like: one table from the name of a style to its XlsxWriter properties.

The name of a cell of a table is its role and what it holds, such as "body integer".
"""

from __future__ import annotations

from collections.abc import Mapping

FONT = "Times New Roman"
TITLE_SIZE, PARTY_SIZE = 14, 15
# Decree 30 allows 12 to 13 points for the names of State and office, 13 to 14 for the motto.
STATE_SIZE, MOTTO_SIZE = 12, 13
Properties = Mapping[str, str | int | bool]

_BORDER: Properties = {"border": 1, "border_color": "#000000"}
_GREY: Properties = {"bg_color": "#E7E6E6"}
_CENTRE: Properties = {"align": "center", "valign": "vcenter", "text_wrap": True}
_LEFT: Properties = {"align": "left", "valign": "vcenter", "text_wrap": True}

_ROLES: Mapping[str, Properties] = {
    "body": {**_BORDER},
    "item": {**_BORDER, "valign": "top"},
    "below": {**_BORDER, "italic": True},
    "group": {**_BORDER, **_GREY, "bold": True},
    "total": {**_BORDER, "bold": True},
}
_KINDS: Mapping[str, Properties] = {
    "text": _LEFT,
    "tick": _CENTRE,
    "inset": {**_LEFT, "indent": 1},
    "centre": _CENTRE,
    "integer": {"align": "right", "valign": "vcenter", "num_format": "#,##0"},
    "decimal": {"align": "right", "valign": "vcenter", "num_format": "#,##0.0##"},
    "percent": {"align": "right", "valign": "vcenter", "num_format": "0.0"},
    "integer centred": {**_CENTRE, "num_format": "#,##0"},
    "percent centred": {**_CENTRE, "num_format": "0.0"},
    "scale": {"align": "right", "valign": "vcenter", "num_format": "0.00"},
    "date": {**_CENTRE, "num_format": "dd/mm/yyyy"},
    "moment": {**_CENTRE, "num_format": "dd/mm/yyyy hh:mm"},
}
# Styles outside the roles. A size of its own wins over the body size of the sheet.
_ALONE: Mapping[str, Properties] = {
    "plain": {},
    "plain date": {"num_format": "dd/mm/yyyy"},
    "plain moment": {"num_format": "dd/mm/yyyy hh:mm"},
    "names": {"bold": True, **_BORDER},
    "heading": {**_CENTRE, **_BORDER, "bold": True},
    "body_name": {**_CENTRE, "font_size": TITLE_SIZE},
    "board_name": {**_CENTRE, "font_size": TITLE_SIZE, "bold": True},
    # The rule under the name of the Party is as long as the name.
    "party_name": {**_CENTRE, "font_size": PARTY_SIZE, "bold": True, "underline": 1},
    "body_name_small": {**_CENTRE, "font_size": STATE_SIZE},
    "office_name": {**_CENTRE, "font_size": STATE_SIZE, "bold": True},
    # On one line, whatever the width of the columns.
    "state_name": {
        "align": "center",
        "valign": "vcenter",
        "font_size": STATE_SIZE,
        "bold": True,
        "shrink": True,
    },
    "motto": {**_CENTRE, "font_size": MOTTO_SIZE, "bold": True, "underline": 1},
    "office_number": {**_CENTRE, "font_size": MOTTO_SIZE},
    "office_day": {**_CENTRE, "font_size": MOTTO_SIZE, "italic": True},
    "place_and_day": {**_CENTRE, "font_size": TITLE_SIZE, "italic": True},
    "title": {**_CENTRE, "font_size": TITLE_SIZE, "bold": True},
    "italic": {**_CENTRE, "font_size": 12, "italic": True},
    "note": {**_LEFT, "italic": True},
    "item link": {**_LEFT, **_BORDER, "valign": "top", "font_color": "#0B4EA2", "underline": 1},
    "nothing": {**_CENTRE, **_BORDER, "italic": True},
    # In bold on grey, which is seen in black and white, too.
    "marked": {**_GREY, "bold": True},
    # What deserves a look, by a sign, weight and slope that a copier does not lose.
    "warned": {**_GREY, "bold": True, "italic": True, "num_format": '"▲ "@'},
    "warned figure": {**_GREY, "bold": True, "italic": True, "num_format": '"▲ "0'},
    "waited for": {"italic": True, "num_format": '"○ "@'},
    "way back": {"font_color": "#0B4EA2", "underline": 1},
    "linked note": {**_LEFT, "italic": True, "font_color": "#0B4EA2", "underline": 1},
    "remark": {**_LEFT, **_BORDER, "italic": True},
    "signature": {"align": "center", "valign": "top", "text_wrap": True, "bold": True},
}

# The sheets of a form: text everywhere, so that what looks like a formula or a number stays text.
_TYPED: Properties = {
    "num_format": "@", "text_wrap": True, "valign": "top", "border": 1, "border_color": "#C9D1DC",
}  # fmt: skip
_HEADING: Properties = {**_TYPED, "bold": True, "valign": "vcenter", "font_color": "#FFFFFF"}
_FORM: Mapping[str, Properties] = {
    "form names": {**_HEADING, "bg_color": "#14263D"},
    "form texts": {**_HEADING, "bg_color": "#134A86"},
    "form logic": {**_HEADING, "bg_color": "#14603A"},
    "form looks": {**_HEADING, "bg_color": "#5B5F66"},
    "form cell": {**_TYPED},
    "form group": {**_TYPED, "bold": True, "bg_color": "#E3ECF7"},
    "form end": {**_TYPED, "font_color": "#5B5F66", "bg_color": "#F1F3F6"},
    "guide title": {"bold": True, "font_size": TITLE_SIZE, "font_color": "#14263D"},
    "guide heading": {**_HEADING, "bg_color": "#134A86"},
    "guide text": {"text_wrap": True, "valign": "top"},
}

# A workbook to be filled in: what is typed is yellow, what is worked out blue, all else white.
_LINE: Properties = {"border": 1, "border_color": "#B8C2CF", "text_wrap": True}
_ANSWER: Properties = {**_LINE, "bg_color": "#FFF8DC", "locked": False, "valign": "vcenter"}
_RESULT: Properties = {**_LINE, "bg_color": "#E3ECF7", "valign": "vcenter"}
_FIGURES: Mapping[str, Properties] = {
    "text": {"num_format": "@", "align": "left", "indent": 1},
    "choice": {"num_format": "@", "align": "left", "indent": 1},
    "mark": {"num_format": "@", "align": "center"},
    "integer": {"num_format": "#,##0", "align": "right"},
    "decimal": {"num_format": "#,##0.0#######", "align": "right"},
    "date": {"num_format": "dd/mm/yyyy", "align": "center"},
    "month": {"num_format": "mm/yyyy", "align": "center"},
    "year": {"num_format": "0", "align": "center"},
    "time": {"num_format": "hh:mm", "align": "center"},
    "moment": {"num_format": "dd/mm/yyyy hh:mm", "align": "center"},
}
_FILL_IN: Mapping[str, Properties] = {
    **{f"answer {name}": {**_ANSWER, **looks} for name, looks in _FIGURES.items()},
    **{f"result {name}": {**_RESULT, **looks} for name, looks in _FIGURES.items()},
    # Whatever a calculation gives: a figure stands on the right, a text on the left.
    "result any": {**_RESULT},
    "ask": {**_LINE, "valign": "vcenter", "indent": 1},
    "ask choice": {**_LINE, "valign": "vcenter", "indent": 3},
    "ask number": {**_LINE, **_CENTRE},
    "ask title": {"bold": True, "font_size": TITLE_SIZE, "font_color": "#14263D", **_LEFT},
    "ask whose": {"font_color": "#5B5F66", **_LEFT},
    "ask heading": {**_CENTRE, **_LINE, "bold": True, "bg_color": "#DCE3EC"},
    "ask group": {**_LINE, "bold": True, "bg_color": "#EEF1F5", "valign": "vcenter", "indent": 1},
    "ask note": {"italic": True, **_LEFT},
    "ask later": {
        **_LINE,
        "italic": True,
        "font_color": "#5B5F66",
        "valign": "vcenter",
        "indent": 1,
    },
    "caption": {"italic": True, "font_color": "#5B5F66"},
    "not asked": {"font_color": "#A0A6AE", "bg_color": "#D9DCE1"},
    "guide step": {"text_wrap": True, "valign": "vcenter", "indent": 1},
    "guide fact": {"text_wrap": True, "valign": "vcenter"},
}

STYLES: Mapping[str, Properties] = {
    **_ALONE,
    **_FORM,
    **_FILL_IN,
    **{
        f"{role} {kind}": {**holds, **looks}
        for role, looks in _ROLES.items()
        for kind, holds in _KINDS.items()
    },
}
