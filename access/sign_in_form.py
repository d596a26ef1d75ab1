"""The sign-in form of the admin."""

from unfold.forms import AuthenticationForm

from access.api import SIGN_IN_REFUSED


class SignInForm(AuthenticationForm):
    """django-unfold's form. It says the same for a wrong password and for a user who may not sign in here."""

    error_messages = {**AuthenticationForm.error_messages, "invalid_login": SIGN_IN_REFUSED}
