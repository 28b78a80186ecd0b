"""The workbooks of a round: what each section's sheets know, ask and hold. A fixed number of queries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast

from evaluations import permissions
from evaluations.calculations.costs import COST_LABELS
from evaluations.enums import QuestionTarget, SheetState
from evaluations.models import (
    Actual,
    KpiSheet,
    ProgramEvaluation,
    Round,
    RoundQuestion,
    Sheet,
    SheetQuerySet,
)
from evaluations.permissions import AnySheet
from evaluations.selectors.grid import Grid, GridRow, grid_of_sheets
from evaluations.selectors.judged import yardsticks_of
from evaluations.selectors.sheets import costs_of, earlier_evaluations, earlier_kpi_sheets
from evaluations.selectors.tasks import kpi_sheets, program_evaluations
from importers.calculations.round_book import (
    ANSWER_PREFIX,
    NOT_ASKED,
    Column,
    Line,
    RoundBook,
    Table,
    fits_cell,
)
from importers.selectors.book_columns import (
    kpi_columns,
    last_time,
    program_columns,
)
from importers.selectors.book_identity import LineIdentity, signed
from importers.selectors.book_values import as_cell, values_of
from organization.models import Section, User
from programs.models import ProgramCost, ProgramSheet
from strategy.enums import Direction
from strategy.models import Kpi, Placement, Plan, Target
from strategy.selectors.wording import baseline_words, figure_words, target_words
from tsukuba_kpi.lib.figures import format_figure
from tsukuba_kpi.lib.fiscal_year import short_era_label


@dataclass(frozen=True, kw_only=True)
class Taking:
    """Who takes workbooks of which round, and when."""

    user: User
    collection: Round
    at: datetime


def questions_asked(collection: Round) -> dict[QuestionTarget, list[RoundQuestion]]:
    """Return a round's questions by the kind of sheet, in the form's order (one query)."""
    found: dict[QuestionTarget, list[RoundQuestion]] = {target: [] for target in QuestionTarget}
    for question in collection.questions.all():
        found[QuestionTarget(question.target)].append(question)
    found[QuestionTarget.KPI] = [q for q in found[QuestionTarget.KPI] if not q.program_kind]
    return found


def asked_on(sheet: AnySheet, questions: Mapping[QuestionTarget, list[RoundQuestion]]) -> list[RoundQuestion]:
    """Return what is asked on one sheet: some questions are for one kind of programs only."""
    if isinstance(sheet, KpiSheet):
        return questions[QuestionTarget.KPI]
    kind = sheet.program_sheet.program.kind
    return [q for q in questions[QuestionTarget.PROGRAM] if q.program_kind in {"", kind}]


def round_books(taking: Taking, *, section_ids: Collection[int] | None) -> list[RoundBook]:
    """Return a workbook for each section that has sheets in the round; None: of all sections.

    The number of queries depends neither on the sections nor on their sheets. Sheets the person does not see
    are in none.
    """
    kpis = permissions.visible_to(taking.user, kpi_sheets()).filter(round=taking.collection)
    programs = permissions.visible_to(taking.user, program_evaluations()).filter(round=taking.collection)
    if section_ids is not None:
        kpis, programs = kpis.for_sections(section_ids), programs.for_sections(section_ids)
    kpis, programs = kpis.filter(section__isnull=False), programs.filter(section__isnull=False)
    return books_of_sheets(taking, kpis, programs)


def books_of_sheets(taking: Taking, kpis: SheetQuerySet, programs: SheetQuerySet) -> list[RoundBook]:
    """Return the workbooks that hold some sheets of one round, one for each section."""
    questions = questions_asked(taking.collection)
    grid = grid_of_sheets(taking.user, taking.collection, kpis)
    lines = _kpi_lines(taking, grid, questions)
    of_programs = _program_lines(taking, programs, questions)
    sections: dict[int, Section] = {}
    for sheet in (*(row.sheet for row in grid.rows), *(evaluation for evaluation, _ in of_programs)):
        if sheet.section is not None:
            sections[sheet.section.pk] = sheet.section
    columns = kpi_columns(taking.collection, grid.years, questions[QuestionTarget.KPI])
    return [
        RoundBook(
            round_name=taking.collection.name,
            fiscal_year=taking.collection.fiscal_year,
            section_name=section.name,
            due_days=_due_days(sheet for sheet, _ in (*lines, *of_programs) if sheet.section_id == pk),
            instructions=taking.collection.instructions,
            taken_at=taking.at,
            taken_by=str(taking.user),
            is_demo=taking.collection.is_demo,
            tables=_tables(
                taking,
                section,
                columns,
                [line for sheet, line in lines if sheet.section_id == pk],
                questions,
                [(sheet, line) for sheet, line in of_programs if sheet.section_id == pk],
            ),
        )
        for pk, section in sorted(sections.items(), key=lambda item: (item[1].position, item[0]))
    ]


def _due_days(sheets: Iterable[Sheet]) -> tuple[date, ...]:
    return tuple(sorted({sheet.due_on for sheet in sheets if sheet.due_on is not None}))


def _tables(
    taking: Taking,
    section: Section,
    columns: tuple[Column, ...],
    kpi_lines: Sequence[Line],
    questions: Mapping[QuestionTarget, list[RoundQuestion]],
    of_programs: Sequence[tuple[ProgramEvaluation, Line]],
) -> tuple[Table, ...]:
    title = f"{taking.collection.name}　{section.name}"
    tables = []
    if kpi_lines:
        tables.append(Table(name="KPI", title=f"{title}　KPI", columns=columns, lines=tuple(kpi_lines)))
    if of_programs:
        asked = {question.pk for sheet, _ in of_programs for question in asked_on(sheet, questions)}
        wanted = [q for q in questions[QuestionTarget.PROGRAM] if q.pk in asked]
        tables.append(
            Table(
                name="事務事業",
                title=f"{title}　事務事業",
                columns=program_columns(taking.collection, wanted),
                lines=tuple(line for _, line in of_programs),
            )
        )
    return tuple(tables)


# --- KPIs ---------------------------------------------------------------------------------------------------


def _kpi_lines(
    taking: Taking, grid: Grid, questions: Mapping[QuestionTarget, list[RoundQuestion]]
) -> list[tuple[KpiSheet, Line]]:
    ids = [row.sheet.kpi_id for row in grid.rows]
    earlier = earlier_kpi_sheets(taking.collection, ids)
    places = _places(ids)
    judged = yardsticks_of(taking.collection, ids)
    finals = _final_targets(ids)
    asked = questions[QuestionTarget.KPI]
    found = []
    for row in grid.rows:
        pk = row.sheet.kpi_id
        plan, scheme = judged[pk]
        last = _final_of(finals.get(pk, []), plan)
        shown = {
            **_known_of(row, grid.years),
            "place": places.get(pk, ""),
            "final_target": last,
            **last_time(earlier.get(pk), asked),
        }
        grades = tuple(band.label for band in scheme.bands) if scheme else ()
        line = _line(taking, row.sheet, row.actual, asked, shown)
        closed = line.closed if grades else line.closed | {"self_grade", "grade_reason"}
        choices = {"self_grade": grades} if grades else {}
        found.append((row.sheet, replace(line, closed=closed, choices=choices)))
    return found


def _known_of(row: GridRow, years: Iterable[int]) -> dict[str, str]:
    kpi = row.kpi
    earlier = {
        f"year.{year}": _actual_words(actual, held, kpi)
        for year, (held, actual) in zip(years, row.earlier, strict=True)
    }
    return {
        "code": kpi.code,
        "name": as_cell(kpi.name),
        "state": _state_words(row.sheet),
        "unit": kpi.unit,
        "asked": row.hint,
        "direction": Direction(kpi.direction).label if kpi.direction else "",
        "baseline": baseline_words(kpi),
        "target": row.target,
        **earlier,
    }


def _actual_words(actual: Actual | None, held: Kpi, kpi: Kpi) -> str:
    """Return a figure of an earlier year; `held` is the KPI that was in force then."""
    if actual is None:
        return ""
    notes = [] if held == kpi else ["前の指標"]
    if actual.value is None:
        words = actual.get_status_display()
    else:
        words = figure_words(actual.value, held)
        notes += [] if actual.status == "final" else [actual.get_status_display()]
    return f"{words}（{'、'.join(notes)}）" if notes else words


def _state_words(sheet: AnySheet) -> str:
    reason = f"\n理由：{sheet.return_reason}" if sheet.return_reason else ""
    return f"{SheetState(sheet.state).label}{reason}"


def _places(kpi_ids: Sequence[int]) -> dict[int, str]:
    """Return where each KPI stands, in the words of its plans."""
    found: dict[int, list[str]] = {}
    for placement in Placement.objects.filter(kpi_id__in=kpi_ids).select_related("node"):
        node = placement.node
        found.setdefault(placement.kpi_id, []).append(f"{node.code or ''} {node.name}".strip())
    return {pk: "\n".join(dict.fromkeys(words)) for pk, words in found.items()}


def _final_targets(kpi_ids: Sequence[int]) -> dict[int, list[Target]]:
    found: dict[int, list[Target]] = {}
    rows = Target.objects.filter(kpi_id__in=kpi_ids).select_related("kpi").order_by("fiscal_year")
    for target in rows:
        found.setdefault(target.kpi_id, []).append(target)
    return found


def _final_of(targets: Sequence[Target], plan: Plan | None) -> str:
    """Return the last target, with its year, of the plan's years."""
    last = plan.last_fiscal_year if plan else None
    within = [target for target in targets if last is None or target.fiscal_year <= last]
    if not within:
        return ""
    return f"{target_words(within[-1], within[-1].kpi)}（{short_era_label(within[-1].fiscal_year)}）"


