"""Where a KPI's definition is in use: the rounds that have asked for its figures, and what changed since."""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, Q

from evaluations.enums import RoundState
from evaluations.models import KpiSheet, Round
from history.enums import RevisionAct
from history.models import Revision
from strategy.models import Kpi, KpiPart, Responsibility, SeriesBreak, Target


def rounds_asking(kpi_ids: Collection[int]) -> dict[int, tuple[Round, ...]]:
    """Return the rounds opened with each KPI, the latest first (one query); a KPI without is left out."""
    found: dict[int, list[Round]] = defaultdict(list)
    sheets = KpiSheet.objects.filter(kpi__in=kpi_ids).exclude(round__state=RoundState.PREPARING.value)
    for sheet in sheets.select_related("round").order_by("-round__fiscal_year", "-round_id"):
        found[sheet.kpi_id].append(sheet.round)
    return {pk: tuple(rounds) for pk, rounds in found.items()}


@dataclass(frozen=True)
class LateChange:
    """A change of what a KPI is judged by, made after its round had been opened, with its reason."""

    what: str
    at: datetime
    why: str


# What of a definition is told beside the KPI's own columns; the column that names the KPI of a row.
_OWNED: tuple[tuple[type[Model], str], ...] = (
    (Target, "kpi_id"),
    (KpiPart, "whole_id"),
    (SeriesBreak, "kpi_id"),
    (Responsibility, "kpi_id"),
)
_COLUMNS = {model._meta.label_lower: owner for model, owner in _OWNED}
_TOLD = {
    Kpi._meta.label_lower: "定義",
    **{model._meta.label_lower: str(model._meta.verbose_name) for model, _ in _OWNED},
}


def late_changes(kpi_id: int, collection: Round, *, until: datetime | None = None) -> tuple[LateChange, ...]:
    """Return what changed with a reason of a KPI after a round was opened, latest first (two queries).

    `until` is when the round was settled: what came later no longer counts for it.
    """
    opened = (
        Revision.objects.for_record(collection)
        .filter(field="state", new=RoundState.OPEN.value)
        .order_by("at", "id")
        .first()
    )
    if opened is None:
        return ()
    wanted = Q(record_type=Kpi._meta.label_lower, record_id=kpi_id)
    for model, owner in _OWNED:
        rows = model._default_manager.filter(**{owner: kpi_id})
        wanted |= Q(record_type=model._meta.label_lower, record_id__in=rows.order_by().values("pk"))
    wanted |= Q(act=RevisionAct.DELETED.value, record_type__in=_TOLD)
    # Of what carries the very time of the opening, the log's own order tells what came after it.
    later = Revision.objects.filter(wanted, at__gte=opened.at, pk__gt=opened.pk)
    revisions = later.exclude(why="").exclude(field="unconfirmed")
    if until is not None:
        revisions = revisions.filter(at__lte=until)
    found: dict[tuple[str, datetime, str], LateChange] = {}
    for revision in revisions.order_by("-at", "-id"):
        if revision.act == RevisionAct.DELETED and not _belongs(revision, kpi_id):
            continue
        told = LateChange(_TOLD[revision.record_type], revision.at, revision.why)
        found.setdefault((told.what, told.at, told.why), told)
    return tuple(found.values())


def _belongs(revision: Revision, kpi_id: int) -> bool:
    """Return whether a deleted row was the KPI's."""
    column = _COLUMNS.get(revision.record_type, "id")
    return bool(json.loads(revision.old or "{}").get(column) == str(kpi_id))
