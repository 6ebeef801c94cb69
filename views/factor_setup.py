"""Setting up a second factor: another try after a wrong code, and recovery codes at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, cast

from flask import Flask, current_app, render_template, session, url_for
from flask_login import current_user
from itsdangerous import BadSignature
from werkzeug.wrappers import Response

from views.account_forms import CodeForm, FactorForm
from views.second_factor import SETUP_WITHIN

CHECK_SETUP, BEGIN_SETUP = "security.two_factor_setup_validate", "security.two_factor_setup"

Answer = str | Response | tuple[str, int]


def init_factor_setup(app: Flask) -> None:
    """Show the same picture again in `app` after a wrong code, and recovery codes at once."""
    check = cast("Callable[[str], Answer]", app.view_functions[CHECK_SETUP])
    app.view_functions[CHECK_SETUP] = _with_another_try(check)


def _with_another_try(check: Callable[[str], Answer]) -> Callable[[str], Answer]:
    @wraps(check)
    def check_setup(token: str) -> Answer:
        answer = check(token)
        if not isinstance(answer, Response):
            return answer
        begun = _begun(token)
        if answer.location != url_for(BEGIN_SETUP):
            return _first_codes() or answer
        return _setup_again(token, begun) if begun else answer

    return check_setup


def _begun(token: str) -> Mapping[str, Any] | None:
    """Return what is being set up, by the word that the page carries; None when that is too old."""
    serializer = _security().tf_setup_serializer
    try:
        return cast(
            "Mapping[str, Any]", serializer.loads(token, max_age=SETUP_WITHIN.total_seconds())
        )
    except BadSignature:
        return None


def _setup_again(token: str, begun: Mapping[str, Any]) -> Answer:
    """Draw the page with the same key: it is on the phone already."""
    shown = _security().totp_factory.fetch_setup_values(begun["totp_secret"], current_user)
    form = CodeForm()
    # Told at the field, and nowhere else.
    form.code.errors = [str(told) for _category, told in session.pop("_flashes", [])]
    page = render_template(
        "security/two_factor_setup.html",
        two_factor_setup_form=FactorForm(formdata=None),
        two_factor_verify_code_form=form,
        chosen_method=begun["method"],
        state_token=token,
        authr_qrcode=shown["image"],
        authr_key=shown["key"],
    )
    return page, 422


def _first_codes() -> Answer | None:
    """Make recovery codes and show them; None when there are some already, for another phone."""
    codes = _security().mf_recovery_codes_util
    if codes.get_recovery_codes(current_user):
        return None
    made = codes.create_recovery_codes(current_user)
    return render_template("security/mf_recovery_codes.html", recovery_codes=made)


def _security() -> Any:
    return current_app.extensions["security"]
