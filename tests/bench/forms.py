"""How long large forms take: to compile, to read when filled in, and to serve."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from app import create_app
from forms.answers import Typed
from forms.compile import compile_form
from forms.reading import Around, read
from forms.tree import Definition
from language.dates import wall_clock
from models.database import transaction
from services import definitions
from settings import Settings

SMALL, LARGE = 40, 500
REPEATS = 5
# Reading takes milliseconds: a few of them say more about the machine than about the reading.
READINGS = 50
# The shipped rounds whose forms are replaced by larger ones.
ROUNDS = {SMALL: "dot1", LARGE: "dot2"}
FORM_IDS = {SMALL: "bao_cao_dot_1", LARGE: "bao_cao_dot_2"}
GROUP = 20
# Type, what is typed, constraint.
KINDS = (
    ("integer", "1.234", ". >= 0 and . <= 5000000"),
    ("text", "Đã quán triệt", "string-length(.) <= 50"),
    ("date", "31/8/2021", ". <= today()"),
    ("select_one muc", "tot", ""),
    ("decimal", "95,5", ". >= 0 and . <= 100"),
)
HEADINGS = "type name label hint required constraint constraint_message relevant calculation"


def large_form(questions: int, form_id: str = "lon") -> bytes:
    """Return a form of so many questions in groups, with conditions, constraints and totals."""
    rows = [f"| survey | {' | '.join(HEADINGS.split())} |"]
    for number in range(questions):
        if number % GROUP == 0:
            rows.append(f"| | begin group | g{number} | Nhóm {number} | | | | | | |")
        rows.append(_question(number))
        if number % GROUP == GROUP - 1 or number == questions - 1:
            first = number - number % GROUP
            sums = f"${{q{first}}} + ${{q{first + len(KINDS) - 1}}}"
            rows.append(f"| | calculate | t{number} | Cộng | | | | | | {sums} |")
            rows.append("| | end group | | | | | | | | |")
    rows += [
        "| choices | list_name | name | label |",
        "| | muc | tot | Tốt |",
        "| | muc | kha | Khá |",
    ]
    rows += ["| settings | form_id | form_title |", f"| | {form_id} | Biểu mẫu lớn |"]
    return "\n".join(rows).encode()


def _question(number: int) -> str:
    kind, _, constraint = KINDS[number % len(KINDS)]
    asked = f"${{q{number - len(KINDS)}}} != ''" if number >= len(KINDS) else ""
    message = "Vui lòng kiểm tra lại." if constraint else ""
    cells = (kind, f"q{number}", f"Câu hỏi số {number}", "Ghi số liệu đến cuối kỳ.", "yes")
    return f"| | {' | '.join((*cells, constraint, message, asked, ''))} |"


def filled(definition: Definition) -> Typed:
    """Return an answer to every question of a large form."""
    typed = {kind.partition(" ")[0]: [text] for kind, text, _ in KINDS}
    return Typed({q.name: typed[q.type] for q in definition.questions if q.type in typed})


def measure_forms() -> None:
    """Print how long it takes to compile a large form, and to read one that is filled in."""
    source = large_form(LARGE)
    definition = compile_form(source, "lon.md").definition
    seconds = _median(lambda: compile_form(source, "lon.md"))
    print(f"{'compile':18} {LARGE} questions {seconds:.3f} s (target 1.5 s)")
    typed = filled(definition)
    around = Around("vi", wall_clock(datetime.now(UTC)))
    understood = read(definition, typed, around)
    if not understood.valid:
        raise RuntimeError(", ".join(understood.errors))
    milliseconds = 1000 * _median(lambda: read(definition, typed, around), READINGS)
    print(f"{'validation':18} {LARGE} answers {milliseconds:.1f} ms (target 10 ms)")


def publish_forms(home: Path) -> None:
    """Publish a small and a large form as new versions of those of two rounds."""
    app = create_app(Settings.from_environment({"PHIEU_HOME": str(home)}))
    with app.app_context(), transaction() as session:
        for count, form_id in FORM_IDS.items():
            definitions.publish(session, large_form(count, form_id), "lon.md", datetime.now(UTC))


def _median(act: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median of how long an act takes, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
