"""Plan what a table of yearly figures changes: KPIs by name, targets and actuals by fiscal year."""

from dataclasses import dataclass

from importers.calculations.duplicates import find_duplicates, without_readers_word
from importers.calculations.plan import ChangePlan, PlannedRow, count_outcomes, shorten
from importers.calculations.rows import SourceDocument, SourceRow
from importers.calculations.yearly_figures import figures_of
from importers.enums import DocumentKind, Outcome
from importers.selectors.existing import edits_by_people
from importers.selectors.existing_actuals import existing_figures, existing_kpis
from importers.selectors.own_sheets import own_sheets
from importers.services.compare_figures import FiguresComparison, FiguresContext, FigureWrite
from importers.services.match_kpi import KpiMatch, find_kpi
from organization.models import User
from tsukuba_kpi.lib.fiscal_year import era_label
from tsukuba_kpi.lib.japanese_text import match_key

YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class ActualsPlan:
    """The rows as shown, and what applying them writes."""

    plan: ChangePlan
    writes: tuple[FigureWrite, ...] = ()


def plan_actuals(
    document: SourceDocument,
    *,
    demo: bool = False,
    only_kpis: frozenset[int] | None = None,
    entered_by: User | None = None,
) -> ActualsPlan:
    """Return what importing yearly figures would change; writes nothing.

    `only_kpis`: the KPIs a section may bring figures for; rows of others are refused. `entered_by` then
    enters actuals alone, on the sheets that are theirs to edit now.
    """
    context = _context(document, demo=demo, only_kpis=only_kpis, entered_by=entered_by)
    planned: list[PlannedRow] = []
    writes: list[FigureWrite] = []
    for index, row in enumerate(document.rows):
        shown, write = _plan_row(index, row, context)
        planned.append(shown)
        if write is not None:
            writes.append(write)
    plan = ChangePlan(
        file=document.file,
        kind=DocumentKind.ACTUALS,
        rows=tuple(planned),
        errors=document.errors,
        notes=document.notes,
        counts=count_outcomes(planned),
    )
    return ActualsPlan(plan, tuple(writes))


def _context(
    document: SourceDocument, *, demo: bool, only_kpis: frozenset[int] | None, entered_by: User | None
) -> FiguresContext:
    duplicates = find_duplicates(document.rows, list(map(_identity, document.rows)), _content, _label)
    context = FiguresContext(existing_kpis(demo=demo), duplicates, only_kpis)
    matched = {match.kpi.id for row in document.rows if (match := _match(row, context)).kpi is not None}
    context.state = existing_figures(context.state, matched)
    if entered_by is not None:
        context.sheets = own_sheets(entered_by, matched)
    context.target_edits = edits_by_people("strategy.target", (t.id for t in context.state.targets.values()))
    context.actual_edits = edits_by_people(
        "evaluations.actual", (a.id for a in context.state.actuals.values())
    )
    context.kpi_edits = edits_by_people("strategy.kpi", matched)
    return context


def _identity(row: SourceRow) -> tuple[str, int] | None:
    kpi, year = row.fields.get("kpi"), row.fields.get("fiscal_year")
    return (match_key(kpi), year) if isinstance(kpi, str) and isinstance(year, int) else None


def _content(row: SourceRow) -> tuple[object, ...]:
    return tuple(row.fields.get(name) for name in ("target", "actual", "status"))


def _label(row: SourceRow) -> str:
    year = row.fields["fiscal_year"]
    assert isinstance(year, int)
    return f"指標「{shorten(row.fields['kpi'])}」の{era_label(year)}の値"


def _match(row: SourceRow, context: FiguresContext) -> KpiMatch:
    name, code = row.fields.get("kpi"), row.extra.get("number")
    key = (str(name or ""), str(code or ""))
    match = context.matches.get(key)
    if match is None:
        match = context.matches[key] = find_kpi(*key, context.state)
    return match


# --- one row ----------------------------------------------------------------------------------------------


def _plan_row(index: int, row: SourceRow, context: FiguresContext) -> tuple[PlannedRow, FigureWrite | None]:
    duplicate = context.duplicates.get(index)
    doubts = row.doubts
    if duplicate is not None:
        doubts = (*without_readers_word(row.doubts), *duplicate.doubts)
    refusal = row.refused or _refusal(row) or (duplicate.refusal if duplicate else None)
    match = _match(row, context)
    refusal = refusal or match.refused or _foreign(match, context)
    if refusal is not None:
        return PlannedRow(row, Outcome.REFUSED, doubts=doubts, refused=refusal), None
    if duplicate is not None and duplicate.is_repetition:
        return PlannedRow(row, Outcome.SAME, doubts=doubts), None
    figures = figures_of(row, match.kpi.unit if match.kpi is not None else "")
    if figures.refused is not None:
        return PlannedRow(row, Outcome.REFUSED, doubts=doubts, refused=figures.refused), None
    return FiguresComparison(index, row, match, figures, context).plan()


def _refusal(row: SourceRow) -> str | None:
    year = row.fields.get("fiscal_year")
    if not isinstance(row.fields.get("kpi"), str) or not str(row.fields["kpi"]).strip():
        return "指標名がありません。指標名を補ってから取り込んでください。"
    if not isinstance(year, int) or year not in YEARS:
        return "年度を読めません。令和6年度、R6 のような年度を補ってから取り込んでください。"
    return None


def _foreign(match: KpiMatch, context: FiguresContext) -> str | None:
    if context.only_kpis is None or (match.kpi is not None and match.kpi.id in context.only_kpis):
        return None
    return "担当する課室の指標ではありません。自分の課室の指標の行だけを取り込めます。"
