"""Filters of the lists, shareable as an address."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from evaluations.enums import Reason, SheetState
from evaluations.models import SheetQuerySet
from organization.models import Bureau, Section
from programs.models import ProgramSheet
from reports.calculations import standings as kept
from reports.calculations.standings import IN_HAND, WAITING, Standing, is_under
from reports.enums import Movement, OutlookSaid
from reports.models import KpiStanding, KpiWords
from reports.selectors.program_words import sheets_with_words
from strategy.calculations.rating import Scheme
from strategy.enums import Direction
from strategy.models import Plan, PlanNode
from tsukuba_kpi.lib.fiscal_year import era_and_western
from tsukuba_kpi.lib.japanese_text import search_key

# So many KPIs are named one by one in a question to the database.
FEW = 1_000
GRADED, UNGRADED = ("any", "評価あり"), ("none", "判定なし")
NOT_SET = ("none", "未設定")
IN_SECTION = (WAITING, "提出前（課室にあるもの）")
# The narrowest first: along its index the list is read.
SCOPES = {"section": "s", "bureau": "b", "node": "n"}
# Filters named like the column they ask about, and like the entry under which its values are counted.
COLUMNS = ("grade", "reason", "direction", "state", "movement", "outlook")
FLAGS = {
    "fallen": ("fallen", Q(has_fallen=True)),
    "lacking": ("undefined", Q(is_undefined=True)),
    "review": ("review", Q(needs_review=True)),
    "provisional": (kept.PROVISIONAL, Q(is_provisional=True) & ~Q(grade="")),
}
SORTS = {
    "position": ("position",),
    "name": ("kpi__name",),
    "progress": ("progress_rank",),
    "achievement": ("achievement_rank",),
    "grade": ("grade_rank",),
    "weight": ("weight",),
}


@dataclass(frozen=True)
class ListFrame:
    """What of a plan and a person the list of KPIs is made for."""

    plan: Plan
    scheme: Scheme | None
    nodes: tuple[PlanNode, ...]
    sections: tuple[Section, ...]
    bureaus: tuple[Bureau, ...]
    own: tuple[Standing, ...] = ()


def _choice(label: str, choices: Iterable[tuple[str, str]] = ()) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(label=label, choices=list(choices), empty_label="すべて")


def _check_box(label: str) -> django_filters.BooleanFilter:
    return django_filters.BooleanFilter(label=label, widget=forms.CheckboxInput)


class KpiStandingFilter(django_filters.FilterSet):  # type: ignore[misc]
    """A plan's KPIs in one period: every number of the dashboards leads here.

    KPIs that stand otherwise for the person than for their audience (`frame.own`) are filtered by how they
    stand for the person.
    """

    q = django_filters.CharFilter(label="ことば")
    node = _choice("目標・施策")
    section = _choice("担当課")
    bureau = _choice("部局")
    grade = _choice("評価")
    reason = _choice("判定できない理由", Reason.choices())
    movement = _choice("前年度との比較", Movement.choices())
    outlook = _choice("見通し", OutlookSaid.choices())
    state = _choice("シートの状態", [IN_SECTION, *SheetState.choices()])
    direction = _choice("方向", [*Direction.choices(), NOT_SET])
    fallen = _check_box("前年度より後退したもの")
    lacking = _check_box("定義に不足があるもの")
    review = _check_box("要確認のもの")
    provisional = _check_box("速報・見込による評価")

    class Meta:
        model = KpiStanding
        fields: list[str] = []

    def __init__(self, *args: object, frame: ListFrame, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.frame = frame
        bands = frame.scheme.bands if frame.scheme else ()
        self._choices("node", ((node.pk, str(node)) for node in frame.nodes))
        self._choices("section", ((section.pk, section.name) for section in frame.sections))
        self._choices("bureau", ((bureau.pk, bureau.name) for bureau in frame.bureaus))
        self._choices("grade", (GRADED, UNGRADED, *((band.label, band.label) for band in bands)))

    def _choices(self, name: str, choices: Iterable[tuple[object, str]]) -> None:
        self.filters[name].extra["choices"] = [(str(value), label) for value, label in choices]

    @cached_property
    def asked(self) -> dict[str, Any]:
        """Return the filters that are set."""
        values = self.form.cleaned_data
        return {name: value for name, value in values.items() if value not in ("", None, False)}

    def filter_queryset(self, queryset: QuerySet[KpiStanding]) -> QuerySet[KpiStanding]:
        """Return the rows that every filter lets through; an unknown value lets none through."""
        if self.form.errors:
            return queryset.none()
        condition = Q()
        for each in (*self._scope_conditions(), *(each for _, each in self._entry_conditions())):
            condition &= each
        if self.frame.own:
            own = [standing.kpi_id for standing in self.frame.own]
            let_through = [standing.kpi_id for standing in self.frame.own if self._lets_through(standing)]
            condition = (condition & ~Q(kpi__in=own)) | Q(kpi__in=let_through)
        rows = queryset.filter(condition)
        if self.scope_keys:
            rows = rows.filter(
                kpi__scopes__plan=self.frame.plan,
                kpi__scopes__key=self.scope_keys[0],
                # Equal, said in two halves: for an equality PostgreSQL would expect next to no rows (it takes
                # place and KPI for unrelated) and collect and sort all of them before the first page.
                kpi__scopes__position__gte=F("position"),
                kpi__scopes__position__lte=F("position"),
            )
        return self._with_words(rows)

    @property
    def scope_keys(self) -> list[str]:
        """Return the scopes asked for, as they are stored, the narrowest first."""
        return [f"{letter}{self.asked[name]}" for name, letter in SCOPES.items() if name in self.asked]

    def _scope_conditions(self) -> list[Q]:
        """The scopes kept with the standing decide: in this year, and of all that are asked for."""
        return [Q(scopes__contains=f" {key} ") for key in self.scope_keys]

    def _entry_conditions(self) -> list[tuple[str, Q]]:
        found = []
        for name in COLUMNS:
            value = self.asked.get(name)
            if name == "grade" and value == GRADED[0]:
                found.append((kept.GRADED, ~Q(grade="")))
            elif name == "grade" and value == UNGRADED[0]:
                found.append((kept.UNGRADED, Q(grade="")))
            elif value == NOT_SET[0]:
                found.append((f"{name}:{value}", Q(**{name: ""})))
            elif value == WAITING:
                found.append((WAITING, Q(state__in=[state.value for state in IN_HAND])))
            elif value:
                found.append((f"{name}:{value}", Q(**{name: value})))
        found += [flag for name, flag in FLAGS.items() if name in self.asked]
        return found

    def _lets_through(self, standing: Standing) -> bool:
        inside = all(f" {key} " in standing.scopes for key in self.scope_keys)
        return inside and all(is_under(standing, entry) for entry, _ in self._entry_conditions())

    def _with_words(self, rows: QuerySet[KpiStanding]) -> QuerySet[KpiStanding]:
        """Where the words are rare, name the KPIs that have them; else look them up line by line."""
        words = [search_key(word) for word in self.asked.get("q", "").split()]
        if not words:
            return rows
        found = KpiWords.objects.filter(plan=self.frame.plan)
        for word in words:
            found = found.filter(words__contains=word)
        few = list(found.values_list("kpi", flat=True)[: FEW + 1])
        if len(few) <= FEW:
            return rows.filter(kpi__in=few)
        return rows.filter(Exists(found.filter(kpi=OuterRef("kpi"))))

    @property
    def kept_count(self) -> tuple[str, int, str] | None:
        """Return scope, id and entry under which the number of rows is already counted, if it is."""
        scopes = [name for name in SCOPES if name in self.asked]
        entries = [entry for entry, _ in self._entry_conditions()]
        if self.form.errors or self.frame.own or len(scopes) > 1 or len(entries) > 1:
            return None
        if "q" in self.asked:
            return None
        scope = (scopes[0], int(self.asked[scopes[0]])) if scopes else ("plan", 0)
        return (*scope, entries[0] if entries else "total")


def sorted_rows(found: KpiStandingFilter, asked: str) -> QuerySet[KpiStanding]:
    """Return rows sorted by a column heading (a leading - turns it round); blanks always stand last."""
    name = asked.removeprefix("-")
    if name not in SORTS:
        name = asked = "position"
    # Read along the scope's index, a page is full after as many lines as it shows.
    rows: QuerySet[KpiStanding] = found.qs
    position = (
        ("kpi__scopes__position", "kpi__scopes__kpi_id") if found.scope_keys else ("position", "kpi_id")
    )
    if asked == "position":
        return rows.order_by(*position)
    columns = [
        F(column).desc(nulls_last=True) if asked.startswith("-") else F(column).asc(nulls_last=True)
        for column in SORTS[name]
    ]
    return rows.order_by(*columns, *position)


class ProgramSheetFilter(django_filters.FilterSet):  # type: ignore[misc]
    """The programs of one fiscal year by bureau, section, state, mark and words."""

    fiscal_year = django_filters.ChoiceFilter(label="年度", empty_label=None)
    bureau = django_filters.ModelChoiceFilter(
        label="部局", field_name="section__bureau", queryset=Bureau.objects.none(), empty_label="すべて"
    )
    section = django_filters.ModelChoiceFilter(
        label="担当課室", queryset=Section.objects.none(), empty_label="すべて"
    )
    state = django_filters.ChoiceFilter(
        label="評価の状態", choices=SheetState.choices(), method="filter_state", empty_label="すべて"
    )
    review = django_filters.BooleanFilter(
        label="要確認",
        method="filter_review",
        widget=forms.Select(choices=[("", "すべて"), ("true", "あり"), ("false", "なし")]),
    )
    q = django_filters.CharFilter(label="ことば", method="filter_words")

    class Meta:
        model = ProgramSheet
        fields: list[str] = []

    def __init__(
        self,
        *args: object,
        years: list[int],
        sections: QuerySet[Section],
        evaluations: SheetQuerySet,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.evaluations = evaluations
        self.filters["fiscal_year"].extra["choices"] = [(year, era_and_western(year)) for year in years]
        self.filters["section"].queryset = sections
        self.filters["bureau"].queryset = Bureau.objects.filter(sections__in=sections).distinct()

    def filter_state(self, rows: QuerySet[ProgramSheet], name: str, value: str) -> QuerySet[ProgramSheet]:
        """Keep the sheets with an evaluation in a state, among those the person sees."""
        return rows.filter(pk__in=self.evaluations.filter(state=value).values("program_sheet"))

    def filter_review(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Keep what waits for a person's confirmation, or what does not; doubts are texts, too."""
        shown = rows.filter(is_hidden=False)
        return shown.exclude(unconfirmed={}) if value else shown.filter(unconfirmed={})

    def filter_words(self, rows: QuerySet[ProgramSheet], name: str, value: str) -> QuerySet[ProgramSheet]:
        """Keep the sheets that hold every word in their number, names, section or, where shown, texts."""
        words = [search_key(word) for word in value.split()]
        return rows.filter(pk__in=sheets_with_words(rows, words))
