"""The style sheet says what a thing looks like in one place."""

from __future__ import annotations

import re
from collections import Counter

from tests.house.tree import ROOT


def test_no_rule_of_the_style_sheet_is_written_twice() -> None:
    text = (ROOT / "static" / "phieu.css").read_text(encoding="utf-8")
    # Those at the margin; within a medium, a rule is meant to say it again.
    rules = re.findall(r"^([^\s@}/][^{\n]*)\{", text, re.MULTILINE)
    assert len(rules) > 300
    twice = [selector for selector, times in Counter(rules).items() if times > 1]
    assert twice == []
