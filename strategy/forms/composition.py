"""Rows of parts, of changes of definition and of responsibilities, as small tables of inputs."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from organization.models import Section
from strategy.calculations.definition_cells import read_years, years_words
from strategy.calculations.target_figures import figure_cell
from strategy.enums import PartKind, ResponsibilityRole
from strategy.forms.kpi_choice import KpiChoice
from strategy.models import Kpi, KpiPart, Placement, Responsibility, SeriesBreak
from strategy.services.composition import BreakEntry, PartEntry, ResponsibilityEntry, Succession
from tsukuba_kpi.lib.figures import read_figure
from tsukuba_kpi.lib.fiscal_year import parse_fiscal_year, short_era_label

BLANK_ROWS = 2
MOST_ROWS = 60


class FigureText(forms.CharField):
    """A plain number in a KPI's unit, as people type it."""

    unit = ""

    def clean(self, value: Any) -> Any:
        """Return the number, None for a blank.

        :raises ValidationError: with what to do
        """
        found = read_figure(str(value or ""), unit=self.unit or None)
        if found.problem is not None:
            raise forms.ValidationError(found.problem)
        if found.kind not in {"number", "blank"} or found.bound is not None:
            raise forms.ValidationError("一つの数を入力してください。")
        return found.value

    def prepare_value(self, value: Any) -> Any:
        """Return the number with its separators."""
        return figure_cell(value) if isinstance(value, Decimal) else value


class YearText(forms.CharField):
    """A fiscal year as people write it: H29, 令和元年度, 2019."""

    def clean(self, value: Any) -> Any:
        """Return the year, None for a blank.

        :raises ValidationError: if it is no year
        """
        text = str(super().clean(value) or "").strip()
        if not text:
            return None
        year = parse_fiscal_year(text)
        if year is None:
            raise forms.ValidationError("「H29」「令和元年度」のように年度で入力してください。")
        return year

    def prepare_value(self, value: Any) -> Any:
        """Return the year in short."""
        return short_era_label(value) if isinstance(value, int) else value


class YearsText(forms.CharField):
    """A span of fiscal years whose ends may be open."""

    def clean(self, value: Any) -> Any:
        """Return first and last year.

        :raises ValidationError: with what to do
        """
        found = read_years(str(value or ""), may_be_open=True)
        if isinstance(found, str):
            raise forms.ValidationError(found)
        return found

    def prepare_value(self, value: Any) -> Any:
        """Return the span in short."""
        return years_words(*value) if isinstance(value, tuple) else value


class RowForm(forms.Form):
    """One row of a table; a row without its leading field is no row, one that is ticked goes."""

    leading: str = ""
    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    remove = forms.BooleanField(label="削除", required=False)

    @property
    def is_wanted(self) -> bool:
        """Return whether the row stands after saving."""
        found = self.cleaned_data
        return bool(found.get(self.leading)) and not found.get("remove")

    def clean(self) -> dict[str, Any]:
        """Refuse a row of which everything but the leading field is filled in."""
        found = self.cleaned_data
        others = [name for name in self.changed_data if name not in {self.leading, "pk", "remove"}]
        blank = not found.get(self.leading) and self.leading not in self.errors
        if blank and (others or found.get("pk")) and not found.get("remove"):
            label = self.fields[self.leading].label
            self.add_error(self.leading, f"{label}を入力するか、「削除」に印を付けてください。")
        return found


