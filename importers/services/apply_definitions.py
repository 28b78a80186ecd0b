"""Write what a plan of definitions says, through the service that the definition pages use."""

from evaluations.services.definitions import change_definitions
from history.services import Authorship, change_records
from importers.services.apply_programs import Written
from importers.services.compare_definition import DefinitionWrite
from importers.services.plan_definitions import DefinitionsPlan
from strategy.models import Kpi, Target


def apply_definitions(planned: DefinitionsPlan, *, reason: str, authorship: Authorship) -> Written:
    """Write the plan inside the caller's transaction; return the records written by the row's index."""
    written: Written = {write.index: [] for write in planned.writes}
    changes = [write.change for write in planned.writes]
    change_definitions(changes=changes, reason=reason, authorship=authorship)
    _mark_kpis([write for write in planned.writes if write.marks], authorship=authorship)
    ids = [write.change.kpi.pk for write in planned.writes]
    targets = {(target.kpi_id, target.fiscal_year): target for target in Target.objects.filter(kpi__in=ids)}
    marked: list[tuple[Target, dict[str, object]]] = []
    for write in planned.writes:
        kpi_id = write.change.kpi.pk
        written[write.index].append(("strategy.kpi", kpi_id))
        for year in sorted({*write.change.targets, *write.change.confirmed_targets}):
            target = targets[kpi_id, year]
            written[write.index].append(("strategy.target", target.pk))
            if write.target_marks and year in write.change.targets:
                marked.append((target, {"unconfirmed": dict(write.target_marks)}))
    change_records(marked, authorship=authorship)
    return written


def _mark_kpis(writes: list[DefinitionWrite], *, authorship: Authorship) -> None:
    """Mark what was written in doubt; the service has taken the marks of what it wrote."""
    known = Kpi.objects.in_bulk([write.change.kpi.pk for write in writes])
    pairs = []
    for write in writes:
        kpi = known[write.change.kpi.pk]
        pairs.append((kpi, {"unconfirmed": {**kpi.unconfirmed, **write.marks}}))
    change_records(pairs, authorship=authorship)
