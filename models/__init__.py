"""The state of Phiếu: its tables, connections and named reads."""

from models.account import Account, Role
from models.audit import AuditEntry
from models.campaign import Assignment, Campaign, Link, Round
from models.difficulty import Difficulty
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
from models.letter import Letter
from models.material import Material, MaterialDay, MaterialFile
from models.response import Attachment, Decision, Draft, Extension, Response, Revision
from models.unit import Contact, Unit

__all__ = [
    "Account",
    "Assignment",
    "Attachment",
    "AuditEntry",
    "Campaign",
    "Comment",
    "Contact",
    "Decision",
    "Difficulty",
    "Draft",
    "Extension",
    "Feedback",
    "FeedbackCell",
    "FeedbackGroup",
    "FormDefinition",
    "FormFile",
    "FormVersion",
    "FormVersionAct",
    "FormVersionFile",
    "Letter",
    "Link",
    "Material",
    "MaterialDay",
    "MaterialFile",
    "Response",
    "Revision",
    "Role",
    "Round",
    "Unit",
    "UploadedFile",
    "UploadedForm",
]
