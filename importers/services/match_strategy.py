"""Which record in hand each row of a strategy list speaks of: the same place, a moved one, a renamed KPI."""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from importers.calculations.strategy_places import NodeKey, RowPlace
from importers.selectors.existing_strategy import NodeState, PlacementState, StrategyState, has_own_row
from tsukuba_kpi.lib.japanese_text import match_key

RENAMED = 0.85


@dataclass(frozen=True, slots=True)
class RowMatch:
    """The records in hand that a row speaks of; None where there is none yet."""

    placement: PlacementState | None = None
    kpi_id: int | None = None
    node: NodeState | None = None
    is_rename: bool = False
    from_other_plan: bool = False


@dataclass(slots=True)
class _Pool:
    """What of the plan no row has claimed yet."""

    state: StrategyState
    placements: dict[tuple[int, NodeKey], PlacementState] = field(default_factory=dict)
    nodes: dict[NodeKey, NodeState] = field(default_factory=dict)


def match_rows(places: Sequence[RowPlace | None], state: StrategyState) -> list[RowMatch]:
    """Return, row by row, what each place is matched with. Every record is claimed at most once."""
    pool = _Pool(
        state,
        {(p.kpi_id, state.nodes_by_id[p.node_id].key): p for p in state.placements},
        dict(state.nodes),
    )
    matches = [RowMatch() for _ in places]
    wanted = [index for index, place in enumerate(places) if place is not None]
    for step in (_same_place, _moved, _renamed):
        for index in wanted:
            place = places[index]
            if place is not None and matches[index].placement is None and matches[index].node is None:
                matches[index] = step(place, pool)
    return [
        match
        if place is None or match.kpi_id is not None or place.kpi_key is None
        else _kpi_elsewhere(place, state)
        for place, match in zip(places, matches, strict=True)
    ]


def unclaimed(
    matches: Sequence[RowMatch], state: StrategyState
) -> tuple[list[PlacementState], list[NodeState]]:
    """Return what the plan has and the document does not: KPIs at their places, and rows without KPI."""
    claimed = {match.placement.id for match in matches if match.placement is not None}
    nodes = {match.node.id for match in matches if match.node is not None}
    left = [placement for placement in state.placements if placement.id not in claimed]
    own_rows = [
        node for node in state.nodes_by_id.values() if node.id not in nodes and has_own_row(node, state)
    ]
    return left, own_rows


def _same_place(place: RowPlace, pool: _Pool) -> RowMatch:
    if place.kpi_key is None:
        node = pool.nodes.get(place.node.key)
        return RowMatch(node=node) if node is not None else RowMatch()
    for kpi_id in pool.state.kpis_in_plan.get(place.kpi_key, []):
        placement = pool.placements.pop((kpi_id, place.node.key), None)
        if placement is not None:
            return RowMatch(placement, kpi_id)
    return RowMatch()


def _moved(place: RowPlace, pool: _Pool) -> RowMatch:
    if place.kpi_key is None:
        for key, node in pool.nodes.items():
            if _is_like(place, key) and place.node.level == "project" and has_own_row(node, pool.state):
                del pool.nodes[key]
                return RowMatch(node=node)
        return RowMatch()
    kpi_ids = pool.state.kpis_in_plan.get(place.kpi_key, [])
    for kpi_id in kpi_ids:
        for known_id, key in pool.placements:
            if known_id == kpi_id and _is_like(place, key):
                return RowMatch(pool.placements.pop((kpi_id, key)), kpi_id)
    return RowMatch(kpi_id=kpi_ids[0]) if kpi_ids else RowMatch()


def _is_like(place: RowPlace, key: NodeKey) -> bool:
    """Say whether a key is a place of the same kind: a grant's row is not taken for a measure's."""
    own = place.node.key
    return own[0] == key[0] and own[-2:][0] == key[-2:][0] and _project_of(own) == _project_of(key)


def _project_of(key: NodeKey) -> str | None:
    return key[-1] if len(key) > 2 and key[-2] == "project" else None


def _renamed(place: RowPlace, pool: _Pool) -> RowMatch:
    """Propose that a KPI which stood at this place is meant, when its name is nearly the same."""
    if place.kpi_key is None or place.kpi_key in pool.state.kpis_in_plan:
        return RowMatch()
    near = [
        (kpi_id, key)
        for kpi_id, key in pool.placements
        if key == place.node.key and _nearly_same(pool.state.kpi_names[kpi_id], place.kpi or "")
    ]
    if len(near) != 1:
        return RowMatch()
    return RowMatch(pool.placements.pop(near[0]), near[0][0], is_rename=True)


def _nearly_same(old: str, new: str) -> bool:
    """Say whether two names differ by a correction only: other numbers make another KPI."""
    if _numbers(old) != _numbers(new):
        return False
    return difflib.SequenceMatcher(None, match_key(old), match_key(new), autojunk=False).ratio() >= RENAMED


def _numbers(text: str) -> list[str]:
    return re.findall(r"[0-9]+", unicodedata.normalize("NFKC", text))


def _kpi_elsewhere(place: RowPlace, state: StrategyState) -> RowMatch:
    ids: Mapping[str, list[int]] = state.kpis_elsewhere
    found = ids.get(place.kpi_key or "", [])
    return RowMatch(kpi_id=found[0], from_other_plan=True) if found else RowMatch()
