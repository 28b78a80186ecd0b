"""By which words a KPI of a plan is found: names old and new, its places, its sections old and new."""

from collections import defaultdict
from collections.abc import Collection

from history.enums import RevisionAct
from history.models import Revision
from organization.models import SectionSuccession
from reports.selectors.kpi_places import Places, places_of
from strategy.models import Kpi, Plan
from tsukuba_kpi.lib.japanese_text import search_key


def words_of(plan: Plan, kpi_ids: Collection[int]) -> dict[int, str]:
    """Return the search keys of some KPIs of a plan (a constant number of queries)."""
    places = places_of(plan, kpi_ids)
    kpis = Kpi.objects.filter(pk__in=list(places)).select_related("predecessor")
    former = _former_names(places)
    sections_before = former_section_names()
    return {kpi.pk: _words(kpi, places[kpi.pk], former[kpi.pk], sections_before) for kpi in kpis}


def _words(kpi: Kpi, places: Places, former: set[str], sections_before: dict[int, set[str]]) -> str:
    parts = [kpi.name, kpi.code, kpi.unit, *sorted(former)]
    if kpi.predecessor is not None:
        parts.append(kpi.predecessor.name)
    for placement in places.placements:
        parts += [placement.printed_name, str(placement.node), placement.node.ascii_code]
    for each in places.held:
        parts += [each.section.name, each.printed_name, *sorted(sections_before.get(each.section_id, ()))]
        if each.section.bureau is not None:
            parts.append(each.section.bureau.name)
    return "\n".join(dict.fromkeys(key for part in parts if (key := search_key(part))))


def _former_names(kpi_ids: Collection[int]) -> dict[int, set[str]]:
    """Return what KPIs were called before somebody changed their names."""
    former: dict[int, set[str]] = defaultdict(set)
    renamed = Revision.objects.for_records("strategy.kpi", list(kpi_ids)).filter(
        field="name", act=RevisionAct.CHANGED.value
    )
    for pk, old in renamed.values_list("record_id", "old"):
        former[pk].add(old or "")
    return former


def former_section_names() -> dict[int, set[str]]:
    """Return what sections, and those they came from in any reorganisation, were called (two queries)."""
    names: dict[int, set[str]] = defaultdict(set)
    renamed = Revision.objects.filter(
        record_type="organization.section", field="name", act=RevisionAct.CHANGED.value
    )
    for pk, old in renamed.order_by().values_list("record_id", "old"):
        names[pk].add(old or "")
    before: dict[int, set[int]] = defaultdict(set)
    steps = SectionSuccession.objects.filter(successor__isnull=False).order_by()
    for successor, predecessor, name in steps.values_list(
        "successor_id", "predecessor_id", "predecessor__name"
    ):
        before[successor].add(predecessor)
        names[predecessor].add(name)
    return {
        pk: set().union(names.get(pk, ()), *(names.get(each, ()) for each in _all_before(pk, before)))
        for pk in {*names, *before}
    }


def _all_before(pk: int, before: dict[int, set[int]]) -> set[int]:
    found: set[int] = set()
    waiting = {pk}
    while waiting:
        waiting = set().union(*(before.get(each, set()) for each in waiting)) - found
        found |= waiting
    return found
