"""Lists that superusers take away, change and bring back: django-import-export on our services."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from import_export.admin import ExportMixin, ImportExportMixin
from import_export.fields import Field
from import_export.forms import ConfirmImportForm, ExportForm
from import_export.resources import Diff, ModelResource
from import_export.widgets import ForeignKeyWidget, Widget

from history.admin.recorded import RecordedAdmin
from history.admin.workbook_formats import ListCSV, ListXLSX
from history.enums import Through
from history.models import Versioned
from history.services import Authorship, change_record, create_record
from tsukuba_kpi import clock

WHY = "一覧の取込（システム管理の画面）"


class PlainDiff(Diff):
    """Old and new in the preview, without the inline colours that the content policy refuses."""

    def as_html(self) -> list[SafeString]:
        """Return one piece of HTML for each field."""
        return [
            format_html("{}", new) if old == new else format_html("<del>{}</del> <ins>{}</ins>", old, new)
            for old, new in zip(self.left, self.right, strict=True)
        ]


class RecordedResource(ModelResource):
    """A flat list whose rows are written by `history.services`.

    A row is joined to its record by the column ID; a new row leaves it blank. Versioned records carry
    their version: a row taken away before somebody else's save is refused.
    """

    authorship: Authorship

    @classmethod
    def get_diff_class(cls) -> type[Diff]:
        """Use the preview without inline styles."""
        return PlainDiff

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Note who brings the list."""
        self.authorship = Authorship(by=kwargs["user"], at=clock.now(), through=Through.IMPORT, why=WHY)

    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[Any, bool]:
        """Find the record of a row; refuse an ID that there is not."""
        instance, is_new = super().get_or_init_instance(instance_loader, row)
        number = str(row.get("ID") or "").strip()
        if is_new and number:
            raise ValidationError(f"ID {number} のデータはありません。新しい行では ID を空にしてください。")
        return instance, is_new

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Read a row into its record, unless somebody saved the record since the list was taken."""
        if (
            isinstance(instance, Versioned)
            and instance.pk
            and str(row.get("版") or "") != str(instance.version)
        ):
            raise ValidationError("書き出した後に変更されています。書き出し直してから修正してください。")
        super().import_instance(instance, row, **kwargs)

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        """Write one row with its revision."""
        if is_create:
            create_record(instance, authorship=self.authorship)
            return
        stored = self._meta.model._default_manager.get(pk=instance.pk)
        names = [field.attribute for field in self.get_import_fields() if not field.readonly]
        changes = {name: getattr(instance, name) for name in names if name != "id"}
        change_record(stored, changes, authorship=self.authorship)


def flat_list(model: type[models.Model], *names: str) -> type[RecordedResource]:
    """Return the resource of a model's list with these fields, ID first.

    A foreign key is a column with its ID, which counts, and one with its name, which is for reading.
    """
    fields: dict[str, Field] = {"id": _field(model, "id", "ID")}
    for name in names:
        found = model._meta.get_field(name)
        title = str(found.verbose_name)  # type: ignore[union-attr]
        if isinstance(found, models.ForeignKey):
            fields[name] = _field(model, name, f"{title}ID")
            fields[f"{name}_in_words"] = _NameOfRelated(name, title)
        else:
            fields[name] = _field(model, name, title)
    if issubclass(model, Versioned):
        fields["version_taken"] = Field(attribute="version", column_name="版", readonly=True)
    meta = type(
        "Meta",
        (),
        {
            "model": model,
            "fields": list(fields),
            "import_id_fields": ["id"],
            "skip_unchanged": True,
            "report_skipped": True,
            "clean_model_instances": True,
            "use_transactions": True,
        },
    )
    return type(f"{model.__name__}List", (RecordedResource,), {**fields, "Meta": meta})


def _field(model: type[models.Model], name: str, title: str) -> Field:
    found = model._meta.get_field(name)
    widget = RecordedResource.widget_from_django_field(found)
    kwargs = RecordedResource.widget_kwargs_for_field(name, found) if widget else {}
    if isinstance(found, models.Field) and found.choices:
        return Field(attribute=name, column_name=title, widget=ChoiceWidget(found.choices))
    if isinstance(found, models.ForeignKey):
        return Field(attribute=name, column_name=title, widget=ForeignKeyWidget(found.related_model))
    return Field(attribute=name, column_name=title, widget=widget(**kwargs), saves_null_values=True)


class ChoiceWidget(Widget):
    """A choice as people read it (担当者); read back from the words or from the code (staff)."""

    def __init__(self, choices: Any) -> None:
        super().__init__()
        self.words = {str(code): str(words) for code, words in choices}

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Return the words."""
        return self.words.get(str(value), str(value or ""))

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """Return the code; what is neither words nor code stays, and the model's own check refuses it."""
        text = str(value or "").strip()
        codes = {words: code for code, words in self.words.items()}
        return codes.get(text, text)


