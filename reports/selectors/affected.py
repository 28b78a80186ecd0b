"""Which KPIs stand differently after some revisions: read from the history, which every write leaves."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Max, Q

from evaluations.enums import RoundState
from evaluations.models import Actual, KpiSheet, Round
from history.enums import RevisionAct
from history.models import Revision
from organization.models import Section, SectionSuccession
from reports.calculations.standings import ReadSoFar
from reports.selectors.standing_rows import standing_on
from strategy.models import (
    Kpi,
    KpiPart,
    Placement,
    Plan,
    PlanNode,
    RatingBand,
    Responsibility,
    SeriesBreak,
    Target,
)

FIELDS = ("id", "record_type", "record_id", "act", "field", "old", "new")
BATCH = 5_000
# Where a row names its KPI. A change of any field of such a row may change how the KPI stands.
OF_KPI: dict[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "evaluations.actual": (Actual, ("kpi_id",)),
    "strategy.target": (Target, ("kpi_id",)),
    "strategy.seriesbreak": (SeriesBreak, ("kpi_id",)),
    "strategy.kpipart": (KpiPart, ("whole_id", "part_id")),
    "strategy.placement": (Placement, ("kpi_id",)),
    "strategy.responsibility": (Responsibility, ("kpi_id",)),
    "evaluations.kpisheet": (KpiSheet, ("kpi_id",)),
}
# Of these only some fields matter: texts and comments of a sheet do not change where the KPI stands.
FIELDS_THAT_MATTER = {
    "evaluations.kpisheet": {"state", "kpi", "round"},
    "evaluations.round": {"fiscal_year", "edition", "is_demo", "rating_scheme", "state"},
    "strategy.plan": {"first_fiscal_year", "last_fiscal_year", "rating_scheme"},
    "strategy.ratingscheme": {"measure", "met_label", "not_met_label"},
    "organization.section": {"name", "bureau"},
    "organization.bureau": {"name"},
    "organization.sectionsuccession": set[str](),
}
OF_PLAN_TREE = {"parent", "plan", "level"}
# A round that is over judges its period by what stood; one not yet open judges nothing.
_OVER = {RoundState.FINALISED.value, RoundState.PUBLISHED.value}
_BEFORE = {RoundState.PREPARING.value}


@dataclass
class Affected:
    """What has to be worked out again: some KPIs in every plan they stand in, and whole plans."""

    kpis: set[int] = field(default_factory=set)
    plans: set[int] = field(default_factory=set)


def pending(read: ReadSoFar) -> list[tuple[Any, ...]]:
    """Return the revisions that were not read yet, oldest first (one query)."""
    return list(Revision.objects.filter(_unread(read)).order_by("id").values_list(*FIELDS))


def is_anything_pending(read: ReadSoFar) -> bool:
    """Return whether there are revisions that were not read yet (one query)."""
    if read.gaps:
        return Revision.objects.filter(_unread(read)).exists()
    return (last_revision() or 0) > read.last


def last_revision() -> int:
    """Return the number of the newest revision, 0 when there is none."""
    return int(Revision.objects.aggregate(last=Max("id"))["last"] or 0)


def read_at_first() -> ReadSoFar:
    """Return where to begin when nothing is kept yet: at the end, watching the newest numbers' gaps."""
    first = max(last_revision() - BATCH, 0)
    newest = Revision.objects.filter(id__gt=first).values_list("id", flat=True)
    return ReadSoFar(first, ()).after(newest)


def _unread(read: ReadSoFar) -> Q:
    condition = Q(id__gt=read.last)
    for first, last in read.gaps:
        condition |= Q(id__gte=first, id__lte=last)
    return condition


def affected_by(revisions: Iterable[tuple[Any, ...]]) -> Affected:
    """Return what some revisions change (a constant number of queries, one more per depth of parts)."""
    found = Affected()
    changed: dict[str, set[int]] = defaultdict(set)
    for _, record_type, record_id, act, name, old, new in revisions:
        matter = FIELDS_THAT_MATTER.get(record_type)
        if act == RevisionAct.CHANGED.value and matter is not None and name not in matter:
            continue
        if (record_type, name) == ("evaluations.round", "state") and _stays(old, new):
            continue
        if record_type == "strategy.plannode":
            _of_node(found, changed, record_id, act, name)
        elif act == RevisionAct.CHANGED.value:
            changed[record_type].add(record_id)
            _moved(found, record_type, name, old)
        else:
            _of_snapshot(found, changed, record_type, record_id, json.loads(new or old or "{}"))
    _look_up(found, changed)
    found.kpis = standing_on(found.kpis)
    return found


