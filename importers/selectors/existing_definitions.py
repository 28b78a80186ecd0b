"""Definitions of KPIs as they stand: the records, their targets, their sections, their plans' last years."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from strategy.models import Kpi, Placement, Responsibility, Target
from tsukuba_kpi.lib.japanese_text import match_key

BATCH = 500  # SQLite limits the parameters of one statement


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a list of definitions is compared with, by the KPI's id."""

    kpis: Mapping[int, Kpi] = field(default_factory=dict)
    targets: Mapping[int, Mapping[int, Target]] = field(default_factory=dict)
    sections: Mapping[int, frozenset[str]] = field(default_factory=dict)
    last_years: Mapping[int, frozenset[int]] = field(default_factory=dict)


def existing_definitions(kpi_ids: Collection[int]) -> Definitions:
    """Return the definitions of some KPIs (four queries for every 500)."""
    kpis: dict[int, Kpi] = {}
    targets: dict[int, dict[int, Target]] = defaultdict(dict)
    sections: dict[int, set[str]] = defaultdict(set)
    years: dict[int, set[int]] = defaultdict(set)
    ids = sorted(set(kpi_ids))
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        kpis |= Kpi.objects.in_bulk(batch)
        for target in Target.objects.filter(kpi__in=batch):
            targets[target.kpi_id][target.fiscal_year] = target
        held = Responsibility.objects.filter(kpi__in=batch)
        for kpi_id, name in held.values_list("kpi_id", "section__name"):
            if kpi_id is not None:
                sections[kpi_id].add(match_key(name))
        for kpi_id, year in Placement.objects.filter(kpi__in=batch).values_list(
            "kpi_id", "node__plan__last_fiscal_year"
        ):
            if year is not None:
                years[kpi_id].add(year)
    return Definitions(
        kpis,
        targets,
        {pk: frozenset(names) for pk, names in sections.items()},
        {pk: frozenset(found) for pk, found in years.items()},
    )
