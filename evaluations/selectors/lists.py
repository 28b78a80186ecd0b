"""Lists of sheets: for the chief's approval, for planning's review, and the board of a round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from evaluations import permissions
from evaluations.enums import QuestionTarget, RoundState, SheetState
from evaluations.models import Actual, KpiSheet, ProgramEvaluation, Round, RoundQuestion, SheetQuerySet
from evaluations.models.sheets import late_on
from evaluations.permissions import AnySheet
from evaluations.selectors.authors import contributors_by_sheet
from evaluations.selectors.judged import Judged, judged_sheets
from evaluations.selectors.tasks import (
    key_of,
    kpi_sheets,
    order_of,
    program_evaluations,
    title_of,
)
from organization.models import User
from strategy.models import Kpi, Placement, Plan
from strategy.selectors.wording import figure_words
from tsukuba_kpi.lib.japanese_text import spellings


@dataclass(frozen=True)
class AnswerChange:
    """An answer that reads otherwise than last time."""

    label: str
    before: str
    now: str


@dataclass(frozen=True)
class ListRow:
    """One sheet in a list, with what is new about it.

    `previous` is the year before's figure, of the KPI that was in force then.
    """

    sheet: AnySheet
    actual: Actual | None
    previous: Actual | None
    judged: Judged | None
    changes: tuple[AnswerChange, ...]
    has_earlier: bool
    is_own: bool
    is_late: bool = False
    previous_kpi: Kpi | None = None
    is_comparable: bool = True

    @property
    def title(self) -> str:
        """Return what the sheet is about."""
        return title_of(self.sheet)

    @property
    def token(self) -> str:
        """Return sheet and versions as a checkbox sends them: kpi-12.5.3."""
        if isinstance(self.sheet, KpiSheet):
            figure = self.actual.version if self.actual else 0
        else:
            figure = self.sheet.program_sheet.version
        return f"{key_of(self.sheet)}.{self.sheet.version}.{figure}"

    @property
    def kpi(self) -> Kpi | None:
        """Return the KPI of a KPI's sheet."""
        return self.sheet.kpi if isinstance(self.sheet, KpiSheet) else None

    @property
    def difference(self) -> str:
        """Return how the figure differs from the year before's, blank where one is missing."""
        now = self.actual.value if self.actual else None
        before = self.previous.value if self.previous else None
        if now is None or before is None or self.kpi is None or not self.is_comparable:
            return ""
        step: Decimal = now - before
        return f"{'+' if step > 0 else ''}{figure_words(step, self.kpi)}"


def rows_of(
    user: User, sheets: Sequence[AnySheet], *, today: date, with_changes: bool = False
) -> list[ListRow]:
    """Return the rows of some sheets; the number of queries does not grow with them."""
    kpis = [sheet for sheet in sheets if isinstance(sheet, KpiSheet)]
    programs = [sheet for sheet in sheets if not isinstance(sheet, KpiSheet)]
    judged = judged_sheets(user, kpis)
    own = {("kpi", pk) for pk, users in contributors_by_sheet(kpis).items() if user.pk in users}
    own |= {("program", pk) for pk, users in contributors_by_sheet(programs).items() if user.pk in users}
    before = {**_earlier_answers(kpis), **_earlier_answers(programs)} if with_changes else {}
    labels = _labels(sheets) if with_changes else {}
    return [
        replace(_row(sheet, judged, own, before, labels), is_late=sheet.days_late(today) > 0)
        for sheet in sheets
    ]


def _row(
    sheet: AnySheet,
    judged: Mapping[int, Judged],
    own: set[tuple[str, int]],
    before: Mapping[str, Mapping[str, str]],
    labels: Mapping[tuple[int, str], Mapping[str, str]],
) -> ListRow:
    year = sheet.round.fiscal_year
    found = judged.get(sheet.pk) if isinstance(sheet, KpiSheet) else None
    held = found.figures.in_force(year - 1) if found else None
    kind = "kpi" if isinstance(sheet, KpiSheet) else "program"
    earlier = before.get(key_of(sheet))
    named = labels.get((sheet.round_id, kind), {})
    changes = tuple(
        AnswerChange(label, (earlier or {}).get(key, ""), sheet.answers.get(key, ""))
        for key, label in named.items()
        if (earlier or {}).get(key, "") != sheet.answers.get(key, "")
    )
    return ListRow(
        sheet=sheet,
        actual=found.figures.actuals.get(year) if found else None,
        previous=held.actuals.get(year - 1) if held else None,
        previous_kpi=held.kpi if held else None,
        is_comparable=bool(found and found.figures.compares(year - 1)),
        judged=found,
        changes=changes,
        has_earlier=earlier is not None,
        is_own=(kind, sheet.pk) in own,
    )


