"""What the program pages show."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from evaluations import permissions
from evaluations.models import ProgramEvaluation
from history.selectors import Change, Key, revisions_for
from organization.models import Section, User
from programs.enums import LinkState
from programs.models import Program, ProgramLineage, ProgramLink, ProgramSheet
from strategy.models import Placement, PlanNode
from tsukuba_kpi.lib.fiscal_year import era_label
from tsukuba_kpi.lib.flat_table import Cell, FlatTable

HEADER = (
    "事業番号", "事務事業名", "旧名称", "年度（西暦）", "年度（和暦）", "部局", "担当課室", "目的", "概要",
    "成果", "注記", "評価の状態",
)  # fmt: skip
SORTS = {
    "number": ("program__number",),
    "name": ("name",),
    "section": ("section__bureau__position", "section__position", "section_id"),
}


def program_years(is_demo: bool | None = None) -> list[int]:
    """Return the fiscal years for which there are program sheets, newest first."""
    sheets = ProgramSheet.objects.all()
    if is_demo is not None:
        sheets = sheets.filter(program__is_demo=is_demo)
    return list(sheets.order_by("-fiscal_year").values_list("fiscal_year", flat=True).distinct())


def program_sheets(viewer: User) -> "QuerySet[ProgramSheet]":
    """Return all program sheets with program, section and the evaluations the person may see.

    `is_hidden` marks those whose texts another section is still working on: only number, name and section
    are shown and searched.
    """
    visible = permissions.visible_program_evaluations(viewer)
    unseen = ProgramEvaluation.objects.filter(program_sheet=OuterRef("pk")).exclude(
        pk__in=visible.values("pk")
    )
    return (
        ProgramSheet.objects.annotate(is_hidden=Exists(unseen))
        .select_related("program", "section__bureau")
        .prefetch_related(Prefetch("evaluations", queryset=visible.select_related("round")))
    )


def sections_with_programs() -> "QuerySet[Section]":
    """Return the sections that have a program sheet."""
    sheets = ProgramSheet.objects.filter(section=OuterRef("pk")).order_by()
    return Section.objects.filter(Exists(sheets))


def in_order(rows: "QuerySet[ProgramSheet]", asked: str) -> "QuerySet[ProgramSheet]":
    """Return sheets sorted by a column heading (a leading - turns it round), else as printed."""
    name = asked.removeprefix("-")
    if name not in SORTS:
        return rows.order_by("-fiscal_year", "position", "pk")
    columns = [F(column) for column in SORTS[name]]
    turned = asked.startswith("-")
    ordered = [each.desc(nulls_last=True) if turned else each.asc(nulls_last=True) for each in columns]
    return rows.order_by(*ordered, "pk")


def flat_table(rows: "QuerySet[ProgramSheet]") -> FlatTable:
    """Return sheets as one flat table; texts another section is still working on are left out."""
    return FlatTable("事務事業一覧", HEADER, [_cells(row) for row in rows])


def _cells(row: Any) -> tuple[Cell, ...]:
    section = row.section
    texts = ("", "", "") if row.is_hidden else (row.purpose, row.summary, row.results)
    return (
        row.program.number,
        row.name,
        row.former_name,
        row.fiscal_year,
        era_label(row.fiscal_year),
        section.bureau.name if section and section.bureau else row.bureau_printed,
        section.name if section else row.section_printed,
        *texts,
        "担当課が入力中" if row.is_hidden else "",
        " / ".join(evaluation.get_state_display() for evaluation in row.evaluations.all()),
    )


@dataclass(frozen=True)
class ServingProgram:
    """A program that serves something of the plan: what, and why."""

    program: Program
    link: ProgramLink
    own: bool


def programs_serving(node: PlanNode, node_ids: Collection[int]) -> tuple[ServingProgram, ...]:
    """Return the programs linked to a node or to a KPI in `node_ids`; refused links are none."""
    kpis = Placement.objects.filter(node__in=node_ids).order_by().values("kpi")
    links = ProgramLink.objects.exclude(state=LinkState.REFUSED.value).filter(Q(node=node) | Q(kpi__in=kpis))
    rows = links.select_related("program", "kpi").order_by("program__number", "id")
    return tuple(ServingProgram(link.program, link, link.node_id == node.pk) for link in rows)


@dataclass(frozen=True)
class ProgramPage:
    """One program over the years."""

    program: Program
    sheets: tuple[ProgramSheet, ...]
    sheet: ProgramSheet | None
    evaluations: tuple[ProgramEvaluation, ...]
    before: tuple[ProgramLineage, ...]
    after: tuple[ProgramLineage, ...]
    links: tuple[ProgramLink, ...]
    history: dict[Key, list[Change]]
    may_confirm: bool = False


def program_page(program: Program, *, fiscal_year: int | None, viewer: User) -> ProgramPage:
    """Return a program's page in a fiscal year, else in the newest one it has a sheet for."""
    sheets = tuple(
        program_sheets(viewer).filter(program=program).select_related("cost").order_by("-fiscal_year")
    )
    chosen = next((s for s in sheets if s.fiscal_year == fiscal_year), sheets[0] if sheets else None)
    before, after = (
        program.predecessions.select_related("predecessor"),
        program.successions.select_related("successor"),
    )
    return ProgramPage(
        program=program,
        sheets=sheets,
        sheet=chosen,
        evaluations=tuple(chosen.evaluations.all()) if chosen else (),
        before=tuple(before),
        after=tuple(after),
        links=tuple(program.links.exclude(state=LinkState.REFUSED.value).select_related("node__plan", "kpi")),
        history=revisions_for([chosen]) if chosen else {},
        may_confirm=bool(chosen and chosen.needs_review and permissions.can_confirm_marks(viewer, chosen)),
    )