class PartForm(RowForm):
    """A part of the KPI."""

    leading = "part"
    part = KpiChoice(label="指標", required=False)
    kind = forms.ChoiceField(label="区分", choices=PartKind.choices(), initial=PartKind.ADDEND.value)
    is_main = forms.BooleanField(label="主な数値", required=False)
    weight = FigureText(label="重み", required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse negative weights."""
        found = super().clean()
        weight = found.get("weight")
        if weight is not None and weight < 0:
            self.add_error("weight", "重みは0以上にしてください。")
        return found


class BreakForm(RowForm):
    """A change of definition."""

    leading = "fiscal_year"
    fiscal_year = YearText(label="新しい定義の最初の年度", required=False)
    reason = forms.CharField(
        label="理由", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )
    baseline_value = FigureText(label="新しい定義での基準値", required=False)
    baseline_fiscal_year = YearText(label="その年度", required=False)


class PredecessorForm(forms.Form):
    """The KPI that this one follows."""

    predecessor = KpiChoice(label="前の指標", required=False)
    predecessor_fiscal_year = YearText(label="この指標に替えた年度", required=False)
    predecessor_reason = forms.CharField(
        label="指標を替えた理由", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )
    predecessor_is_comparable = forms.BooleanField(
        label="前の指標と同じ測り方（値を比べられる）", required=False
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the year with the KPI, and for the KPI with anything else."""
        found = self.cleaned_data
        if found.get("predecessor"):
            if not found.get("predecessor_fiscal_year") and "predecessor_fiscal_year" not in self.errors:
                self.add_error("predecessor_fiscal_year", "この指標に替えた年度を入力してください。")
        elif "predecessor" not in self.errors and self._says_more():
            self.add_error(
                "predecessor", "前の指標を入力するか、替えた年度・理由・測り方を空にしてください。"
            )
        return found

    def _says_more(self) -> bool:
        found = self.cleaned_data
        names = ("predecessor_fiscal_year", "predecessor_reason", "predecessor_is_comparable")
        return any(found.get(name) for name in names)

    @property
    def succession(self) -> Succession | None:
        """Return what this KPI follows as stated."""
        found = self.cleaned_data
        if not found["predecessor"]:
            return None
        return Succession(
            predecessor=found["predecessor"],
            fiscal_year=found["predecessor_fiscal_year"],
            reason=found["predecessor_reason"],
            is_comparable=found["predecessor_is_comparable"],
        )


def section_label(section: Section) -> str:
    """Return bureau, section and the years it exists in."""
    years = years_words(section.opened_fiscal_year, section.closed_fiscal_year)
    return f"{section.bureau or ''} {section}{f'（{years}）' if years else ''}".strip()


class ResponsibilityForm(RowForm):
    """A section that answers."""

    leading = "section"
    section = forms.ChoiceField(label="課室", required=False)
    role = forms.ChoiceField(
        label="役割", choices=ResponsibilityRole.choices(), initial=ResponsibilityRole.LEAD.value
    )
    role_note = forms.CharField(label="役割の表記", required=False, max_length=80)
    years = YearsText(label="年度", required=False)
    placement = forms.ChoiceField(label="位置", required=False)


PartFormSet = formset_factory(
    PartForm, formset=BaseFormSet, extra=BLANK_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)
BreakFormSet = formset_factory(
    BreakForm, formset=BaseFormSet, extra=1, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)
ResponsibilityFormSet = formset_factory(
    ResponsibilityForm, formset=BaseFormSet, extra=BLANK_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)


class CompositionForms:
    """The page of parts: three tables of inputs and the version they were shown with."""

    def __init__(
        self,
        data: Any,
        *,
        kpi: Kpi,
        parts: Iterable[KpiPart],
        breaks: Iterable[SeriesBreak],
        kpis: Mapping[int, Kpi],
    ) -> None:
        self.kpi = kpi
        others = {pk: other for pk, other in kpis.items() if pk != kpi.pk}
        self.parts: Any = PartFormSet(data, prefix="parts", initial=[_part_initial(part) for part in parts])
        self.breaks: Any = BreakFormSet(
            data, prefix="breaks", initial=[_break_initial(found) for found in breaks]
        )
        self.predecessor = PredecessorForm(
            data,
            initial={
                "predecessor": others.get(kpi.predecessor_id or 0),
                "predecessor_reason": kpi.predecessor_reason,
                "predecessor_fiscal_year": kpi.predecessor_fiscal_year,
                "predecessor_is_comparable": kpi.predecessor_is_comparable,
            },
        )
        for form in [*self.parts, *self.breaks, self.predecessor]:
            for name, field in form.fields.items():
                if isinstance(field, KpiChoice):
                    field.kpis = others
                if isinstance(field, FigureText) and name == "baseline_value":
                    field.unit = kpi.unit

    def is_valid(self) -> bool:
        """Return whether every row can be read."""
        found = [self.parts.is_valid(), self.breaks.is_valid(), self.predecessor.is_valid()]
        return all(found)

    @property
    def part_entries(self) -> list[PartEntry]:
        """Return the parts as stated, in their order."""
        wanted = [form.cleaned_data for form in self.parts if form.is_wanted]
        return [
            PartEntry(
                pk=row["pk"],
                part=row["part"],
                kind=PartKind(row["kind"]),
                position=position,
                is_main=row["is_main"],
                weight=row["weight"],
            )
            for position, row in enumerate(wanted)
        ]

    @property
    def break_entries(self) -> list[BreakEntry]:
        """Return the changes of definition as stated."""
        return [
            BreakEntry(
                pk=row["pk"],
                fiscal_year=row["fiscal_year"],
                reason=row["reason"],
                baseline_value=row["baseline_value"],
                baseline_fiscal_year=row["baseline_fiscal_year"],
            )
            for row in (form.cleaned_data for form in self.breaks if form.is_wanted)
        ]


def _part_initial(part: KpiPart) -> dict[str, Any]:
    return {
        "pk": part.pk,
        "part": part.part,
        "kind": part.kind,
        "is_main": part.is_main,
        "weight": part.weight,
    }


def _break_initial(found: SeriesBreak) -> dict[str, Any]:
    return {
        "pk": found.pk,
        "fiscal_year": found.fiscal_year,
        "reason": found.reason,
        "baseline_value": found.baseline_value,
        "baseline_fiscal_year": found.baseline_fiscal_year,
    }


def responsibility_forms(
    data: Any,
    *,
    held: Iterable[Responsibility],
    sections: Iterable[Section],
    placements: Iterable[Placement],
) -> Any:
    """Return the rows of a KPI's sections."""
    initial = [
        {
            "pk": row.pk,
            "section": str(row.section_id),
            "role": row.role,
            "role_note": row.role_note,
            "years": (row.first_fiscal_year, row.last_fiscal_year),
            "placement": str(row.placement_id or ""),
        }
        for row in held
    ]
    rows: Any = ResponsibilityFormSet(data, prefix="rows", initial=initial)
    places = [("", "すべての位置"), *((str(place.pk), str(place.node)) for place in placements)]
    named = [("", "（なし）"), *((str(section.pk), section_label(section)) for section in sections)]
    for form in rows:
        form.fields["section"].choices = named
        form.fields["placement"].choices = places
    return rows


def responsibility_entries(
    rows: Any, *, sections: Iterable[Section], placements: Iterable[Placement]
) -> list[ResponsibilityEntry]:
    """Return the responsibilities as stated."""
    known = {str(section.pk): section for section in sections}
    places = {str(place.pk): place for place in placements}
    return [
        ResponsibilityEntry(
            pk=row["pk"],
            section=known[row["section"]],
            role=ResponsibilityRole(row["role"]),
            role_note=row["role_note"],
            placement=places.get(row["placement"]),
            first_fiscal_year=row["years"][0],
            last_fiscal_year=row["years"][1],
        )
        for row in (form.cleaned_data for form in rows if form.is_wanted)
    ]
