"""The state of Phiếu: its tables, connections and named reads."""

from models.account import Account, Role
from models.audit import AuditEntry
from models.campaign import Assignment, Campaign, Link, Round
from models.card import Card, CardBatch
from models.export import Export
from models.feedback import Feedback
from models.form import (
    FormDefinition,
    FormFile,
    FormVersion,
    FormVersionAct,
    FormVersionFile,
    UploadedFile,
    UploadedForm,
)
from models.letter import FailingAddress, Letter, LetterBatch, LetterTemplate, ReminderRun
from models.response import Attachment, CollectedSum, Decision, Draft, Extension, Response, Revision
from models.unit import Contact, Unit

__all__ = [
    "Account",
    "Assignment",
    "Attachment",
    "AuditEntry",
    "Campaign",
    "Card",
    "CardBatch",
    "CollectedSum",
    "Contact",
    "Decision",
    "Draft",
    "Export",
    "Extension",
    "FailingAddress",
    "Feedback",
    "FormDefinition",
    "FormFile",
    "FormVersion",
    "FormVersionAct",
    "FormVersionFile",
    "Letter",
    "LetterBatch",
    "LetterTemplate",
    "Link",
    "ReminderRun",
    "Response",
    "Revision",
    "Role",
    "Round",
    "Unit",
    "UploadedFile",
    "UploadedForm",
]