# --- programs -----------------------------------------------------------------------------------------------


def _program_lines(
    taking: Taking, programs: SheetQuerySet, questions: Mapping[QuestionTarget, list[RoundQuestion]]
) -> list[tuple[ProgramEvaluation, Line]]:
    rows = programs.order_by("section__position", "section_id", "program_sheet__position", "id")
    evaluations = [cast(ProgramEvaluation, row) for row in rows]
    ids = [evaluation.program_sheet.program_id for evaluation in evaluations]
    earlier = earlier_evaluations(taking.collection, ids)
    results = _earlier_results(ids, taking.collection.fiscal_year)
    asks = taking.collection.asks_costs
    costs = costs_of(sheet.program_sheet for sheet in evaluations) if asks else {}
    earlier_costs = _earlier_costs(ids, taking.collection.fiscal_year) if asks else {}
    found = []
    for evaluation in evaluations:
        yearly = evaluation.program_sheet
        asked = asked_on(evaluation, questions)
        shown = {
            "code": str(yearly.program.number),
            "name": as_cell(yearly.name),
            "state": _state_words(evaluation),
            "last.results": results.get(yearly.program_id, ""),
            "last.costs": earlier_costs.get(yearly.program_id, ""),
            **last_time(earlier.get(yearly.program_id), asked),
        }
        line = _line(taking, evaluation, costs.get(yearly.pk), asked, shown)
        others = {
            f"{ANSWER_PREFIX}{q.key}": NOT_ASKED for q in questions[QuestionTarget.PROGRAM] if q not in asked
        }
        not_asked = {key: words for key, words in others.items() if key not in line.entered}
        entered, closed = {**line.entered, **not_asked}, line.closed | set(not_asked)
        found.append((evaluation, replace(line, entered=entered, closed=closed)))
    return found


