"""Plan what a strategy list changes: nodes by code or name, KPIs by name, one KPI at several places once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from importers.calculations.duplicates import Duplicate, find_duplicates
from importers.calculations.plan import ChangePlan, PlannedRow, count_outcomes, shorten
from importers.calculations.rows import SourceDocument, SourceNote, SourceRow
from importers.calculations.section_names import Answers
from importers.calculations.strategy_places import NodeKey, RowPlace, place_of
from importers.enums import DocumentKind, Outcome
from importers.selectors.existing import edits_by_people, section_directory
from importers.selectors.existing_strategy import StrategyState, existing_strategy
from importers.services.choose_plan import PlanChoice
from importers.services.compare_strategy_row import RowComparison, RowWrite, StrategyContext, moves
from importers.services.match_strategy import RowMatch, match_rows, unclaimed
from importers.services.propose_relations import RelationProposals, propose_relations


@dataclass(frozen=True, slots=True)
class StrategyPlan:
    """The rows as shown, what applying them writes, and the order of the document."""

    plan: ChangePlan
    choice: PlanChoice
    state: StrategyState
    writes: tuple[RowWrite, ...] = ()
    relations: RelationProposals = field(default_factory=RelationProposals)
    # Positions of records in hand that the document orders anew: (placement id or None, node id, position).
    order: tuple[tuple[int | None, int | None, int], ...] = ()


def plan_strategy(
    document: SourceDocument, choice: PlanChoice, *, demo: bool = False, answers: Answers | None = None
) -> StrategyPlan:
    """Return what importing a strategy list into a plan would change; writes nothing.

    `answers`: what a person said about sections that are not registered.
    """
    state = existing_strategy(choice.plan, demo=demo)
    found = [place_of(row) for row in document.rows]
    places = [None if isinstance(place, str) else place for place in found]
    duplicates = _duplicates(document.rows, places)
    live = [
        None if row.refused or (index in duplicates and _is_out(duplicates[index])) else place
        for index, (row, place) in enumerate(zip(document.rows, places, strict=True))
    ]
    matches = match_rows(live, state)
    relations = propose_relations(document.rows, live, matches)
    context = _context(live, matches, state, duplicates, choice, demo=demo, answers=answers)
    planned: list[PlannedRow] = []
    writes: list[RowWrite] = []
    for index, row in enumerate(document.rows):
        place = found[index]
        shown, write = _plan_row(index, row, place, context)
        planned.append(shown._replace(doubts=(*shown.doubts, *relations.doubts.get(index, ()))))
        if write is not None:
            writes.append(write)
    plan = ChangePlan(
        file=document.file,
        kind=DocumentKind.STRATEGY,
        rows=tuple(planned),
        errors=document.errors,
        notes=(*document.notes, *choice.notes, *_left_notes(matches, state)),
        counts=count_outcomes(planned),
    )
    return StrategyPlan(plan, choice, state, tuple(writes), relations, _order(context))


def _is_out(duplicate: Duplicate) -> bool:
    return duplicate.is_repetition or duplicate.refusal is not None


def _duplicates(rows: Sequence[SourceRow], places: Sequence[RowPlace | None]) -> dict[int, Duplicate]:
    by_row = {id(row): place for row, place in zip(rows, places, strict=True)}

    def identity(row: SourceRow) -> tuple[NodeKey, str | None] | None:
        place = by_row[id(row)]
        return None if place is None else (place.node.key, place.kpi_key)

    def content(row: SourceRow) -> tuple[object, ...]:
        return tuple(row.fields.get(name) for name in ("node", "project", "kpi", "sections"))

    def label(row: SourceRow) -> str:
        return (
            f"指標「{shorten(row.fields.get('kpi') or row.fields.get('project') or row.fields.get('node'))}」"
        )

    return find_duplicates(rows, list(map(identity, rows)), content, label)


def _context(
    places: Sequence[RowPlace | None],
    matches: Sequence[RowMatch],
    state: StrategyState,
    duplicates: Mapping[int, Duplicate],
    choice: PlanChoice,
    *,
    demo: bool,
    answers: Answers | None,
) -> StrategyContext:
    node_names: dict[NodeKey, str] = {}
    kpi_names: dict[str, str] = {}
    rows_of_kpi: dict[str, list[int]] = {}
    for index, place in enumerate(places):
        if place is None:
            continue
        for spec in place.path:
            if spec.name and not spec.is_implied:
                node_names.setdefault(spec.key, spec.name)
        if place.kpi_key is not None and place.kpi is not None:
            kpi_names.setdefault(place.kpi_key, place.kpi)
            rows_of_kpi.setdefault(place.kpi_key, []).append(index)
    context = StrategyContext(
        state=state,
        directory=section_directory(
            demo=demo,
            first_year=choice.first_year,
            last_year=choice.last_year,
            is_first_load=choice.plan is None,
            answers=answers,
        ),
        places=places,
        matches=matches,
        duplicates=duplicates,
        node_names=node_names,
        kpi_names=kpi_names,
        rows_of_kpi=rows_of_kpi,
        positions=_positions(places, matches, state),
    )
    if choice.plan is not None:
        context.node_edits = edits_by_people("strategy.plannode", _differing_nodes(context))
        context.kpi_edits = edits_by_people("strategy.kpi", _differing_kpis(context))
        moved = [
            m.placement.id for m, p in zip(matches, places, strict=True) if m.placement and moves(p, m, state)
        ]
        context.placement_edits = edits_by_people("strategy.placement", moved)
    return context


def _differing_nodes(context: StrategyContext) -> list[int]:
    return [
        node.id
        for key, name in context.node_names.items()
        if (node := context.state.nodes.get(key)) is not None and node.name != name
    ]


def _differing_kpis(context: StrategyContext) -> list[int]:
    return [
        match.kpi_id
        for match, place in zip(context.matches, context.places, strict=True)
        if place is not None
        and match.kpi_id is not None
        and place.kpi != context.state.kpi_names.get(match.kpi_id)
    ]


def _positions(
    places: Sequence[RowPlace | None], matches: Sequence[RowMatch], state: StrategyState
) -> list[int]:
    """Return the rows' positions: the document's order, or behind the rest when it is a part of the plan."""
    left, own_rows = unclaimed(matches, state)
    if not left and not own_rows:
        return [index + 1 for index in range(len(places))]
    taken = [p.position for p in state.placements] + [n.position for n in state.nodes_by_id.values()]
    following = max(taken, default=0)
    positions = []
    for place, match in zip(places, matches, strict=True):
        if match.placement is not None:
            positions.append(match.placement.position)
        elif match.node is not None and place is not None:
            positions.append(match.node.position)
        else:
            following += 1
            positions.append(following)
    return positions


def _left_notes(matches: Sequence[RowMatch], state: StrategyState) -> tuple[SourceNote, ...]:
    left, own_rows = unclaimed(matches, state)
    if not left and not own_rows:
        return ()
    names = [placement.printed for placement in left] + [node.name for node in own_rows]
    shown = "、".join(f"「{shorten(name, 20)}」" for name in names[:3])
    more = f"ほか{len(names) - 3}件" if len(names) > 3 else ""
    message = f"計画にあってこの文書にない項目が{len(names)}件あります（{shown}{more}）。そのまま残します。"
    return (SourceNote("not_in_document", message),)


def _order(context: StrategyContext) -> tuple[tuple[int | None, int | None, int], ...]:
    """Return the positions that records in hand get when the document orders them anew."""
    order: list[tuple[int | None, int | None, int]] = []
    firsts: dict[NodeKey, int] = {}
    for place, match, position in zip(context.places, context.matches, context.positions, strict=True):
        if place is None:
            continue
        for spec in place.path:
            firsts.setdefault(spec.key, position)
        if match.placement is not None and match.placement.position != position:
            order.append((match.placement.id, None, position))
    left, own_rows = unclaimed(context.matches, context.state)
    if not left and not own_rows:
        for key, position in firsts.items():
            node = context.state.nodes.get(key)
            if node is not None and node.position != position:
                order.append((None, node.id, position))
    return tuple(order)


# --- one row ----------------------------------------------------------------------------------------------


def _plan_row(
    index: int, row: SourceRow, place: RowPlace | str, context: StrategyContext
) -> tuple[PlannedRow, RowWrite | None]:
    duplicate = context.duplicates.get(index)
    more = duplicate.doubts if duplicate is not None else ()
    refusal = row.refused or (place if isinstance(place, str) else None)
    refusal = refusal or (duplicate.refusal if duplicate is not None else None)
    if refusal is not None or isinstance(place, str):
        return PlannedRow(row, Outcome.REFUSED, doubts=(*row.doubts, *more), refused=refusal), None
    if duplicate is not None and duplicate.is_repetition:
        return PlannedRow(row, Outcome.SAME, doubts=(*row.doubts, *more)), None
    return RowComparison(index, row, place, context).plan()
