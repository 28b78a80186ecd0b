"""Plan what a list of definitions changes of the registered KPIs."""

from dataclasses import dataclass

from evaluations.selectors.definition_use import rounds_asking
from importers.calculations.duplicates import find_duplicates, without_readers_word
from importers.calculations.plan import ChangePlan, PlannedRow, count_outcomes, shorten
from importers.calculations.rows import DEFINITION_FIELDS, SourceDocument, SourceRow
from importers.enums import DocumentKind, Outcome
from importers.selectors.existing import edits_by_people
from importers.selectors.existing_actuals import existing_kpis
from importers.selectors.existing_definitions import existing_definitions
from importers.services.compare_definition import DefinitionComparison, DefinitionsContext, DefinitionWrite
from importers.services.match_kpi import KpiMatch, find_kpi
from tsukuba_kpi.lib.japanese_text import match_key


@dataclass(frozen=True, slots=True)
class DefinitionsPlan:
    """The rows as shown, and what applying them writes."""

    plan: ChangePlan
    writes: tuple[DefinitionWrite, ...] = ()


def plan_definitions(document: SourceDocument, *, reason: str = "", demo: bool = False) -> DefinitionsPlan:
    """Return what importing definitions would change; writes nothing.

    `reason` says why definitions change by which a round is already judged; without it such rows are refused.
    """
    state = existing_kpis(demo=demo)
    matches = [
        find_kpi(str(row.fields.get("kpi") or ""), str(row.extra.get("number") or ""), state)
        for row in document.rows
    ]
    context = _context([match.kpi.id for match in matches if match.kpi is not None], reason.strip())
    duplicates = find_duplicates(document.rows, list(map(_identity, document.rows)), _content, _label)
    taken: dict[int, int] = {}
    planned: list[PlannedRow] = []
    writes: list[DefinitionWrite] = []
    for index, (row, match) in enumerate(zip(document.rows, matches, strict=True)):
        duplicate = duplicates.get(index)
        refusal = row.refused or (duplicate.refusal if duplicate else None)
        refusal = refusal or _refusal(row, match, taken, index)
        doubts = (*without_readers_word(row.doubts), *(duplicate.doubts if duplicate else ()))
        if refusal is not None:
            planned.append(PlannedRow(row, Outcome.REFUSED, doubts=doubts, refused=refusal))
            continue
        if duplicate is not None:
            planned.append(PlannedRow(row, Outcome.SAME, doubts=doubts))
            continue
        assert match.kpi is not None
        kpi = context.definitions.kpis[match.kpi.id]
        shown, write = DefinitionComparison(index, row, kpi, match.doubts, context).plan()
        planned.append(shown)
        if write is not None:
            writes.append(write)
    plan = ChangePlan(
        file=document.file,
        kind=DocumentKind.DEFINITIONS,
        rows=tuple(planned),
        errors=document.errors,
        notes=document.notes,
        counts=count_outcomes(planned),
    )
    return DefinitionsPlan(plan, tuple(writes))


def _context(ids: list[int], reason: str) -> DefinitionsContext:
    definitions = existing_definitions(ids)
    targets = [target.pk for held in definitions.targets.values() for target in held.values()]
    return DefinitionsContext(
        definitions,
        edits_by_people("strategy.kpi", ids),
        edits_by_people("strategy.target", targets),
        frozenset(rounds_asking(ids)),
        reason,
    )


def _refusal(row: SourceRow, match: KpiMatch, taken: dict[int, int], index: int) -> str | None:
    """Return why a row cannot be taken in; a KPI belongs to the first row that means it."""
    name = str(row.fields.get("kpi") or "").strip()
    if not name:
        return "指標名が空なので取り込めません。指標名を入力してください。"
    if match.refused is not None:
        return match.refused
    if match.kpi is None:
        return (
            f"指標「{shorten(name)}」は登録がありません。先に戦略のKPI一覧を取り込むか、"
            "登録のとおりの名称に直してください。"
        )
    first = taken.setdefault(match.kpi.id, index)
    if first != index:
        return f"指標「{shorten(name)}」は、{first + 1}件目の行と同じ指標です。一つの行にまとめてください。"
    return None


def _identity(row: SourceRow) -> tuple[str, str] | None:
    kpi = row.fields.get("kpi")
    return (match_key(kpi), match_key(str(row.extra.get("number") or ""))) if isinstance(kpi, str) else None


def _content(row: SourceRow) -> tuple[object, ...]:
    return tuple(row.fields.get(name) for name in DEFINITION_FIELDS if name != "kpi")


def _label(row: SourceRow) -> str:
    return f"指標「{shorten(row.fields['kpi'])}」の定義"
