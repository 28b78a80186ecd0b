"""What was imported, as it comes out again: records with the documents' keys, in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.enums import Edition
from evaluations.models import Actual
from importers.calculations.report import plain_value
from importers.calculations.strategy_places import printed_goal
from importers.selectors.existing_strategy import (
    NodeState,
    PlacementState,
    SectionState,
    StrategyState,
    existing_strategy,
    has_own_row,
)
from programs.models import ProgramSheet
from strategy.calculations.target_figures import TargetFigure, target_cell
from strategy.enums import TargetQualifier
from strategy.models import Plan, Target
from tsukuba_kpi.lib.japanese_text import match_key

Record = Mapping[str, Any]


def program_years(*, demo: bool) -> list[int]:
    """Return the fiscal years that have sheets, oldest first."""
    years = (
        ProgramSheet.objects.filter(program__is_demo=demo).order_by().values_list("fiscal_year", flat=True)
    )
    return sorted(set(years.distinct()))


def program_records(*, fiscal_year: int, demo: bool) -> list[Record]:
    """Return one fiscal year's programs in the order of their list."""
    rows = (
        ProgramSheet.objects.filter(program__is_demo=demo, fiscal_year=fiscal_year)
        .order_by("position", "id")
        .values_list(
            "position",
            "program__number",
            "name",
            "bureau_printed",
            "section_printed",
            "section__bureau__name",
            "section__name",
            "purpose",
            "summary",
            "results",
        )
    )
    records: list[Record] = []
    for order, number, name, bureau_printed, section_printed, bureau, section, *texts in rows:
        if bureau_printed or section_printed:
            bureau, section = bureau_printed, section_printed
        purpose, summary, results = texts
        records.append(
            {
                "order": order,
                "number": number,
                "name": name,
                "bureau": bureau or None,
                "section": section or None,
                "purpose": purpose or None,
                "summary": summary or None,
                "results": results or None,
            }
        )
    return records


@dataclass(frozen=True, slots=True)
class _OwnRow:
    node: NodeState
    placement: PlacementState | None
    position: int


def strategy_records(plan: Plan) -> list[Record]:
    """Return a plan's rows in the order of its document: every KPI at its place, and rows without KPI."""
    state = existing_strategy(plan, demo=plan.is_demo)
    rows = [_OwnRow(state.nodes_by_id[p.node_id], p, p.position) for p in state.placements]
    rows += [
        _OwnRow(node, None, node.position) for node in state.nodes_by_id.values() if has_own_row(node, state)
    ]
    rows.sort(key=lambda row: (row.position, row.placement is None, row.node.id))
    return [_strategy_record(row, state) for row in rows]


def _strategy_record(row: _OwnRow, state: StrategyState) -> Record:
    is_project = row.node.level == "project"
    parent = state.nodes_by_id.get(row.node.parent_id) if row.node.parent_id is not None else None
    labelled = parent if is_project and parent is not None else row.node
    numbers = labelled.ascii_code.split("-") if labelled.ascii_code else []
    sections: Sequence[SectionState] = (
        state.sections_at(row.placement) if row.placement is not None else state.by_node.get(row.node.id, [])
    )
    return {
        "kind": labelled.level,
        "goal": printed_goal(labelled.ascii_code) if numbers else None,
        "policy": int(numbers[1]) if len(numbers) > 1 else None,
        "measure": int(numbers[2]) if len(numbers) > 2 else None,
        "node": labelled.name or None,
        "project": row.node.name if is_project else None,
        "kpi": row.placement.printed if row.placement is not None else None,
        "sections": [section.printed for section in sections],
    }


def actual_records(
    *, demo: bool, plan: Plan | None = None, fiscal_year: int | None = None, in_words: bool = False
) -> list[Record]:
    """Return yearly figures by KPI and year: of each year the newest edition (final, preliminary, half).

    `in_words`: a target that is a bound or a range is given as people write it (80以上), not by its number.
    """
    placed = {"kpi__placements__node__plan": plan} if plan is not None else {}
    year = {"fiscal_year": fiscal_year} if fiscal_year is not None else {}
    stated = Target.objects.filter(kpi__is_demo=demo, **placed, **year).distinct().order_by()
    targets = {
        (code, name, at): _target(
            TargetFigure(value, upper, TargetQualifier(qualifier), word), in_words=in_words
        )
        for code, name, at, value, upper, qualifier, word in stated.values_list(
            "kpi__code", "kpi__name", "fiscal_year", "value", "upper", "qualifier", "word"
        )
    }
    actuals: dict[tuple[str, str, int], tuple[Any, str]] = {}
    editions = [edition.value for edition in (Edition.HALF, Edition.PRELIMINARY, Edition.FINAL)]
    rows = Actual.objects.filter(kpi__is_demo=demo, is_demo=demo, **placed, **year).distinct().order_by()
    fields = ("edition", "kpi__code", "kpi__name", "fiscal_year", "value", "status")
    for _, code, name, at, value, status in sorted(
        rows.values_list(*fields), key=lambda found: editions.index(found[0])
    ):
        actuals[code, name, at] = (value, status)
    records: list[Record] = []
    for key in sorted({*targets, *actuals}, key=lambda key: (key[0], key[2])):
        actual, status = actuals.get(key, (None, None))
        records.append(
            {
                "kpi": key[1],
                "fiscal_year": key[2],
                "target": targets.get(key),
                "actual": plain_value(actual.normalize() if actual is not None else None),
                "status": status,
            }
        )
    return records


def _target(target: TargetFigure, *, in_words: bool) -> Any:
    if target.value is None:
        return target.word
    if in_words and target.qualifier is not TargetQualifier.EXACT:
        return target_cell(target)
    return plain_value(target.value.normalize())


def find_plan(name: str | None, *, demo: bool) -> Plan | None:
    """Return the plan of a name or code; without one the only plan there is."""
    plans = list(Plan.objects.filter(is_demo=demo))
    if name is None:
        return plans[0] if len(plans) == 1 else None
    key = match_key(name)
    return next((plan for plan in plans if plan.code == name or match_key(plan.name) == key), None)


def plan_names(*, demo: bool) -> list[str]:
    """Return the names of all plans."""
    return list(Plan.objects.filter(is_demo=demo).values_list("name", flat=True))
