"""Which KPIs are made of which and which follow which: today, and as it stood when rounds were settled."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from history.enums import RevisionAct
from history.models import Revision
from history.selectors import stood_at_each
from strategy.models import Kpi, KpiPart
from strategy.selectors.succession import predecessor_ids

When = datetime | None
# What a record is found under, in addresses and files, is today's: links lead on, choices hold.
ADDRESS = ("code",)


@dataclass
class Composition:
    """At each time (None: today) the links below each whole, and the KPIs asked for with all they rest on.

    They rest on their parts and on the KPI they follow.
    """

    links: dict[When, dict[int, list[KpiPart]]] = field(default_factory=dict)
    kpis: dict[When, dict[int, Kpi]] = field(default_factory=dict)

    @property
    def ids(self) -> set[int]:
        """Return the ids of all KPIs of any time."""
        return {pk for kpis in self.kpis.values() for pk in kpis}


def composition_of(asked: Mapping[int, Kpi], times: Collection[When]) -> Composition:
    """Return some KPIs at some times with all they rest on.

    One query for each depth, and one more where a KPI follows another; with times that are over some more,
    as many for ten as for one.
    """
    past = [at for at in times if at is not None]
    moved = _moved_links(past)
    found, kpis = _ever(asked, moved, past)
    composition = Composition()
    for at in times:
        composition.links[at] = _links_at(found, moved, at)
        composition.kpis[at] = _inside(asked, composition.links[at], kpis[at])
    return composition


@dataclass
class _Moved:
    """The links that were changed or taken away since the first of some times, and what they were then."""

    ids: frozenset[int]
    stood: Mapping[datetime, list[KpiPart]]


def _moved_links(past: Collection[datetime]) -> _Moved:
    if not past:
        return _Moved(frozenset(), {})
    touched = Revision.objects.filter(record_type=KpiPart._meta.label_lower, at__gt=min(past)).order_by()
    ids = frozenset(touched.values_list("record_id", flat=True))
    if not ids:
        return _Moved(ids, {at: [] for at in past})
    today = KpiPart.objects.filter(pk__in=ids)
    return _Moved(ids, stood_at_each(KpiPart, today, past, gone=lambda link: True))


def _ever(
    asked: Mapping[int, Kpi], moved: _Moved, past: Collection[datetime]
) -> tuple[dict[int, list[KpiPart]], dict[When, dict[int, Kpi]]]:
    """Return today's links below each whole, and at each time the KPIs that any time's figures rest on."""
    former: dict[int, set[int]] = defaultdict(set)
    for links in moved.stood.values():
        for link in links:
            former[link.whole_id].add(link.part_id)
    found: dict[int, list[KpiPart]] = defaultdict(list)
    kpis: dict[When, dict[int, Kpi]] = {at: {} for at in (None, *past)}
    waiting = dict(asked)
    while waiting:
        kpis[None] |= waiting
        stood = stood_at_each(Kpi, waiting.values(), past, kept=ADDRESS)
        for at in past:
            kpis[at] |= waiting | {kpi.pk: kpi for kpi in stood[at]}
        below = KpiPart.objects.filter(whole_id__in=waiting).select_related("part").order_by("position", "id")
        fresh: dict[int, Kpi] = {}
        for link in below:
            found[link.whole_id].append(link)
            fresh[link.part_id] = link.part
        others = {part for whole in waiting for part in former.get(whole, ())}
        others |= predecessor_ids(at_time[pk] for at_time in kpis.values() for pk in waiting)
        missing = others - fresh.keys() - kpis[None].keys()
        if missing:
            fresh |= Kpi.objects.in_bulk(missing)
        waiting = {pk: kpi for pk, kpi in fresh.items() if pk not in kpis[None]}
    return found, kpis


def _links_at(found: Mapping[int, list[KpiPart]], moved: _Moved, at: When) -> dict[int, list[KpiPart]]:
    if at is None or not moved.ids:
        return dict(found)
    links = [link for below in found.values() for link in below if link.pk not in moved.ids]
    below: dict[int, list[KpiPart]] = defaultdict(list)
    for link in sorted([*links, *moved.stood[at]], key=lambda link: (link.position, link.pk)):
        below[link.whole_id].append(link)
    return dict(below)


def _inside(
    asked: Iterable[int], links: Mapping[int, list[KpiPart]], kpis: Mapping[int, Kpi]
) -> dict[int, Kpi]:
    """Return the KPIs asked for and all they rest on."""
    found: dict[int, Kpi] = {}
    waiting = list(asked)
    while waiting:
        pk = waiting.pop()
        if pk not in found and pk in kpis:
            found[pk] = kpis[pk]
            waiting += [link.part_id for link in links.get(pk, ())]
            waiting += predecessor_ids([kpis[pk]])
    return found


def former_links() -> list[tuple[int, int]]:
    """Return KPI and what it once rested on, and may no more: settled rounds may still count by it."""
    ours = Revision.objects.filter(record_type=KpiPart._meta.label_lower).order_by()
    gone = ours.filter(act=RevisionAct.DELETED.value, new__isnull=True).values_list("old", flat=True)
    snapshots = [json.loads(content or "{}") for content in gone]
    found = [(int(each["whole_id"]), int(each["part_id"])) for each in snapshots]
    turned = list(ours.filter(field="part", old__isnull=False).values_list("record_id", "old"))
    if turned:
        wholes = dict(
            KpiPart.objects.filter(pk__in={pk for pk, _ in turned}).values_list("pk", "whole_id")
        ) | {int(each["id"]): int(each["whole_id"]) for each in snapshots}
        found += [(wholes[pk], int(old)) for pk, old in turned if old and pk in wholes]
    return found + _followed_once()


def _followed_once() -> list[tuple[int, int]]:
    """Return KPI and the one it followed before that was taken away or changed."""
    told = Revision.objects.filter(record_type=Kpi._meta.label_lower, field="predecessor").order_by()
    changed = told.filter(record_id__in=Kpi.objects.filter(predecessor__isnull=False).values("pk"))
    rows = [
        *told.filter(new__isnull=True).values_list("record_id", "old"),
        *changed.values_list("record_id", "old"),
    ]
    return [(pk, int(old)) for pk, old in rows if old]
