"""Forms of the sheets: the entry of a KPI and of a program, acts, reasons, planning's evaluation."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms

from evaluations.enums import DECISIONS, Act, Edition, ValueStatus
from evaluations.forms.costs import PREFIX, cost_entry, cost_fields, cost_values
from evaluations.models import KpiSheet
from evaluations.permissions import AnySheet
from evaluations.selectors.pages import KpiSheetPage, ProgramPage, QuestionRow, SheetPage
from evaluations.selectors.reading import Understood, shown_figure, understand
from evaluations.services.costs import CostEntry
from evaluations.services.sheets import AnswersEntry, FigureEntry, ProgramTexts
from evaluations.services.workflow import Assessment, Seen

FORM_ID = "entry"
AS_COMPUTED = "計算による評価のとおり"
LONGEST_REOPENING = 60  # days
FIGURE_FIELDS = ("figure", "status", "expected_on", "as_of", "note")
TEXT_FIELDS = ("purpose", "summary", "results")


def area(rows: int) -> forms.Textarea:
    """Return a box of several lines."""
    return forms.Textarea(attrs={"rows": rows})


def day_field(label: str, help_text: str = "") -> forms.DateField:
    """Return a field for a day, with the browser's calendar."""
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class SheetForm(forms.Form):
    """What the entry forms of both kinds of sheet share: the round's questions and the versions seen.

    A field of a question is named as everywhere: `answers.<key>`.
    """

    sheet_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    figure_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    base = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    taken_over = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, page: SheetPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page = page
        for row in page.rows:
            self.fields[row.field] = _question_field(row)
        # The boxes stand among remarks that are forms of their own, so they name their form.
        for field in self.fields.values():
            field.widget.attrs["form"] = FORM_ID

    @property
    def questions(self) -> list[tuple[QuestionRow, forms.BoundField]]:
        """Return each question with its field, in the form's order."""
        return [(row, self[row.field]) for row in self.page.rows]

    @property
    def seen(self) -> Seen:
        """Return the versions the person had before them."""
        return Seen(sheet=self.cleaned_data["sheet_version"], figure=self.cleaned_data["figure_version"])

    @property
    def base_values(self) -> dict[str, str]:
        """Return what the page had shown before the person typed; empty when it was not sent back."""
        try:
            found = json.loads(self.cleaned_data.get("base") or "{}")
        except ValueError:
            return {}
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}

    @property
    def answers_entry(self) -> AnswersEntry:
        """Return the answers for the service."""
        return AnswersEntry(
            answers={row.question.key: self.cleaned_data[row.field] for row in self.page.rows},
            self_grade=self.cleaned_data.get("self_grade", ""),
            grade_reason=self.cleaned_data.get("grade_reason", ""),
            carried_over=[key for key in self.cleaned_data["taken_over"].split(",") if key],
        )

    def add_problems(self, problems: Mapping[str, str]) -> None:
        """Put a service's messages at their fields; those of no field go above the form."""
        for name, message in problems.items():
            self.add_error(name if name in self.fields else None, message)


def _question_field(row: QuestionRow) -> forms.Field:
    question = row.question
    if row.is_choice:
        choices = [*((choice, choice) for choice in question.choices), ("", "未選択")]
        return forms.ChoiceField(
            label=question.label,
            help_text=question.help_text,
            required=False,
            choices=choices,
            widget=forms.RadioSelect,
        )
    return forms.CharField(
        label=question.label,
        help_text=question.help_text,
        required=False,
        strip=False,
        widget=area(4),
    )


