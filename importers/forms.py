"""What people type on the pages of imports: an upload, a corrected row, the meaning of columns."""

import datetime
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from evaluations.enums import ValueStatus
from importers.calculations.boundaries import TEXTS
from importers.calculations.report import field_label
from importers.enums import DocumentKind
from importers.selectors.runs import UNCLEAR
from importers.services.fill_form import FORM_LIMITS
from importers.sources.day_cells import read_day
from importers.sources.heading_words import IGNORED, WORDS
from importers.sources.limits import LIMITS, MEGABYTE
from strategy.enums import Aggregation, Direction
from strategy.models import Plan
from tsukuba_kpi.lib.figures import read_figure
from tsukuba_kpi.lib.fiscal_year import era_label, parse_fiscal_year
from tsukuba_kpi.lib.japanese_text import match_key

# --- uploading --------------------------------------------------------------------------------------------


def _within_bound(file: Any) -> Any:
    if file.size > LIMITS.file_bytes:
        raise ValidationError(
            f"ファイルが大きすぎます（上限{LIMITS.file_bytes // MEGABYTE}MB）。"
            "必要な部分だけのファイルに分けてください。"
        )
    return file


class RoundBookForm(forms.Form):
    """A round's workbook that was filled in."""

    file = forms.FileField(
        label="入力したExcel",
        help_text="「Excelで取り出す」で取り出したファイル（xlsx）。枠の中へドラッグして選ぶこともできます。",
        error_messages={"empty": "ファイルの中身がありません。別のファイルを選んでください。"},
    )

    def clean_file(self) -> Any:
        """Refuse a file above the readers' bound before it is kept."""
        return _within_bound(self.cleaned_data["file"])


