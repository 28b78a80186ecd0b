"""Model admins that write through `history.services`, or not at all."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from history.models import Versioned
from history.selectors import changes_of
from history.services import (
    Authorship,
    VersionConflict,
    change_record,
    create_record,
    delete_record,
)
from tsukuba_kpi import clock

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelAdmin = admin.ModelAdmin
    _ModelForm = forms.ModelForm

WHY = "システム管理の画面"
STALE = "画面を開いた後に、ほかの人が保存しました。開き直して、もう一度入力してください。"


def authorship_of(request: HttpRequest) -> Authorship:
    """Return who acts now in the admin."""
    return Authorship(by=request.user, at=clock.now(), why=WHY)  # type: ignore[arg-type]


class VersionedForm(_ModelForm):
    """A form that remembers which version it was filled in from."""

    expected_version = forms.IntegerField(required=False, widget=forms.HiddenInput, label="版")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["expected_version"] = self.instance.version

    def clean(self) -> dict[str, Any] | None:
        """Refuse a form filled in from an older version."""
        cleaned = super().clean()
        if self.instance.pk and self.cleaned_data.get("expected_version") != self.instance.version:
            raise ValidationError(STALE)
        return cleaned


class RecordedAdmin(_ModelAdmin):
    """An admin whose every write is a service's: a revision in the same transaction.

    Subclasses with rules of their own override the three `write_*` methods; exceptions named in
    `refusals` become a message instead of a server error. Many-to-many fields, which revisions do not
    cover, can be seen and not changed; a record others hang on cannot be deleted, because what a
    deletion sweeps along would leave no trace.
    """

    list_per_page = 100
    show_full_result_count = False
    save_on_top = False
    refusals: tuple[type[Exception], ...] = ()
    never_changed: Sequence[str] = ()  # fields that are given at the creation and stay

    # --- writes ---

    def write_new(self, record: models.Model, authorship: Authorship) -> None:
        """Insert a record."""
        create_record(record, authorship=authorship)

    def write_change(self, record: models.Model, changes: Mapping[str, Any], authorship: Authorship) -> None:
        """Change a record as it is stored."""
        change_record(record, changes, authorship=authorship)

    def write_deletion(self, record: models.Model, authorship: Authorship) -> None:
        """Delete a record."""
        delete_record(record, authorship=authorship)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what the form says through the services."""
        if not change:
            self.write_new(obj, authorship_of(request))
            return
        names = {field.name for field in self.model._meta.concrete_fields}
        changes = {name: getattr(obj, name) for name in form.changed_data if name in names}
        stored = self.model._default_manager.get(pk=obj.pk)
        # The form compared versions already; here the write's own condition takes over.
        if isinstance(stored, Versioned) and stored.version != form.cleaned_data["expected_version"]:
            raise VersionConflict(stored)
        self.write_change(stored, changes, authorship_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete one record through the services."""
        self.write_deletion(obj, authorship_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> None:
        """Delete the chosen records through the services: all or none."""
        authorship = authorship_of(request)
        with transaction.atomic():
            for record in queryset:
                self.write_deletion(record, authorship)

    # --- forms ---

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Let forms of versioned records remember their version."""
        if issubclass(self.model, Versioned):
            kwargs.setdefault("form", VersionedForm)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Add what the admin shows and never changes."""
        found = [*super().get_readonly_fields(request, obj)]
        found += [field.name for field in self.model._meta.many_to_many]
        found += [name for name in ("unconfirmed",) if name in {f.name for f in self.model._meta.fields}]
        return found + [name for name in self.never_changed if obj is not None]

    # --- refusals ---

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Protect records that would sweep others along."""
        to_delete, counts, needed, protected = super().get_deleted_objects(objs, request)
        if sum(counts.values()) > len(objs) and not protected:
            words = "、".join(f"{name} {number}件" for name, number in counts.items())
            protected = [f"関連するデータが残っています（{words}）。先に関連するデータを削除してください。"]
        return to_delete, counts, needed, protected

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Tell a refusal in a message."""
        return self._or_message(
            request, lambda: super(RecordedAdmin, self).changeform_view(request, *args, **kwargs)
        )

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Tell a refusal in a message."""
        return self._or_message(
            request, lambda: super(RecordedAdmin, self).delete_view(request, *args, **kwargs)
        )

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Tell a refusal in a message."""
        return self._or_message(
            request, lambda: super(RecordedAdmin, self).changelist_view(request, *args, **kwargs)
        )

    def _or_message(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            with transaction.atomic():
                return view()
        except VersionConflict:
            self.message_user(request, STALE, messages.ERROR)
        except self.refusals as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return redirect(request.get_full_path())

    # --- history ---

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the record's revisions instead of Django's own log."""
        record = self.get_object(request, object_id)
        if record is None:
            return redirect("admin:index")
        context = {
            **self.admin_site.each_context(request),
            "title": f"変更履歴：{record}",
            "opts": self.opts,
            "object": record,
            "changes": changes_of(record),
        }
        return TemplateResponse(request, "admin/revisions.html", context)


class ReadOnlyAdmin(RecordedAdmin):
    """An admin to look at what only the product's own pages may write."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes here."""
        return False
