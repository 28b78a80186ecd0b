"""What the names of new KPIs tell about their arithmetic, as proposals that wait for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from importers.calculations.kpi_relations import KpiRelation, relate_kpis
from importers.calculations.plan import CONFIRMED
from importers.calculations.rows import Doubt, SourceRow
from importers.calculations.strategy_places import RowPlace
from importers.enums import KpiRelationKind
from importers.services.match_strategy import RowMatch
from strategy.enums import Aggregation, Direction


@dataclass(frozen=True, slots=True)
class PartProposal:
    """One KPI as an addend of another, by the keys of their names; `index` is the row that tells of it."""

    whole: str
    part: str
    position: int
    index: int
    marks: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RelationProposals:
    """Values and marks of new KPIs, parts of totals, and what is told about the rows.

    `known_ids` are the KPIs in hand among those that the proposals name.
    """

    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    marks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parts: tuple[PartProposal, ...] = ()
    doubts: Mapping[int, tuple[Doubt, ...]] = field(default_factory=dict)
    known_ids: Mapping[str, int] = field(default_factory=dict)


def propose_relations(
    rows: Sequence[SourceRow], places: Sequence[RowPlace | None], matches: Sequence[RowMatch]
) -> RelationProposals:
    """Return the proposals about KPIs that are new in a document.

    What is in hand keeps what people made of it: a proposal that was declined does not come again.
    """
    live = [index for index, place in enumerate(places) if place is not None and place.kpi_key is not None]
    keys = {index: place.kpi_key for index in live if (place := places[index]) and place.kpi_key}
    new = {key for index, key in keys.items() if matches[index].kpi_id is None}
    if not new:
        return RelationProposals()
    builder = _Builder(rows, keys, new)
    for relation in relate_kpis([rows[index] for index in live]):
        builder.take(relation, [live[number] for number in relation.rows])
    known = {key: pk for index, key in keys.items() if (pk := matches[index].kpi_id) is not None}
    doubts = {index: tuple(told) for index, told in builder.doubts.items()}
    return RelationProposals(builder.values, builder.marks, tuple(builder.parts), doubts, known)


class _Builder:
    def __init__(self, rows: Sequence[SourceRow], keys: Mapping[int, str], new: set[str]) -> None:
        self.rows, self.keys, self.new = rows, keys, new
        self.values: dict[str, dict[str, Any]] = {}
        self.marks: dict[str, dict[str, Any]] = {}
        self.parts: list[PartProposal] = []
        self.doubts: dict[int, list[Doubt]] = {}

    def take(self, relation: KpiRelation, indexes: Sequence[int]) -> None:
        if relation.kind is KpiRelationKind.TOTAL_AND_PARTS:
            self._total(relation, indexes)
        elif self.keys[indexes[0]] in self.new and relation.kind is not KpiRelationKind.SAME_KPI:
            self._single(relation, indexes[0])

    def _total(self, relation: KpiRelation, indexes: Sequence[int]) -> None:
        total, *parts = indexes
        whole = self.keys[total]
        for position, index in enumerate(parts, start=1):
            part = self.keys[index]
            known = any((proposal.whole, proposal.part) == (whole, part) for proposal in self.parts)
            if part == whole or known or not {whole, part} & self.new:
                continue
            teller = index if part in self.new else total
            marks = self._mark(relation, teller, "part")
            self.parts.append(PartProposal(whole, part, position, teller, marks))
            self._tell(teller, relation)

    def _single(self, relation: KpiRelation, index: int) -> None:
        key = self.keys[index]
        values: dict[str, Any] = {}
        if relation.kind is KpiRelationKind.CUMULATIVE:
            values = {
                "aggregation": Aggregation.CUMULATIVE.value,
                "window_first_fiscal_year": relation.data.get("first"),
                "window_last_fiscal_year": relation.data.get("last"),
            }
            name = "aggregation"
        elif relation.kind is KpiRelationKind.LOWER_IS_BETTER:
            values = {"direction": Direction.DOWN.value}
            name = "direction"
        else:
            name = "parts_rule"
        self.values.setdefault(key, {}).update(values)
        self.marks.setdefault(key, {}).update(self._mark(relation, index, name))
        self._tell(index, relation)

    def _mark(self, relation: KpiRelation, index: int, name: str) -> dict[str, Any]:
        if self.rows[index].extra.get(CONFIRMED):
            return {}
        mark = {"confidence": str(relation.confidence), "reason": relation.reason, "alternatives": []}
        return {name: mark}

    def _tell(self, index: int, relation: KpiRelation) -> None:
        doubt = Doubt(relation.kind.value, "kpi", relation.reason, review=False)
        self.doubts.setdefault(index, []).append(doubt)