class UploadForm(forms.Form):
    """A document to bring in, with what it does not say itself."""

    kind = forms.ChoiceField(label="文書の種類", widget=forms.RadioSelect)
    file = forms.FileField(
        label="ファイル",
        help_text="Excelブック（xlsx・xls）、CSV、PDF、テキスト。枠の中へドラッグして選ぶこともできます。",
        error_messages={"empty": "ファイルの中身がありません。別のファイルを選んでください。"},
    )
    fiscal_year = forms.CharField(
        label="対象年度", required=False, help_text="事務事業の一覧のとき。例 R6、令和6年度、2024"
    )
    plan = forms.ModelChoiceField(
        queryset=Plan.objects.none(),
        label="計画",
        required=False,
        empty_label="文書から判断する（新しい計画のときは下に名称を入力）",
        help_text="戦略のKPI一覧のとき。",
    )
    plan_name = forms.CharField(label="新しい計画の名称", required=False, max_length=120)
    effective_on = forms.DateField(
        label="適用日",
        required=False,
        help_text="部署・職員の一覧のとき。行に日付や年度がないとき、この日から適用します。",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    include_hidden = forms.BooleanField(label="非表示の行やシートも読む", required=False)

    def __init__(self, *args: Any, kinds: Sequence[DocumentKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["kind"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(kind.value, kind.label) for kind in kinds]
        if len(kinds) == 1:
            choice.initial = kinds[0].value
        if DocumentKind.STAFF not in kinds:
            del self.fields["effective_on"]
        plan = self.fields["plan"]
        assert isinstance(plan, forms.ModelChoiceField)
        plan.queryset = Plan.objects.filter(is_demo=False)

    def clean_file(self) -> Any:
        """Refuse a file above the readers' bound before it is kept."""
        return _within_bound(self.cleaned_data["file"])

    def clean_fiscal_year(self) -> int | None:
        """Return the fiscal year as the year in which it begins."""
        typed = self.cleaned_data["fiscal_year"].strip()
        if not typed:
            return None
        year = parse_fiscal_year(typed)
        if year is None:
            raise ValidationError(
                f"年度「{typed}」を読めません。R6、令和6年度、2024 のように入力してください。"
            )
        return year

    def clean(self) -> dict[str, Any]:
        """Ask for what the kind of document needs."""
        cleaned = super().clean() or {}
        of_programs = cleaned.get("kind") == DocumentKind.PROGRAMS.value
        if of_programs and "fiscal_year" not in self.errors and cleaned.get("fiscal_year") is None:
            self.add_error("fiscal_year", "事務事業の一覧では、対象年度を入力してください。")
        if cleaned.get("plan") is not None and cleaned.get("plan_name"):
            self.add_error("plan_name", "計画を選んだときは、新しい名称を空にしてください。")
        return cleaned


# --- correcting a row -------------------------------------------------------------------------------------

_NUMBERS = frozenset({"order", "number", "policy", "measure", "decimals"})
_DAYS = frozenset({"valid_from", "valid_to"})
_FLAGS = frozenset({"concurrent"})
_YEARS = frozenset({"fiscal_year", "opened", "closed", "baseline_year", "target_year"})
_FIGURES = frozenset({"target", "actual", "baseline", "final_target"})
_LISTS = frozenset({"sections", "targets"})
_LONG = frozenset({*TEXTS, "rationale", "method", "definition"})
_CHOICES: Mapping[str, Sequence[tuple[str, str]]] = {
    "kind": (
        ("goal", "数値目標（基本目標）"),
        ("policy", "基本施策"),
        ("measure", "個別施策"),
        ("grant", "交付金事業"),
    ),
    "status": ValueStatus.choices(),
    "direction": Direction.choices(),
    "aggregation": Aggregation.choices(),
}


class WholeNumberField(forms.CharField):
    """A whole number typed in any width."""

    def clean(self, value: Any) -> int | None:
        """Return the number, None for a blank."""
        text = unicodedata.normalize("NFKC", super().clean(value) or "").strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise ValidationError("1以上の整数で入力してください。")
        return int(text)


class YearField(forms.CharField):
    """A fiscal year as documents write it."""

    def clean(self, value: Any) -> int | None:
        """Return the year in which it begins, None for a blank."""
        text = (super().clean(value) or "").strip()
        if not text:
            return None
        year = parse_fiscal_year(text)
        if year is None:
            raise ValidationError("年度を読めません。R6、令和6年度、2024 のように入力してください。")
        return year


_SCALES = re.compile("[十百千万億兆]")  # of which unit they are a part, the form does not know


class FigureField(forms.CharField):
    """A figure as documents write it: △5, １，２３４, 12.5."""

    def clean(self, value: Any) -> Decimal | None:
        """Return the number, None for a blank; what a bare number cannot keep is refused, not dropped."""
        text = (super().clean(value) or "").strip()
        if not text:
            return None
        figure = read_figure(text)
        if figure.value is None:
            raise ValidationError(figure.problem or "数値で入力してください。数値がないときは空にします。")
        if figure.qualifier is not None:
            raise ValidationError(f"「{figure.qualifier}」はこの欄に残せないので、数だけを入力してください。")
        if _SCALES.search(text):
            raise ValidationError("千・万・億などを使わず、指標の単位の数を入力してください。")
        return figure.value


class DayField(forms.CharField):
    """A day as documents write it: 2025/4/1, R7.4.1."""

    def clean(self, value: Any) -> datetime.date | None:
        """Return the day, None for a blank."""
        text = (super().clean(value) or "").strip()
        if not text:
            return None
        day = read_day(text)
        if day is None:
            raise ValidationError("日付を読めません。2025/4/1、R7.4.1 のように入力してください。")
        return day


class LinesField(forms.CharField):
    """Several names, one on each line."""

    widget = forms.Textarea

    def clean(self, value: Any) -> list[str]:
        """Return the names without blank lines."""
        return [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]


class RowForm(forms.Form):
    """The fields of one row, to be corrected; blank means that the document has no value."""

    def __init__(self, *args: Any, values: Mapping[str, Any], kind: DocumentKind, **kwargs: Any) -> None:
        kwargs["initial"] = {name: _as_typed(name, value) for name, value in values.items()}
        super().__init__(*args, **kwargs)
        for name in values:
            self.fields[name] = _field_for(name, field_label(name, kind))

    def values(self) -> dict[str, Any]:
        """Return the cleaned values with blanks as None."""
        return {name: None if value == "" else value for name, value in self.cleaned_data.items()}


def _field_for(name: str, label: str) -> forms.Field:
    if name in _CHOICES:
        return forms.ChoiceField(label=label, required=False, choices=[("", "（なし）"), *_CHOICES[name]])
    if name in _NUMBERS:
        return WholeNumberField(label=label, required=False)
    if name in _YEARS:
        return YearField(label=label, required=False)
    if name in _FIGURES:
        return FigureField(label=label, required=False)
    if name in _DAYS:
        return DayField(label=label, required=False)
    if name in _FLAGS:
        return forms.BooleanField(label=label, required=False)
    if name in _LISTS:
        return LinesField(label=label, required=False, help_text="１行に一つずつ")
    if name in _LONG:
        return forms.CharField(label=label, required=False, widget=forms.Textarea, strip=False)
    return forms.CharField(label=label, required=False)


def _as_typed(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else value


# --- sections that are new --------------------------------------------------------------------------------


class NewSectionsForm(forms.Form):
    """For each section that would be registered: the registered one that is meant, blank to register it."""

    def __init__(
        self, *args: Any, sections: Sequence[Mapping[str, Any]], labels: Mapping[str, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._labels = labels
        # By what the section is called, not by its place: the list may have changed under an open page.
        self._sections = {section_field(section): section for section in sections}
        for name, section in self._sections.items():
            self.fields[name] = forms.CharField(
                label=f"{section['bureau'] or ''}　{section['name']}として扱う課室".strip("　"),
                required=False,
                widget=forms.TextInput(attrs={"list": "known-sections", "autocomplete": "off"}),
            )

    def lines(self) -> list[tuple[Mapping[str, Any], forms.BoundField]]:
        """Return each section with its field."""
        return [(section, self[name]) for name, section in self._sections.items()]

    def clean(self) -> dict[str, Any]:
        """Refuse a name that no registered section has."""
        cleaned = super().clean() or {}
        unknown = [(name, typed) for name, typed in cleaned.items() if typed and self._find(typed) is None]
        for name, typed in unknown:
            self.add_error(name, f"「{typed}」という課室はありません。候補から選んでください。")
        return cleaned

    def answers(self) -> dict[tuple[str | None, str], int | None]:
        """Return the meant section's id by bureau and name, None for "register it"."""
        return {
            (section["bureau"], section["name"]): self._find(self.cleaned_data[name])
            for name, section in self._sections.items()
            if name in self.data
        }

    def _find(self, typed: str) -> int | None:
        return self._labels.get(match_key(typed))


def section_field(section: Mapping[str, Any]) -> str:
    """Return the name of the field about a section that would be registered."""
    printed = f"{section['bureau'] or ''}　{section['name']}"
    return f"section-{hashlib.sha256(printed.encode()).hexdigest()[:12]}"


# --- the meaning of columns -------------------------------------------------------------------------------


def _yearly_choices(known: str | None, heading: str, choices: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what a column may be beside the usual fields: the target or the actual of its year."""
    if known is None or known in choices:
        return []
    year = known.partition(":")[2]
    if not year.isdigit():
        return [(known, heading)]
    label = era_label(int(year))
    found = {f"actual:{year}": f"{label}の実績値", f"target:{year}": f"{label}の目標値"}
    return list(({known: heading} | found).items())


class ColumnsForm(forms.Form):
    """What the columns of one table mean; the answer is remembered for every table with these headings."""

    def __init__(self, *args: Any, kind: DocumentKind, table: Mapping[str, Any], **kwargs: Any) -> None:
        kwargs["prefix"] = table["fingerprint"][:12]
        super().__init__(*args, **kwargs)
        self.fingerprint: str = table["fingerprint"]
        self.letters = [column["letters"] for column in table["columns"]]
        words = WORDS[kind]
        choices = [("", "取り込まない")]
        choices += [(f.field, f.words[0]) for f in words.fields if f.field != IGNORED]
        for column in table["columns"]:
            known = column["field"]
            place = "" if table.get("turned") else f"{column['letters']}列"
            self.fields[column["letters"]] = forms.ChoiceField(
                label=f"{place}「{column['heading'] or '見出しなし'}」",
                choices=[*choices, *_yearly_choices(known, column["heading"], dict(choices))],
                required=False,
                initial=known or "",
                help_text=_about(column),
            )

    def mapping(self) -> dict[str, str]:
        """Return the field of each column's letters, blank for none."""
        return {letters: self.cleaned_data[letters] for letters in self.letters}


def _about(column: Mapping[str, Any]) -> str:
    """Return what helps to tell a column's meaning: that it is not known, and what stands in it."""
    told = ["！ 見出しからは分かりません。"] if column["how"] in UNCLEAR else []
    if column["samples"]:
        told.append("例: " + "、".join(dict.fromkeys(column["samples"][:3])))
    return "".join(told)


class FormUpload(forms.Form):
    """A city's own form to be filled."""

    file = forms.FileField(
        label="様式のExcelブック（xlsx）",
        help_text="セルに下の一覧の名前を付けたもの。5 MB まで。",
        error_messages={"empty": "ファイルの中身がありません。別のファイルを選んでください。"},
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file: Any = self.cleaned_data["file"]
        if file.size is not None and file.size > FORM_LIMITS.file_bytes:
            raise forms.ValidationError("様式のファイルが大きすぎます。5 MB までのものを選んでください。")
        return file
