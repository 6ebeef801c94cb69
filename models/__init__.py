"""The state of Phiếu: its tables, connections and named reads."""

from models.account import Account, AccountLink, Role, SignIn
from models.audit import AuditEntry
from models.campaign import Assignment, Campaign, Link, Round
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
from models.letter import Letter
from models.response import (
    Attachment,
    Decision,
    Draft,
    Extension,
    Redaction,
    Response,
    Revision,
)
from models.unit import Contact, Unit

__all__ = [
    "Account",
    "AccountLink",
    "Assignment",
    "Attachment",
    "AuditEntry",
    "Campaign",
    "Contact",
    "Decision",
    "Draft",
    "Extension",
    "Feedback",
    "FormDefinition",
    "FormFile",
    "FormVersion",
    "FormVersionAct",
    "FormVersionFile",
    "Letter",
    "Link",
    "Redaction",
    "Response",
    "Revision",
    "Role",
    "Round",
    "SignIn",
    "Unit",
    "UploadedFile",
    "UploadedForm",
]
