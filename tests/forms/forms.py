"""Forms written as Markdown XLSForms, for the tests of this folder."""

from pathlib import Path

from forms.compile import Compiled, FormErrors, compile_form
from forms.tree import Definition

KITCHEN_SINK = Path(__file__).parent / "kitchen_sink.md"
LIBRARY = Path(__file__).parents[2] / "forms" / "library"


def markdown(text: str) -> Compiled:
    """Compile a form written in a test; indentation does not matter."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return compile_form("\n".join(lines).encode(), "form.md")


def definition(text: str) -> Definition:
    """Return the definition of a form written in a test."""
    return markdown(text).definition


def errors(text: str) -> list[tuple[str, str]]:
    """Return the place and key of every error of a form written in a test."""
    try:
        markdown(text)
    except FormErrors as found:
        return [(error.place, error.key) for error in found.errors]
    return []


def shipped(form_id: str) -> Definition:
    """Return a form of the shipped library."""
    path = LIBRARY / f"{form_id}.md"
    return compile_form(path.read_bytes(), path.name).definition
