"""Forms of signing in and of keeping people and sections."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm


class SignInForm(AuthenticationForm):
    """User name and password. Which of both was wrong is not told."""

    error_messages = {
        "invalid_login": "利用者名またはパスワードが違います。大文字・小文字、全角・半角も確認してください。",
        "inactive": "この利用者は使用停止になっています。管理者へ連絡してください。",
    }

    username = forms.CharField(
        label="利用者名",
        max_length=150,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none"}
        ),
    )


class OwnPasswordForm(PasswordChangeForm):
    """The user's own new password."""
