"""Plain statistics over the figures of a round: what deserves a second look. None is an error.

Each rule is stated in words where its findings are shown, has a threshold, and says nothing where
there are too few figures. Only what was typed is looked at: what is computed follows from it.
"""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import comb
from typing import Any

from exports.wording import Words, words_of
from forms.answers import KEPT_NUMBER
from forms.explanations import COLLECTED, Oddity
from forms.markup import REFERENCE, alone
from forms.tree import Check, Definition
from language.numbers import format_number

TYPED = frozenset({"integer", "decimal"})
# A median of fewer units says little of the others.
LEAST_UNITS = 8
# Iglewicz and Hoaglin: beyond so much, a value is a potential outlier; what makes the median
# deviation of a normal distribution its standard deviation.
FARTHEST, NORMAL = Decimal("3.5"), Decimal("0.6745")
# Small figures are the same in many units; so many larger ones, not all alike, hardly ever are.
LEAST_SAME, LEAST_DIFFERENT, SMALLEST_SAME = 5, 3, 10
# The last digit of a small figure is no chance; so many are needed to see that others are none.
LEAST_ENDINGS, SMALLEST_ENDING = 20, 100
# Two of ten digits are round, and so many round endings come by chance once in so many reports.
ROUND_DIGITS, DIGITS, ONCE_IN = 2, 10, 1000
MOST_NAMES, SCORE_PLACES = 3, 1

OUTLIER, IDENTICAL, HEAPED = "rule outlier", "rule identical", "rule heaped"
# No check can be called so: a name has no space in it.
RULES: Sequence[str] = (OUTLIER, IDENTICAL, HEAPED)
# A value that a message names in brackets, with the space before it.
_IN_BRACKETS = re.compile(rf"\s*\({REFERENCE.pattern}%?\)")
CHECK, SUMMED = "rule check", "rule collected"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one unit typed as numbers in its report, by question; `unit` is its code."""

    unit: str
    name: str
    group: str
    values: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Finding:
    """That a rule holds of a unit, about a question or, when blank, of its figures together.

    `said` fills the places of the sentence of the rule.
    """

    unit: str
    rule: str
    question: str
    said: Mapping[str, Any]


def typed_figures(definition: Definition, answers: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return the numbers that were typed, by question; those of repeats are left out."""
    texts = {
        question.name: str(answers.get(question.name))
        for question in definition.single_questions
        if question.type in TYPED and not question.is_computed
    }
    return {name: Decimal(text) for name, text in texts.items() if KEPT_NUMBER.fullmatch(text)}


def unusual(reports: Sequence[Figures], language: str) -> Mapping[str, tuple[Oddity, ...]]:
    """Return what is unusual in the reports of one round, by the code of the unit.

    In the order of RULES; nobody has to explain any of it.
    """
    words = words_of(language)
    found: dict[str, list[Oddity]] = defaultdict(list)
    for rule in RULES:
        for finding in _FINDERS[rule](reports):
            message = _SENTENCES[rule](finding, words, language)
            oddity = Oddity(rule, message, explain=False, question=finding.question)
            found[finding.unit].append(oddity)
    return {unit: tuple(oddities) for unit, oddities in found.items()}


def rule_of(oddity: Oddity, definition: Definition, language: str) -> str:
    """Return how the rule is called by which something is odd in a report to this form version."""
    words = words_of(language)
    if oddity.name in RULES:
        return words[oddity.name]
    if oddity.name.startswith(COLLECTED):
        return words[SUMMED]
    check = next((one for one in definition.checks if one.name == oddity.name), None)
    return _called(check, language) if check else words[CHECK]


def _called(check: Check, language: str) -> str:
    """Return the label of a check; without one, its message without the values of that report."""
    label = alone(check.labels.text(language))
    if label:
        return label
    message = _IN_BRACKETS.sub("", check.message.text(language))
    return alone(message).rstrip(".")


def rules_stated(language: str) -> Iterator[tuple[str, str]]:
    """Yield each rule of statistics: how it is called, and what exactly it says."""
    words = words_of(language)
    places = {
        "units": LEAST_UNITS,
        "farthest": format_number(FARTHEST, 1, language),
        "normal": format_number(NORMAL, 4, language),
        "same": LEAST_SAME,
        "different": LEAST_DIFFERENT,
        "smallest_same": SMALLEST_SAME,
        "endings": LEAST_ENDINGS,
        "smallest_ending": SMALLEST_ENDING,
        "once": format_number(ONCE_IN, 0, language),
    }
    for rule in RULES:
        yield words[rule], words[f"{rule} stated"].format(**places)


# --- rules ----------------------------------------------------------------------------------------


