"""Write what a plan of yearly figures says, in bulk, with revisions."""

from collections.abc import Iterable
from typing import Any

from evaluations.enums import Edition, ValueStatus
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.sheets import actual_of
from evaluations.services.sheets import FigureEntry, save_figure
from evaluations.services.workflow import ActRefused, Seen, WrongState
from history.services import Authorship, VersionConflict, change_record, change_records, create_records
from importers.services.apply_programs import Written
from importers.services.compare_figures import FigureWrite
from importers.services.plan_actuals import ActualsPlan
from strategy.models import Kpi, Target
from strategy.selectors.kpi_codes import next_codes


def apply_actuals(planned: ActualsPlan, *, demo: bool, authorship: Authorship) -> Written:
    """Write the plan inside the caller's transaction; return the records written by the row's index."""
    written: Written = {write.index: [] for write in planned.writes}
    ids = _new_kpis(planned.writes, written, demo=demo, authorship=authorship)
    _describe_kpis(planned.writes, written, authorship=authorship)
    _targets(planned.writes, ids, written, authorship=authorship)
    direct = tuple(write for write in planned.writes if write.sheet_id is None)
    _actuals(direct, ids, written, demo=demo, authorship=authorship)
    _entries([write for write in planned.writes if write.sheet_id is not None], written, authorship)
    return written


def _entries(writes: list[FigureWrite], written: Written, authorship: Authorship) -> None:
    """Enter a section's own figures on its sheets, with all that the sheet's page would check."""
    ids = [write.sheet_id for write in writes if write.sheet_id is not None]
    sheets = KpiSheet.objects.select_related("round", "kpi", "section").in_bulk(ids)
    for write in writes:
        sheet = sheets[write.sheet_id or 0]
        held = actual_of(sheet)
        values = write.actual or {}
        figure = FigureEntry(
            value=values.get("value"),
            status=ValueStatus(values["status"]),
            as_of=held.as_of if held is not None else None,
            expected_on=values.get("expected_on"),
            published_text=values.get("published_text", ""),
            note=values.get("note") or (held.note if held is not None else ""),
        )
        seen = Seen(sheet=sheet.version, figure=held.version if held is not None else 0)
        try:
            save_figure(sheet=sheet, figure=figure, seen=seen, authorship=authorship)
        except (ActRefused, WrongState) as problem:
            # Somebody moved the sheet since it was compared: plan again.
            raise VersionConflict(sheet) from problem
        entered = actual_of(sheet)
        assert entered is not None
        change_record(entered, {"unconfirmed": values.get("unconfirmed", {})}, authorship=authorship)
        written[write.index] += [("evaluations.kpisheet", sheet.pk), ("evaluations.actual", entered.pk)]


def _new_kpis(
    writes: tuple[FigureWrite, ...], written: Written, *, demo: bool, authorship: Authorship
) -> dict[str, int]:
    first: dict[str, FigureWrite] = {}
    for write in writes:
        if write.kpi_id is None:
            first.setdefault(write.kpi_key, write)
    codes = next_codes(len(first), demo=demo)
    kpis = [
        Kpi(
            code=code,
            name=write.kpi_name,
            unconfirmed=dict(write.kpi_marks),
            is_demo=demo,
            **write.kpi_values,
        )
        for code, write in zip(codes, first.values(), strict=True)
    ]
    created = create_records(kpis, authorship=authorship)
    for write, kpi in zip(first.values(), created, strict=True):
        written[write.index].append(("strategy.kpi", kpi.pk))
    return {key: kpi.pk for key, kpi in zip(first, created, strict=True)}


def _describe_kpis(writes: tuple[FigureWrite, ...], written: Written, *, authorship: Authorship) -> None:
    changes: dict[int, dict[str, Any]] = {}
    for write in writes:
        if write.kpi_id is not None and write.kpi_values:
            changes.setdefault(write.kpi_id, {}).update(write.kpi_values)
            written[write.index].append(("strategy.kpi", write.kpi_id))
    known = Kpi.objects.in_bulk(list(changes)) if changes else {}
    change_records([(kpi, changes[pk]) for pk, kpi in known.items()], authorship=authorship)


def _targets(
    writes: tuple[FigureWrite, ...], ids: dict[str, int], written: Written, *, authorship: Authorship
) -> None:
    new = [write for write in writes if write.target is not None and write.target_id is None]
    created = create_records(
        [
            Target(
                kpi_id=write.kpi_id or ids[write.kpi_key], fiscal_year=write.fiscal_year, **write.target or {}
            )
            for write in new
        ],
        authorship=authorship,
    )
    for write, target in zip(new, created, strict=True):
        written[write.index].append(("strategy.target", target.pk))
    changed = {write.target_id: write for write in writes if write.target and write.target_id is not None}
    known = Target.objects.in_bulk(list(changed)) if changed else {}
    _refuse_stale((target, changed[pk].target_version) for pk, target in known.items())
    change_records(
        [(record, changed[pk].target or {}) for pk, record in known.items()], authorship=authorship
    )
    for pk, write in changed.items():
        written[write.index].append(("strategy.target", pk))


def _actuals(
    writes: tuple[FigureWrite, ...],
    ids: dict[str, int],
    written: Written,
    *,
    demo: bool,
    authorship: Authorship,
) -> None:
    new = [write for write in writes if write.actual is not None and write.actual_id is None]
    created = create_records(
        [
            Actual(
                kpi_id=write.kpi_id or ids[write.kpi_key],
                fiscal_year=write.fiscal_year,
                edition=Edition.FINAL.value,
                is_demo=demo,
                **write.actual or {},
            )
            for write in new
        ],
        authorship=authorship,
    )
    for write, actual in zip(new, created, strict=True):
        written[write.index].append(("evaluations.actual", actual.pk))
    changed = {write.actual_id: write for write in writes if write.actual and write.actual_id is not None}
    known = Actual.objects.in_bulk(list(changed)) if changed else {}
    _refuse_stale((actual, changed[pk].actual_version) for pk, actual in known.items())
    change_records(
        [(record, changed[pk].actual or {}) for pk, record in known.items()], authorship=authorship
    )
    for pk, write in changed.items():
        written[write.index].append(("evaluations.actual", pk))


def _refuse_stale(compared: Iterable[tuple[Target | Actual, int | None]]) -> None:
    """Say no if somebody saved a record since it was compared with the document."""
    for record, version in compared:
        if record.version != version:
            raise VersionConflict(record)
