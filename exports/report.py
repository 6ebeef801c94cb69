"""What the Word report is made from: a campaign up to one of its rounds, and the office's style."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from exports.rounds import Consolidation, RoundResponses

# How official documents look: Hướng dẫn 36-HD/VPTW or Nghị định 30/2020/NĐ-CP.
PARTY, DECREE = "party", "decree"
CLOSED = "closed"
# The kinds of documents that a campaign may carry out, and how a file name writes them.
_DOCUMENTS: Mapping[str, str] = {
    "chỉ thị": "CT",
    "nghị quyết": "NQ",
    "kết luận": "KL",
    "quyết định": "QĐ",
    "quy định": "QĐi",
    "chương trình": "CTr",
    "kế hoạch": "KH",
    "hướng dẫn": "HD",
    "công văn": "CV",
}
_DOCUMENT = re.compile(rf"({'|'.join(_DOCUMENTS)})\s+số\s+([^\s,;()]+)", re.IGNORECASE)
# What a campaign carries out may be called by its title, but not at any length.
LONGEST_TOPIC = 60


@dataclass(frozen=True, slots=True)
class Report:
    """A report on a campaign up to the closed round `round_code`.

    `whole` holds every round of the campaign, `style` is PARTY or DECREE. The number, the day and
    the issuer are those of the plan that is carried out, blank where there is none.
    """

    whole: Consolidation
    round_code: str
    style: str = PARTY
    plan_number: str = ""
    plan_date: date | None = None
    plan_issuer: str = ""

    @property
    def main(self) -> RoundResponses:
        """The round that is reported on."""
        return next(asked for asked in self.whole.rounds if asked.code == self.round_code)

    @property
    def told(self) -> Consolidation:
        """The campaign as far as it is told: closed rounds up to this one, and all others."""
        kept = (r for r in self.whole.rounds if r.kind != CLOSED or r not in self._later)
        return replace(self.whole, rounds=tuple(kept), language="vi")

    @property
    def untold(self) -> Consolidation:
        """The closed rounds of which this report tells nothing."""
        return replace(self.whole, rounds=self._later, language="vi")

    @property
    def _later(self) -> tuple[RoundResponses, ...]:
        closed = [asked for asked in self.whole.rounds if asked.kind == CLOSED]
        return tuple(closed[closed.index(self.main) + 1 :])


def report_name(report: Report, ending: str) -> str:
    """Return the name of the file, with the document that is carried out and the round."""
    return f"BC kết quả thực hiện {_topic(report)} ({report.main.title}).{ending}"


def _topic(report: Report) -> str:
    """Return what is carried out, in short: "CT 07-CT-TU"."""
    texts = (report.whole.subject, f"kế hoạch số {report.plan_number}", report.whole.title)
    for text in texts:
        found = _DOCUMENT.search(text)
        if found:
            return f"{_DOCUMENTS[found[1].lower()]} {found[2]}".replace("/", "-")
    return report.whole.title[:LONGEST_TOPIC].strip()