class _NameOfRelated(Field):
    """The name of the record that a foreign key points to: written, never read."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__(attribute=name, column_name=title, readonly=True)

    def export(self, instance: Any, **kwargs: Any) -> str:
        """Return the name, blank where there is none."""
        related = getattr(instance, str(self.attribute))
        return "" if related is None else str(related)


class OwnConfirmForm(ConfirmImportForm):
    """The second step of an import, bound to who did the first: its file's name is signed for them."""

    def __init__(self, *args: Any, salt: str, **kwargs: Any) -> None:
        self.signer = signing.TimestampSigner(salt=salt)
        super().__init__(*args, **kwargs)

    def clean_import_file_name(self) -> str:
        """Return the file's name, if this person previewed it within the last hour."""
        try:
            return str(self.signer.unsign(self.cleaned_data["import_file_name"], max_age=3600))
        except signing.BadSignature:
            raise ValidationError("この取込の確認はできません。ファイルを選び直してください。") from None


class _ListFormats:
    export_formats = [ListXLSX, ListCSV]
    import_formats = [ListXLSX, ListCSV]
    export_form_class = ExportForm

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any) -> bytes:
        """Write numbers as numbers and dates as dates: the formats know how to write each."""
        kwargs.pop("encoding", None)
        data = self.get_data_for_export(request, queryset, force_native_type=True, **kwargs)  # type: ignore[attr-defined]
        written: bytes = file_format.export_data(data)
        return written


class ExportedListAdmin(_ListFormats, ExportMixin, RecordedAdmin):
    """A list to take away."""


class FlatListAdmin(_ListFormats, ImportExportMixin, RecordedAdmin):
    """A list to take away and to bring back."""

    confirm_form_class = OwnConfirmForm

    def get_confirm_form_kwargs(self, request: HttpRequest, import_form: Any = None) -> dict[str, Any]:
        """Bind the confirmation to the person and the list."""
        kwargs: dict[str, Any] = super().get_confirm_form_kwargs(request, import_form)
        return {**kwargs, "salt": self._salt(request)}

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> dict[str, Any]:
        """Sign the name of the kept file."""
        initial: dict[str, Any] = super().get_confirm_form_initial(request, import_form)
        if "import_file_name" in initial:
            signer = signing.TimestampSigner(salt=self._salt(request))
            initial["import_file_name"] = signer.sign(initial["import_file_name"])
        return initial

    def _salt(self, request: HttpRequest) -> str:
        return f"flat-list-{self.opts.label_lower}-{request.user.pk}"

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Write the previewed list; a second click on the button finds nothing left to do."""
        try:
            response: HttpResponse = super().process_import(request, **kwargs)
        except FileNotFoundError:
            messages.error(
                request, "この取込はすでに実行されたか、期限が切れました。ファイルを選び直してください。"
            )
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")
        return response

    def add_data_read_fail_error_to_form(self, form: Any, error: Exception) -> None:
        """Say what is wrong with the file."""
        form.add_error("import_file", escape(str(error)) or "ファイルを読み取れません。")