def far_from_group(reports: Sequence[Figures]) -> Iterator[Finding]:
    """Yield figures that lie far from those of their group.

    The modified z-score of B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers (1993),
    as in the NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.17: 0.6745 (x - median) / MAD,
    beyond 3.5 either way. Where the median deviation is 0, most units reported the same: there is
    no measure of what is far, and nothing is said.
    """
    by_group: dict[tuple[str, str], list[tuple[Figures, Decimal]]] = defaultdict(list)
    for report in reports:
        for question, value in report.values.items():
            by_group[report.group, question].append((report, value))
    for (_, question), members in by_group.items():
        if len(members) >= LEAST_UNITS:
            yield from _far(question, members)


def _far(question: str, members: Sequence[tuple[Figures, Decimal]]) -> Iterator[Finding]:
    median = statistics.median(value for _, value in members)
    spread = statistics.median(abs(value - median) for _, value in members)
    for report, value in members if spread else ():
        score = NORMAL * abs(value - median) / spread
        if score > FARTHEST:
            said = {"value": value, "median": median, "score": score, "units": len(members)}
            yield Finding(report.unit, OUTLIER, question, said)


def same_as_another(reports: Sequence[Figures]) -> Iterator[Finding]:
    """Yield units whose figures are all those of another unit.

    Copied reports are a known way of making up data: N. Kuriakose and M. Robbins, Don't get duped:
    Fraud through duplication in public opinion surveys (2016). They look for nearly all answers
    being the same; here all must be, so that little is said that chance explains.
    """
    alike: dict[tuple[tuple[str, Decimal], ...], list[Figures]] = defaultdict(list)
    for report in reports:
        larger = tuple(sorted((n, v) for n, v in report.values.items() if v >= SMALLEST_SAME))
        if len(larger) >= LEAST_SAME and len({v for _, v in larger}) >= LEAST_DIFFERENT:
            alike[larger].append(report)
    for larger, members in alike.items():
        for report in members if len(members) > 1 else ():
            others = [other.name for other in members if other is not report]
            said = {"number": len(larger), "others": others}
            yield Finding(report.unit, IDENTICAL, "", said)


def rounded(reports: Sequence[Figures]) -> Iterator[Finding]:
    """Yield units that report more round figures than chance would give.

    Last digits of larger counts are as good as evenly spread: B. Beber and A. Scacco, What the
    Numbers Say, Political Analysis 20 (2012). So of n figures k or more end with 0 or 5 with the
    probability of a binomial distribution of 1/5; at most one in ONCE_IN is told.
    """
    for report in reports:
        larger = [v for v in report.values.values() if v >= SMALLEST_ENDING and v == int(v)]
        ending = sum(int(value) % (DIGITS // ROUND_DIGITS) == 0 for value in larger)
        if len(larger) >= LEAST_ENDINGS and is_rare(ending, len(larger)):
            yield Finding(report.unit, HEAPED, "", {"number": ending, "all": len(larger)})


def is_rare(ending: int, number: int) -> bool:
    """Tell whether so many or more round endings of `number` come once in ONCE_IN or less."""
    others = DIGITS - ROUND_DIGITS
    ways = sum(
        comb(number, k) * pow(ROUND_DIGITS, k) * pow(others, number - k)
        for k in range(ending, number + 1)
    )
    return bool(ways * ONCE_IN <= pow(DIGITS, number))


_FINDERS: Mapping[str, Callable[[Sequence[Figures]], Iterator[Finding]]] = {
    OUTLIER: far_from_group,
    IDENTICAL: same_as_another,
    HEAPED: rounded,
}


# --- sentences ------------------------------------------------------------------------------------


def _say_far(finding: Finding, words: Words, language: str) -> str:
    said = finding.said
    return words["far_more" if said["value"] > said["median"] else "far_less"].format(
        value=_figure(said["value"], language),
        median=_figure(said["median"], language),
        units=said["units"],
        score=format_number(said["score"], SCORE_PLACES, language),
    )


def _figure(value: Decimal, language: str) -> str:
    """Return a figure with as many decimals as it needs."""
    places = max(0, -int(value.normalize().as_tuple().exponent))
    return format_number(value, places, language)


def _say_same(finding: Finding, words: Words, _language: str) -> str:
    others = finding.said["others"]
    names = "; ".join(others[:MOST_NAMES])
    if len(others) > MOST_NAMES:
        names = words["and_others"].format(names=names, number=len(others) - MOST_NAMES)
    return words["all_same"].format(number=finding.said["number"], names=names)


def _say_rounded(finding: Finding, words: Words, _language: str) -> str:
    return words["all_round"].format(smallest=SMALLEST_ENDING, **finding.said)


_SENTENCES: Mapping[str, Callable[[Finding, Words, str], str]] = {
    OUTLIER: _say_far,
    IDENTICAL: _say_same,
    HEAPED: _say_rounded,
}
