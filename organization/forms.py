"""Forms of signing in and of keeping people and sections. They read and check; services write."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, UsernameField

from organization.enums import MembershipRole, SiteRole
from organization.models import Bureau, Membership, RoleGrant, Section, User
from organization.selectors import SORTS, UserFilter

# Django's own classes take no type arguments while the program runs.
if TYPE_CHECKING:
    _SectionField = forms.ModelChoiceField[Section]
    _UserModelForm = forms.ModelForm[User]
    _AnyModelForm = forms.ModelForm[Any]
    _SectionModelForm = forms.ModelForm[Section]
    _BureauModelForm = forms.ModelForm[Bureau]
else:
    _SectionField = forms.ModelChoiceField
    _UserModelForm = _AnyModelForm = _SectionModelForm = _BureauModelForm = forms.ModelForm


class SignInForm(AuthenticationForm):
    """User name and password. Which of both was wrong is not told."""

    error_messages = {
        "invalid_login": "利用者名またはパスワードが違います。大文字・小文字、全角・半角も確認してください。",
        "inactive": "この利用者は使用停止になっています。管理者へ連絡してください。",
    }

    username = UsernameField(label="利用者名", widget=forms.TextInput(attrs={"autofocus": True}))


class OwnPasswordForm(PasswordChangeForm):
    """The user's own new password."""


def _day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class SectionChoice(_SectionField):
    """A choice among sections, named with their bureau."""

    def label_from_instance(self, obj: Any) -> str:
        """Return bureau and section."""
        return f"{obj.bureau or ''} {obj}".strip()


def sections_of(fiscal_year: int) -> Any:
    """Return the sections to choose from."""
    return Section.objects.for_year(fiscal_year).select_related("bureau")


class UserFilterForm(forms.Form):
    """What the list of users is asked for. An unknown value asks for nothing."""

    q = forms.CharField(label="さがす", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    section = SectionChoice(Section.objects.none(), label="課室", required=False, empty_label="すべて")
    role = forms.ChoiceField(
        label="全庁の権限", required=False, choices=[("", "すべて"), *SiteRole.choices()]
    )
    status = forms.ChoiceField(
        label="状態",
        required=False,
        choices=[
            ("", "すべて"),
            ("active", "使用中"),
            ("waiting", "パスワード未発行"),
            ("stopped", "使用停止"),
        ],
    )

    def __init__(self, *args: Any, fiscal_year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = sections_of(fiscal_year)  # type: ignore[attr-defined]

    def wanted(self, sort: str) -> UserFilter:
        """Return the filter; what the form refuses is left out."""
        self.is_valid()
        found = self.cleaned_data
        section = found.get("section")
        return UserFilter(
            text=found.get("q", ""),
            section_id=section.pk if section else None,
            role=found.get("role", ""),
            status=found.get("status", ""),
            sort=sort if sort.removeprefix("-") in SORTS else "username",
        )


class UserForm(_UserModelForm):
    """A person's names and number."""

    class Meta:
        model = User
        fields = ["username", "display_name", "staff_number"]
        labels = {"username": "利用者名"}
        help_texts = {
            "username": "サインインに使う半角の名前です。",
            "staff_number": "なければ空のままにします。",
        }
        error_messages = {"username": {"unique": "この利用者名はすでに使われています。"}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["display_name"].required = True


class NewUserForm(UserForm):
    """A new person with their first section."""

    section = SectionChoice(Section.objects.none(), label="課室", required=False, empty_label="（なし）")
    role = forms.ChoiceField(label="役割", required=False, choices=MembershipRole.choices())
    starts_on = _day("所属の開始日", required=False)

    def __init__(self, *args: Any, fiscal_year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = sections_of(fiscal_year)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        """Ask for a first day where a section is chosen."""
        cleaned = super().clean()
        if self.cleaned_data.get("section") and not self.cleaned_data.get("starts_on"):
            self.add_error("starts_on", "所属の開始日を入力してください。")
        return cleaned


class _TermForm(_AnyModelForm):
    starts_on = _day("開始日")
    ends_on = _day("終了日", required=False, help_text="最後の日です。期限がなければ空のままにします。")


class MembershipForm(_TermForm):
    """A new place in a section."""

    section = SectionChoice(Section.objects.none(), label="課室")

    class Meta:
        model = Membership
        fields = ["section", "role", "starts_on", "ends_on"]

    def __init__(self, *args: Any, user: User, fiscal_year: int, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "instance": Membership(user=user)})
        self.fields["section"].queryset = sections_of(fiscal_year)  # type: ignore[attr-defined]

    def _get_validation_exclusions(self) -> set[str]:
        # The user is given, not asked for; the rule "not twice from one day" needs them all the same.
        return super()._get_validation_exclusions() - {"user"}  # type: ignore[misc, no-any-return]


class RoleGrantForm(_TermForm):
    """A new site role."""

    class Meta:
        model = RoleGrant
        fields = ["role", "starts_on", "ends_on"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "instance": RoleGrant(user=user)})

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"user"}  # type: ignore[misc, no-any-return]


class TermForm(forms.Form):
    """From when to when a membership or role holds."""

    starts_on = _day("開始日")
    ends_on = _day("終了日", required=False, help_text="最後の日です。期限がなければ空のままにします。")

    def clean(self) -> dict[str, Any] | None:
        """Refuse days in the wrong order."""
        first: date | None = self.cleaned_data.get("starts_on")
        last: date | None = self.cleaned_data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", "終了日は開始日より前にできません。")
        return self.cleaned_data


class SectionForm(_SectionModelForm):
    """A section."""

    class Meta:
        model = Section
        fields = [
            "name",
            "bureau",
            "code",
            "position",
            "opened_fiscal_year",
            "closed_fiscal_year",
            "allows_self_approval",
        ]
        help_texts = {
            "opened_fiscal_year": "西暦の年度です（例 2024）。",
            "closed_fiscal_year": "存在した最後の年度です（西暦）。続いていれば空のままにします。",
        }


class BureauForm(_BureauModelForm):
    """A bureau."""

    class Meta:
        model = Bureau
        fields = ["name", "position", "opened_fiscal_year", "closed_fiscal_year"]
        help_texts = {
            "opened_fiscal_year": "西暦の年度です（例 2024）。",
            "closed_fiscal_year": "存在した最後の年度です（西暦）。続いていれば空のままにします。",
        }