class KpiEntryForm(SheetForm):
    """A KPI sheet's entry: the figure as typed, its status, the answers, the section's own grade."""

    figure = forms.CharField(label="実績値", required=False, max_length=120)
    status = forms.ChoiceField(
        label="値の状態",
        required=False,
        choices=[("", "自動（値から判断）"), *ValueStatus.choices()],
    )
    expected_on = day_field("値が出る予定日", "「集計中」のとき")
    as_of = day_field("時点", "年度末と異なるとき")
    note = forms.CharField(label="注記・値がない理由", required=False, strip=False, widget=area(2))
    confirmed = forms.BooleanField(label="文書から読み取った値が正しいことを確認した", required=False)
    self_grade = forms.ChoiceField(label="課の評価", required=False)
    grade_reason = forms.CharField(
        label="計算による評価と異なる理由", required=False, strip=False, widget=area(2)
    )

    page: KpiSheetPage
    understood: Understood

    def __init__(self, *args: Any, page: KpiSheetPage, today: date, **kwargs: Any) -> None:
        super().__init__(*args, page=page, **kwargs)
        self.today = today
        self.understood = Understood()
        grades = [("", AS_COMPUTED), *((grade, grade) for grade in page.grades)]
        self.fields["self_grade"].choices = grades  # type: ignore[attr-defined]
        if not page.grades:
            del self.fields["self_grade"], self.fields["grade_reason"]
        if not (page.actual and page.actual.needs_review):
            del self.fields["confirmed"]

    def clean(self) -> dict[str, Any]:
        """Read the figure for this KPI, with what the person chose as its status."""
        cleaned = super().clean() or {}
        if "figure" not in cleaned or "status" not in cleaned:
            return cleaned
        self.understood = understand(
            cleaned["figure"],
            kpi=self.page.kpi,
            edition=Edition(self.page.sheet.round.edition),
            today=self.today,
            chosen=ValueStatus(cleaned["status"]) if cleaned["status"] else None,
        )
        if self.understood.problem:
            self.add_error("figure", self.understood.problem)
        return cleaned

    @property
    def figure_entry(self) -> FigureEntry:
        """Return the figure for the service."""
        found, cleaned = self.understood, self.cleaned_data
        return FigureEntry(
            value=found.value,
            status=found.status,
            as_of=cleaned["as_of"],
            expected_on=cleaned["expected_on"] or found.expected_on,
            published_text=found.published_text,
            note=cleaned["note"] or found.note,
            is_confirmed=cleaned.get("confirmed", False),
        )


class ProgramEntryForm(SheetForm):
    """A program's entry: the texts of its yearly sheet, and the answers."""

    purpose = forms.CharField(label="事業の目的", required=False, strip=False, widget=area(4))
    summary = forms.CharField(label="事業の概要", required=False, strip=False, widget=area(6))
    results = forms.CharField(label="成果", required=False, strip=False, widget=area(6))
    confirmed = forms.BooleanField(
        label="文書から読み取った本文の区切りが正しいことを確認した", required=False
    )

    page: ProgramPage

    def __init__(self, *args: Any, page: ProgramPage, **kwargs: Any) -> None:
        super().__init__(*args, page=page, **kwargs)
        if not page.yearly.needs_review:
            del self.fields["confirmed"]
        if page.asks_costs:
            for name, field in cost_fields().items():
                field.widget.attrs["form"] = FORM_ID
                self.fields[name] = field

    @property
    def cost_boxes(self) -> list[forms.BoundField]:
        """Return the boxes for costs that are seen."""
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    @property
    def costs(self) -> CostEntry | None:
        """Return the costs for the service, None where the round does not ask for them."""
        return cost_entry(self.cleaned_data) if self.page.asks_costs else None

    @property
    def texts(self) -> ProgramTexts:
        """Return the texts for the service."""
        cleaned = self.cleaned_data
        return ProgramTexts(
            purpose=cleaned["purpose"],
            summary=cleaned["summary"],
            results=cleaned["results"],
            is_confirmed=cleaned.get("confirmed", False),
        )


class ReasonForm(forms.Form):
    """A reason in words, for acts that need one."""

    reason = forms.CharField(label="理由", strip=True, widget=area(3), max_length=4_000)


