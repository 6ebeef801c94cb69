"""The state of Phiếu: its tables, connections and named reads."""

from models.account import Account, AccountLink, Role, SignIn
from models.audit import AuditEntry
from models.campaign import Assignment, Campaign, Link, Round
from models.card import Card, CardBatch
from models.difficulty import Difficulty
from models.export import Export
from models.feedback import Comment, Feedback, FeedbackCell, FeedbackGroup
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
from models.material import Material, MaterialDay, MaterialFile
from models.report import ReportTemplate
from models.response import (
    Attachment,
    CollectedSum,
    Decision,
    Draft,
    Extension,
    Redaction,
    Response,
    Revision,
)
from models.tick import Tick
from models.unit import Contact, Unit

__all__ = [
    "Account",
    "AccountLink",
    "Assignment",
    "Attachment",
    "AuditEntry",
    "Campaign",
    "Card",
    "CardBatch",
    "CollectedSum",
    "Comment",
    "Contact",
    "Decision",
    "Difficulty",
    "Draft",
    "Export",
    "Extension",
    "FailingAddress",
    "Feedback",
    "FeedbackCell",
    "FeedbackGroup",
    "FormDefinition",
    "FormFile",
    "FormVersion",
    "FormVersionAct",
    "FormVersionFile",
    "Letter",
    "LetterBatch",
    "LetterTemplate",
    "Link",
    "Material",
    "MaterialDay",
    "MaterialFile",
    "Redaction",
    "ReminderRun",
    "ReportTemplate",
    "Response",
    "Revision",
    "Role",
    "Round",
    "SignIn",
    "Tick",
    "Unit",
    "UploadedFile",
    "UploadedForm",
]