def _earlier_answers(sheets: Sequence[AnySheet]) -> dict[str, dict[str, str]]:
    """Return last time's answers by the key of this time's sheet (one query for each model)."""
    rows: QuerySet[Any]
    if not sheets:
        return {}
    if isinstance(sheets[0], KpiSheet):
        subjects = {s.kpi_id for s in sheets if isinstance(s, KpiSheet)}
        rows = KpiSheet.objects.filter(kpi_id__in=subjects)
        rows = rows.values_list("kpi_id", "round__fiscal_year", "round__is_demo", "answers")
    else:
        subjects = {s.program_sheet.program_id for s in sheets if isinstance(s, ProgramEvaluation)}
        rows = ProgramEvaluation.objects.filter(program_sheet__program_id__in=subjects)
        rows = rows.values_list(
            "program_sheet__program_id", "round__fiscal_year", "round__is_demo", "answers"
        )
    by_subject: dict[int, list[tuple[int, bool, dict[str, str]]]] = {}
    for subject, year, is_demo, answers in rows.order_by("round__fiscal_year", "round_id"):
        by_subject.setdefault(subject, []).append((year, is_demo, answers))
    found = {}
    for sheet in sheets:
        subject = sheet.kpi_id if isinstance(sheet, KpiSheet) else sheet.program_sheet.program_id
        for year, is_demo, answers in by_subject.get(subject, []):
            if year < sheet.round.fiscal_year and (sheet.round.is_demo or not is_demo):
                found[key_of(sheet)] = answers
    return found


def _labels(sheets: Sequence[AnySheet]) -> dict[tuple[int, str], dict[str, str]]:
    rounds = {sheet.round_id for sheet in sheets}
    labels: dict[tuple[int, str], dict[str, str]] = {}
    for question in RoundQuestion.objects.filter(round_id__in=rounds):
        kind = "kpi" if question.target == QuestionTarget.KPI else "program"
        labels.setdefault((question.round_id, kind), {})[question.key] = question.label
    return labels


# --- which sheets -------------------------------------------------------------------------------------------


def awaiting_approval(user: User) -> list[AnySheet]:
    """Return the sheets that wait for a person's approval."""
    condition = Q(
        section_id__in=user.access.approver_section_ids,
        state=SheetState.AWAITING_APPROVAL.value,
        round__state__in=[RoundState.OPEN.value, RoundState.CLOSED.value],
    )
    found: list[AnySheet] = []
    for sheets in (kpi_sheets(), program_evaluations()):
        found += (
            sheets.select_related("round__rating_scheme")
            .filter(condition)
            .order_by("round_id", "section_id", *order_of(sheets))
        )
    return found


@dataclass(frozen=True)
class Filters:
    """What a list of sheets is narrowed to."""

    kind: str = "kpi"
    round_id: int | None = None
    state: SheetState | None = None
    section_id: int | None = None
    without_section: bool = False
    node_id: int | None = None
    late_only: bool = False
    words: str = ""


def filtered(user: User, filters: Filters, *, today: date) -> "QuerySet[Any]":
    """Return the sheets of one kind that a person sees, narrowed."""
    is_kpi = filters.kind == "kpi"
    sheets = permissions.visible_to(user, kpi_sheets() if is_kpi else program_evaluations())
    conditions = Q()
    if filters.round_id is not None:
        conditions &= Q(round_id=filters.round_id)
    if filters.state is not None:
        conditions &= Q(state=filters.state.value)
    if filters.without_section:
        conditions &= Q(section__isnull=True)
    elif filters.section_id is not None:
        conditions &= Q(section_id=filters.section_id)
    if filters.late_only:
        conditions &= late_on(today)
    name = "kpi__name" if is_kpi else "program_sheet__name"
    for word in filters.words.split():
        found = (Q(**{f"{name}__icontains": spelling}) for spelling in spellings(word))
        conditions &= reduce(or_, found)
    rows = sheets.select_related("round__rating_scheme").with_due().filter(conditions)
    if filters.node_id is not None and is_kpi:
        within = Q(node_id=filters.node_id)
        for depth in range(1, 5):
            within |= Q(**{f"node__{'parent__' * depth}id": filters.node_id})
        rows = rows.filter(kpi_id__in=Placement.objects.filter(within).values("kpi_id"))
    return rows.order_by("-round__fiscal_year", "-round_id", *order_of(sheets))


def has_late_kpi_sheets(collection: Round, plan: Plan, *, today: date) -> bool:
    """Return whether a sheet of a plan's KPI is still with its section after its own day."""
    sheets: SheetQuerySet = KpiSheet.objects.filter(round=collection, kpi__placements__node__plan=plan)
    return sheets.with_due().filter(late_on(today)).exists()