class ReopenForm(ReasonForm):
    """Why a final sheet is opened again, and until when."""

    until = day_field("再開の期限", "この日までに課室が直し、承認します。過ぎると課室は入力できません。")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["until"].required = True

    def clean_until(self) -> date:
        """Refuse a day that is over, or so far away that it limits nothing."""
        until: date = self.cleaned_data["until"]
        if not self.today <= until <= self.today + timedelta(days=LONGEST_REOPENING):
            raise forms.ValidationError(f"今日から{LONGEST_REOPENING}日以内の日を入力してください。")
        return until


class VersionForm(forms.Form):
    """The versions a page had shown, sent along with an act."""

    sheet_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    figure_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @property
    def seen(self) -> Seen:
        """Return the versions the person had before them."""
        return Seen(sheet=self.cleaned_data["sheet_version"], figure=self.cleaned_data["figure_version"])


class ActForm(VersionForm):
    """A press of one of the acts' buttons."""

    act = forms.ChoiceField(choices=Act.choices())
    reason = forms.CharField(label="理由", required=False, widget=area(2), max_length=4_000)


class TextForm(VersionForm):
    """One text with the versions seen: the committee's opinion, the section's answer."""

    text = forms.CharField(required=False, strip=False, max_length=20_000, widget=area(3))


class AssessmentForm(VersionForm):
    """Planning's own evaluation beside the section's."""

    second_grade = forms.ChoiceField(label="二次評価", required=False)
    planning_comment = forms.CharField(
        label="企画部門の所見", required=False, strip=False, widget=area(3), max_length=20_000
    )
    decision = forms.ChoiceField(
        label="今後の方向性（決定）",
        required=False,
        choices=[(choice, choice or "（未定）") for choice in ("", *DECISIONS)],
    )
    decision_note = forms.CharField(
        label="決定の内容", required=False, strip=False, widget=area(2), max_length=20_000
    )

    def __init__(self, *args: Any, page: SheetPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grades = page.grades if isinstance(page, KpiSheetPage) else ("A", "B", "C", "D")
        kept = page.sheet.second_grade
        offered = (*grades, kept) if kept and kept not in grades else grades
        choices = [("", "（なし）"), *((grade, grade) for grade in offered)]
        self.fields["second_grade"].choices = choices  # type: ignore[attr-defined]

    @property
    def assessment(self) -> Assessment:
        """Return it for the service."""
        names = ("second_grade", "planning_comment", "decision", "decision_note")
        return Assessment(**{name: self.cleaned_data[name] for name in names})


# --- what a page's form begins with -------------------------------------------------------------------------


def kpi_values(page: KpiSheetPage) -> dict[str, str]:
    """Return what stands in a KPI sheet, field by field, as its form shows it."""
    actual = page.actual
    values = {"figure": shown_figure(actual), "status": "", "expected_on": "", "as_of": "", "note": ""}
    if actual is not None:
        values |= {
            "status": actual.status,
            "expected_on": actual.expected_on.isoformat() if actual.expected_on else "",
            "as_of": actual.as_of.isoformat() if actual.as_of else "",
            "note": actual.note,
        }
    values |= {"self_grade": page.sheet.self_grade, "grade_reason": page.sheet.grade_reason}
    return values | {row.field: row.answer for row in page.rows}


def program_values(page: ProgramPage) -> dict[str, str]:
    """Return what stands in a program's sheet, field by field, as its form shows it."""
    values = {name: getattr(page.yearly, name) for name in TEXT_FIELDS}
    if page.asks_costs:
        values |= cost_values(page.cost)
    return values | {row.field: row.answer for row in page.rows}


def versions_of(sheet: AnySheet, page: SheetPage) -> dict[str, int]:
    """Return the versions a page shows, for its hidden fields."""
    if isinstance(sheet, KpiSheet):
        actual = page.actual if isinstance(page, KpiSheetPage) else None
        return {"sheet_version": sheet.version, "figure_version": actual.version if actual else 0}
    cost = page.cost if isinstance(page, ProgramPage) else None
    return {
        "sheet_version": sheet.version,
        "figure_version": sheet.program_sheet.version,
        "cost_version": cost.version if cost else 0,
    }