def _stays(old: str | None, new: str | None) -> bool:
    """Return whether a round's step changes nothing of how its period is judged: its closing, for example."""
    return (old in _OVER, old in _BEFORE) == (new in _OVER, new in _BEFORE)


def _of_node(found: Affected, changed: dict[str, set[int]], record_id: int, act: str, name: str) -> None:
    """A new node has no KPI yet; one that moved or went changes what its plan's nodes count."""
    if act == RevisionAct.DELETED.value or name in OF_PLAN_TREE:
        changed["moved node"].add(record_id)
    elif act == RevisionAct.CHANGED.value:
        changed["strategy.plannode"].add(record_id)


def _moved(found: Affected, record_type: str, name: str, old: str | None) -> None:
    """A row that was given to another KPI changes the one it belonged to, too."""
    if record_type in OF_KPI and f"{name}_id" in OF_KPI[record_type][1] and old:
        found.kpis.add(int(old))


def _of_snapshot(
    found: Affected, changed: dict[str, set[int]], record_type: str, record_id: int, content: dict[str, Any]
) -> None:
    """A row made or deleted tells in its snapshot whose it is: it may be gone by now."""
    if record_type == "strategy.kpi":
        found.kpis.add(record_id)
    elif record_type in OF_KPI:
        found.kpis.update(int(content[name]) for name in OF_KPI[record_type][1] if content.get(name))
    elif record_type == "strategy.ratingband":
        changed["strategy.ratingscheme"].add(int(content["scheme_id"]))
    elif record_type == "organization.sectionsuccession" and content.get("successor_id"):
        changed["organization.section"].add(int(content["successor_id"]))
    elif record_type == "strategy.plan":
        found.plans.add(record_id)


def _look_up(found: Affected, changed: dict[str, set[int]]) -> None:
    renamed = changed.pop("strategy.kpi", set())
    found.kpis |= renamed | _values(Kpi, "predecessor_id", renamed, "pk")
    changed["organization.section"] |= _values(
        Section, "bureau_id", changed.get("organization.bureau", set()), "pk"
    )
    changed["organization.section"] = _with_successors(changed["organization.section"])
    found.plans |= changed.pop("strategy.plan", set())
    for record_type, (model, names) in OF_KPI.items():
        for name in names:
            found.kpis |= _values(model, "pk", changed.get(record_type, set()), name)
    found.kpis |= _values(Placement, "node_id", changed.get("strategy.plannode", set()), "kpi_id")
    rounds = changed.get("evaluations.round", set())
    found.kpis |= _values(KpiSheet, "round_id", rounds, "kpi_id")
    found.plans |= _values(Round.plans.through, "round_id", rounds, "plan_id")
    found.kpis |= _values(Responsibility, "section_id", changed.get("organization.section", set()), "kpi_id")
    found.plans |= _values(PlanNode, "pk", changed.get("moved node", set()), "plan_id")
    schemes = changed.get("strategy.ratingscheme", set())
    schemes |= _values(RatingBand, "pk", changed.get("strategy.ratingband", set()), "scheme_id")
    found.plans |= _values(Plan, "rating_scheme_id", schemes, "pk")


def _with_successors(sections: set[int]) -> set[int]:
    """Return sections and those that came from them: these are found by the old names, too."""
    found, waiting = set(sections), set(sections)
    while waiting:
        waiting = _values(SectionSuccession, "predecessor_id", waiting, "successor_id") - found
        found |= waiting
    return found


def _values(model: type[models.Model], by: str, keys: Collection[int], name: str) -> set[int]:
    found: set[int] = set()
    ordered = sorted(keys)
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        rows = model._default_manager.filter(**{f"{by}__in": batch}).exclude(**{name: None})
        found |= set(rows.values_list(name, flat=True))
    return found