def _earlier_results(program_ids: Sequence[int], year: int) -> dict[int, str]:
    rows = ProgramSheet.objects.filter(program_id__in=program_ids, fiscal_year__lt=year)
    found = rows.order_by("fiscal_year").values_list("program_id", "fiscal_year", "results")
    return {pk: f"（{short_era_label(each)}）{as_cell(text)}" for pk, each, text in found if text.strip()}


def _earlier_costs(program_ids: Sequence[int], year: int) -> dict[int, str]:
    """Return what each program cost in the last year of which that is known, in words."""
    rows = ProgramCost.objects.filter(sheet__program_id__in=program_ids, sheet__fiscal_year__lt=year)
    found = {}
    for cost in rows.select_related("sheet").order_by("sheet__fiscal_year"):
        amounts = [
            f"{label} {format_figure(amount)}{unit}"
            for name, (label, unit) in COST_LABELS.items()
            if (amount := getattr(cost, name)) is not None
        ]
        if amounts:
            year_of = f"（{short_era_label(cost.sheet.fiscal_year)}{'決算' if cost.is_final else ''}）"
            found[cost.sheet.program_id] = "\n".join([year_of, *amounts])
    return found


# --- one line -----------------------------------------------------------------------------------------------


def _line(
    taking: Taking,
    sheet: AnySheet,
    stands_on: Actual | ProgramCost | None,
    asked: list[RoundQuestion],
    shown: Mapping[str, str],
) -> Line:
    values = values_of(sheet, stands_on, asked)
    unread = tuple(sorted(key for key, text in values.items() if not fits_cell(text)))
    is_kpi = isinstance(sheet, KpiSheet)
    identity = LineIdentity(
        round_id=taking.collection.pk,
        section_id=sheet.section_id,
        kind="kpi" if is_kpi else "program",
        pk=sheet.pk,
        sheet_version=sheet.version,
        figure_version=_figure_version(sheet, stands_on),
        taken_at=taking.at,
        name=line_name(shown),
        base={key: text for key, text in values.items() if key not in unread},
        unread=unread,
    )
    return Line(
        identity=signed(identity),
        shown=shown,
        entered=values,
        # The section's boxes are open whoever takes the workbook: planning sends them out.
        may_edit=permissions.takes_entry(sheet, today=taking.at.date()),
        closed=frozenset(unread),
    )


def _figure_version(sheet: AnySheet, stands_on: Actual | ProgramCost | None) -> int:
    if isinstance(sheet, KpiSheet):
        return stands_on.version if stands_on else 0
    return int(sheet.program_sheet.version)


def line_name(shown: Mapping[str, str]) -> str:
    """Return what a line is called: its number and name as its cells show them."""
    return f"{shown.get('code', '')}\n{shown.get('name', '')}"
