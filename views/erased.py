"""What was erased from a report when its time had come, as its pages and receipts say it."""

from __future__ import annotations

from flask import Flask

from models.database import reading
from services import definitions
from services.reporting import SentRevision
from views.language import interface_language


def erased_labels(sent: SentRevision) -> str:
    """Return what the erased questions are called in the language of the page."""
    with reading() as session:
        definition = definitions.definition(session, sent.form_version_id)
    names = [name for name in sent.erased or () if name in definition.places]
    labels = (definition.question(name).labels.text(interface_language()) for name in names)
    return "; ".join(label or name for label, name in zip(labels, names, strict=True))


def init_erased(app: Flask) -> None:
    """Let the templates of `app` say what was erased."""
    app.jinja_env.globals.update(erased_labels=erased_labels)
