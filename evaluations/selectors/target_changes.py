"""From what and when targets were changed in mid-plan: what an explanation says of it."""

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils.timezone import localdate

from evaluations.calculations.quantities import TargetChange
from history.enums import RevisionAct
from history.models import Revision
from history.selectors import from_text
from strategy.models import Kpi, Target
from strategy.selectors.wording import target_words

_FIGURE = ("value", "upper", "qualifier", "word")


def reasoned_revisions(targets: Iterable[Target]) -> dict[int, list[Revision]]:
    """Return the changes with a reason of those targets that are marked as changed, oldest first.

    One query, none where no target is marked.
    """
    marked = {target.pk for target in targets if target.change_reason}
    found: dict[int, list[Revision]] = defaultdict(list)
    if marked:
        rows = Revision.objects.for_records(Target._meta.label_lower, sorted(marked))
        rows = rows.filter(act=RevisionAct.CHANGED.value, field__in=_FIGURE).exclude(why="")
        for revision in rows.order_by("at", "id"):
            found[revision.record_id].append(revision)
    return found


def changes_by_year(
    targets: Iterable[Target], kpi: Kpi, told: Mapping[int, Sequence[Revision]], at: datetime | None
) -> dict[int, TargetChange]:
    """Return the changes of a KPI's targets by fiscal year, as far as they were made by a time."""
    found = {}
    for target in targets:
        known = [each for each in told.get(target.pk, ()) if at is None or each.at <= at]
        change = _change(target, kpi, known) if target.change_reason and known else None
        if change is not None and change.former != change.now:
            found[target.fiscal_year] = change
    return found


def _change(target: Target, kpi: Kpi, revisions: Sequence[Revision]) -> TargetChange:
    """Put together what stood before the first of some revisions, and when the last one was made."""
    former = copy.copy(target)
    for revision in reversed(revisions):
        setattr(former, revision.field, from_text(former, revision.field, revision.old))
    now = target_words(target, kpi)
    return TargetChange(former=target_words(former, kpi), now=now, on=localdate(revisions[-1].at))
