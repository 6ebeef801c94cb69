"""Forms of Flask-Security in which somebody could guess, with their failures counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_security import (
    ChangePasswordForm,
    LoginForm,
    MfRecoveryForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
)
from wtforms import RadioField

from views.access import needs_second_factor, signed_in
from views.guessing import Key, code_keys, count_guess, refuse_guessing, sign_in_keys
from views.second_factor import METHOD

# WTForms takes plain values as choices, though its types do not know it.
SETUPS: Any = [METHOD, "disable"]
HELP: Any = ["help"]

Check = Callable[..., bool]
# What WTForms may hand over; Flask-Security's forms take it with the rest.
Extra = Mapping[str, Sequence[Any]] | None


def counted(keys: Sequence[Key], check: Check, **kwargs: Any) -> bool:
    """Return what `check` says, once it is known that there were not too many failures."""
    refuse_guessing(keys)
    passed = check(**kwargs)
    count_guess(keys, passed=passed)
    return passed


class SignInForm(LoginForm):
    """Signing in."""

    def validate(self, extra_validators: Extra = None, **kwargs: Any) -> bool:
        """Tell whether the password is right."""
        return counted(sign_in_keys(self.email.data or ""), super().validate, **kwargs)


class ConfirmForm(VerifyForm):
    """Confirming the password before something delicate."""

    def validate(self, extra_validators: Extra = None, **kwargs: Any) -> bool:
        """Tell whether the password is right."""
        return counted(code_keys(self.user.fs_uniquifier), super().validate, **kwargs)


class NewPasswordForm(ChangePasswordForm):
    """Changing the password."""

    def validate(self, extra_validators: Extra = None, **kwargs: Any) -> bool:
        """Tell whether the old password is right and the new one will do."""
        account = signed_in()
        keys = code_keys(account.fs_uniquifier if account else "")
        refuse_guessing(keys)
        passed = bool(super().validate(**kwargs))
        if passed or self.password.errors:
            count_guess(keys, passed=passed)
        return passed


class CodeForm(TwoFactorVerifyCodeForm):
    """The code of the app."""

    def validate(self, extra_validators: Extra = None, **kwargs: Any) -> bool:
        """Tell whether the code is right."""
        self.code.data = "".join((self.code.data or "").split())
        keys = code_keys(self.user.fs_uniquifier if self.user else "")
        return counted(keys, super().validate, **kwargs)


class RecoveryForm(MfRecoveryForm):
    """A recovery code."""

    def validate(self, extra_validators: Extra = None, **kwargs: Any) -> bool:
        """Tell whether the code is one that is left."""
        self.code.data = (self.code.data or "").strip().lower()
        keys = code_keys(self.user.fs_uniquifier if self.user else "")
        return counted(keys, super().validate, **kwargs)


class FactorForm(TwoFactorSetupForm):
    """Setting up a second factor, or doing without."""

    setup: RadioField = RadioField(choices=SETUPS, validate_choice=False)

    def validate(self, extra_validators: Extra = None, **kwargs: Any) -> bool:
        """Refuse to do without where it is required."""
        if not super().validate(**kwargs):
            return False
        account = signed_in()
        if self.setup.data == "disable" and account and needs_second_factor(account):
            self.setup.errors = [_("Accounts like yours need a second factor here.")]
            return False
        return True


class HelpForm(TwoFactorRescueForm):
    """Other ways in, which the page has as links."""

    help_setup: RadioField = RadioField(choices=HELP)
