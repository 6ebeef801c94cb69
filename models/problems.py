"""What can be refused: one exception and one table of codes."""

from __future__ import annotations

PROBLEMS: dict[str, int] = {
    "account_accepted": 409,
    "account_last_admin": 409,
    "account_link_invalid": 410,
    "account_own": 409,
    "account_unknown": 404,
    "attachments_full": 422,
    "attachment_lost": 404,
    "attachment_unknown": 404,
    "address_unknown": 404,
    "audience_unknown": 422,
    "batch_unknown": 404,
    "campaign_archived": 410,
    "campaign_code_taken": 409,
    "campaign_not_empty": 409,
    "campaign_unknown": 404,
    "changed_meanwhile": 409,
    "comment_unknown": 404,
    "card_needed": 409,
    "card_used": 410,
    "cards_unknown": 404,
    "cards_wrong": 422,
    "contact_unknown": 404,
    "database_busy": 503,
    "difficulty_invalid": 422,
    "disk_full": 503,
    "due_after_closing": 422,
    "due_of_sent": 409,
    "duty_fixed": 409,
    "email_invalid": 422,
    "email_taken": 409,
    "export_unknown": 404,
    "extension_earlier": 422,
    "file_empty": 422,
    "file_macros": 422,
    "file_password": 422,
    "file_too_large": 413,
    "file_type": 422,
    "files_too_many": 422,
    "request_too_large": 413,
    "first_account_exists": 410,
    "first_link_invalid": 410,
    "form_errors": 422,
    "form_in_use": 409,
    "form_not_anonymous": 409,
    "form_published": 409,
    "form_unknown": 404,
    "label_taken": 409,
    "label_wrong": 422,
    "late_refused": 410,
    "link_mistyped": 404,
    "link_revoked": 410,
    "link_unknown": 404,
    "picture_too_large": 422,
    "letter_kind_unknown": 404,
    "group_in_use": 409,
    "letter_unknown": 404,
    "provider_failed": 502,
    "provider_stranger": 403,
    "material_unknown": 404,
    "material_untitled": 422,
    "letters_changed": 409,
    "letters_none": 422,
    "reason_needed": 422,
    "receipt_unknown": 404,
    "reminders_wrong": 422,
    "report_accepted": 409,
    "report_missing": 409,
    "retention_past": 422,
    "revision_unknown": 404,
    "role_unknown": 422,
    "children_unknown": 404,
    "round_ambiguous": 409,
    "round_closed": 410,
    "round_code_taken": 409,
    "round_due_earlier": 409,
    "round_form_fixed": 409,
    "round_not_empty": 409,
    "round_not_open": 409,
    "round_opened": 409,
    "round_threshold_fixed": 409,
    "round_unknown": 404,
    "section_unknown": 404,
    "sign_in_unknown": 404,
    "stale_revision": 409,
    "unit_code_taken": 409,
    "unit_parent": 422,
    "unit_successor": 422,
    "unit_unknown": 404,
    "unit_validity": 422,
    "unit_withdrawn": 410,
    "upload_changed": 409,
    "upload_unknown": 404,
}


class Problem(Exception):
    """A refusal that its reader can understand; the views have the sentence of each code.

    `details` are the parts of that sentence and what a page needs to offer a way out.
    """

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code, details)
        self.code = code
        self.details = details

    @property
    def status(self) -> int:
        """Return the HTTP status that this refusal is answered with."""
        return PROBLEMS[self.code]
