"""Keep how KPIs stand, and the counts of it, in step with what was written.

Every write leaves revisions. Those not read yet name the KPIs that may stand differently; these are worked
out again, their old entries are taken out of the counts and the new ones put in. So no service can forget
to tell, and an import, an undo or a correction needs no line of its own (ADR 0020).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Max, Min, Q

from evaluations.enums import Edition
from evaluations.models import Actual, Round
from reports.calculations.standings import ReadSoFar, ScopeKey, Standing, sums_of
from reports.enums import Audience, Scope
from reports.models import KpiScope, KpiStanding, KpiWords, StandingCount, StandingsRead
from reports.selectors.affected import affected_by, is_anything_pending, pending, read_at_first
from reports.selectors.frames import KpiPeriod, PlanFrames, frames_of
from reports.selectors.kpi_places import kpis_ever_in
from reports.selectors.kpi_words import words_of
from reports.selectors.standing_rows import standings_for_audiences
from strategy.models import Placement, Plan

# So many judgements a page may wait for; more are the command's and the worker's.
WORTH_WAITING_FOR = 3_000
# A worker that was asked and does not answer is asked again after this time.
PATIENCE = timedelta(minutes=10)
CHUNK = 500
BATCH = 2_000
NAMES = tuple(each.name for each in fields(Standing))
DERIVED = (KpiStanding, KpiWords, KpiScope, StandingCount)
Rows = dict[tuple[Standing, tuple[bool, bool, bool]], None]


@dataclass(frozen=True)
class Freshness:
    """Whether the counts know everything that was written; else as of when they do."""

    is_fresh: bool
    read_at: datetime | None


def keep_up(*, wanted: Collection[tuple[Plan, KpiPeriod]], at: datetime) -> Freshness:
    """Bring the counts up to date and see that these periods are kept, where a page can wait for it."""
    return _brought_up(wanted, at, WORTH_WAITING_FOR)


def catch_up(*, at: datetime) -> Freshness:
    """Bring the counts of all kept periods up to date, however long it takes."""
    return _brought_up((), at, None)


def claim_asking(*, at: datetime) -> bool:
    """Return whether the worker should be asked now to bring the counts up to date: not on every page."""
    nobody_asked = Q(asked_at__isnull=True) | Q(asked_at__lt=at - PATIENCE)
    return StandingsRead.objects.filter(nobody_asked).update(asked_at=at) == 1


def finish(*, plan: Plan, at: datetime) -> None:
    """Bring everything up to date and keep a plan's usual periods, however long it takes (the worker's)."""
    try:
        _brought_up([(plan, period) for period in usual_periods(plan)], at, None)
    finally:
        StandingsRead.objects.update(asked_at=None)


def _brought_up(wanted: Collection[tuple[Plan, KpiPeriod]], at: datetime, most: int | None) -> Freshness:
    held = StandingsRead.objects.first()
    missing = _missing(wanted)
    if held is not None and not missing and not is_anything_pending(_read_of(held)):
        return Freshness(True, held.read_at)
    try:
        with transaction.atomic():
            held = _hold(at)
            is_fresh = _read_pending(held, at, most)
            for plan, periods in missing.items():
                is_fresh = _keep(plan, periods, most) and is_fresh
    except OperationalError:
        # Somebody writes for longer than we may wait: the page shows what is known, and says so.
        return Freshness(False, held.read_at if held else None)
    return Freshness(is_fresh, held.read_at)


def _missing(wanted: Collection[tuple[Plan, KpiPeriod]]) -> dict[Plan, list[KpiPeriod]]:
    missing: dict[Plan, list[KpiPeriod]] = {}
    if not wanted:
        return missing
    rows = StandingCount.objects.filter(
        plan__in={plan.pk for plan, _ in wanted}, scope=Scope.PLAN.value, audience=Audience.ALL.value
    )
    kept = set(rows.values_list("plan_id", "fiscal_year", "edition"))
    for plan, period in wanted:
        if (plan.pk, period[0], period[1].value) not in kept:
            missing.setdefault(plan, []).append(period)
    return missing


def kept_periods(plan: Plan) -> list[KpiPeriod]:
    """Return the periods of a plan that are kept (one query)."""
    rows = StandingCount.objects.filter(plan=plan, scope=Scope.PLAN.value, audience=Audience.ALL.value)
    return sorted(
        ((year, Edition(edition)) for year, edition in rows.values_list("fiscal_year", "edition")),
        key=lambda period: (period[0], period[1].value),
    )


def _hold(at: datetime) -> StandingsRead:
    """Return the one row that says what was read, held against others until the transaction ends."""
    if not StandingsRead.objects.exists():
        read = read_at_first()
        told = {"last_revision": read.last, "gaps": _as_lists(read), "read_at": at}
        StandingsRead.objects.get_or_create(pk=1, defaults=told)
    return StandingsRead.objects.select_for_update().get(pk=1)


def _read_of(held: StandingsRead) -> ReadSoFar:
    return ReadSoFar(held.last_revision, tuple((first, last) for first, last in held.gaps))


def _as_lists(read: ReadSoFar) -> list[list[int]]:
    return [list(gap) for gap in read.gaps]


def _read_pending(held: StandingsRead, at: datetime, most: int | None) -> bool:
    """Work out what the unread revisions change; say no, and write nothing, if that is too much at once."""
    read = _read_of(held)
    revisions = pending(read)
    if not revisions:
        return True
    affected = affected_by(revisions)
    plans = _plans_of(affected.kpis) | affected.plans
    work = []
    for plan in Plan.objects.filter(pk__in=plans).select_related("rating_scheme"):
        periods = kept_periods(plan)
        kpis = all_kpis(plan) if plan.pk in affected.plans else affected.kpis
        work.append((plan, periods, kpis))
    if most is not None and sum(len(periods) * len(kpis) for _, periods, kpis in work) > most:
        return False
    for plan, periods, kpis in work:
        _renew(plan, kpis, periods)
    for model in DERIVED:
        model._default_manager.filter(plan_id__in=plans - {plan.pk for plan, _, _ in work}).delete()
    now = read.after(row[0] for row in revisions)
    held.last_revision, held.gaps, held.read_at = now.last, _as_lists(now), at
    held.save(update_fields=["last_revision", "gaps", "read_at"])
    return True


def _plans_of(kpi_ids: Collection[int]) -> set[int]:
    """Return the plans some KPIs stand in, and those they are still counted in."""
    found: set[int] = set()
    for batch in _batches(sorted(kpi_ids), CHUNK):
        found |= set(Placement.objects.filter(kpi_id__in=batch).values_list("node__plan_id", flat=True))
        found |= set(
            KpiStanding.objects.filter(kpi_id__in=batch).values_list("plan_id", flat=True).distinct()
        )
    return found


def all_kpis(plan: Plan) -> set[int]:
    """Return the KPIs that stand or once stood in a plan, and those still counted in it."""
    counted = KpiWords.objects.filter(plan=plan).values_list("kpi_id", flat=True)
    return kpis_ever_in(plan) | set(counted)


def _keep(plan: Plan, periods: Sequence[KpiPeriod], most: int | None) -> bool:
    kpis = all_kpis(plan)
    if most is not None and len(kpis) * len(periods) > most:
        return False
    StandingCount.objects.bulk_create(
        StandingCount(
            plan=plan,
            fiscal_year=year,
            edition=edition.value,
            audience=audience.value,
            scope=Scope.PLAN.value,
        )
        for year, edition in periods
        for audience in Audience
    )
    _renew(plan, kpis, periods)
    return True


def _renew(plan: Plan, kpi_ids: Collection[int], periods: Sequence[KpiPeriod]) -> None:
    """Work some KPIs out again, and move the counts by the difference."""
    if not periods:
        return
    frames = frames_of(plan)
    moved: dict[tuple[int, str, Audience], dict[ScopeKey, Counter[str]]] = {}
    for batch in _batches(sorted(kpi_ids), CHUNK):
        _renew_words(plan, batch)
        old, new = _stored(plan, batch, periods), _worked_out(frames, batch, periods)
        _note(moved, old.keys() - new.keys(), -1)
        _note(moved, new.keys() - old.keys(), 1)
        _replace(plan, old, new)
        _renew_scopes(plan, batch)
    _move_counts(plan, moved)


def _stored(plan: Plan, kpi_ids: Collection[int], periods: Iterable[KpiPeriod]) -> Rows:
    wanted = {(year, edition.value) for year, edition in periods}
    rows = KpiStanding.objects.filter(plan=plan, kpi_id__in=kpi_ids).values_list(
        *NAMES, "for_all", "for_committee", "for_finished"
    )
    found = ((Standing(*row[:-3]), (row[-3], row[-2], row[-1])) for row in rows)
    return {row: None for row in found if (row[0].fiscal_year, row[0].edition) in wanted}


def _worked_out(frames: PlanFrames, kpi_ids: Collection[int], periods: Collection[KpiPeriod]) -> Rows:
    """Return the rows to store: KPIs that stand alike for all audiences share one."""
    found = standings_for_audiences(frames, kpi_ids, periods)
    audiences: dict[Standing, list[bool]] = {}
    for place, audience in enumerate(Audience):
        for standing in found[audience].values():
            audiences.setdefault(standing, [False, False, False])[place] = True
    return {(standing, (marks[0], marks[1], marks[2])): None for standing, marks in audiences.items()}


def _note(
    moved: dict[tuple[int, str, Audience], dict[ScopeKey, Counter[str]]],
    rows: Iterable[tuple[Standing, tuple[bool, bool, bool]]],
    sign: int,
) -> None:
    for standing, marks in rows:
        sums = sums_of(standing)
        for audience, is_for in zip(Audience, marks, strict=True):
            if not is_for:
                continue
            scopes = moved.setdefault((standing.fiscal_year, standing.edition, audience), {})
            for scope in standing.scope_keys:
                counter = scopes.setdefault(scope, Counter())
                for entry, number in sums.items():
                    counter[entry] += sign * number


def _replace(plan: Plan, old: Rows, new: Rows) -> None:
    gone = {(row.kpi_id, row.fiscal_year, row.edition) for row, _ in old.keys() ^ new.keys()}
    by_period: dict[tuple[int, str], list[int]] = {}
    for row, _ in old:
        if (row.kpi_id, row.fiscal_year, row.edition) in gone:
            by_period.setdefault((row.fiscal_year, row.edition), []).append(row.kpi_id)
    for (year, edition), kpis in by_period.items():
        rows = KpiStanding.objects.filter(plan=plan, fiscal_year=year, edition=edition)
        rows.filter(kpi_id__in=kpis).delete()
    added = [
        _row(plan, standing, marks)
        for standing, marks in new
        if (standing.kpi_id, standing.fiscal_year, standing.edition) in gone
    ]
    KpiStanding.objects.bulk_create(added, batch_size=BATCH)


def _row(plan: Plan, standing: Standing, marks: tuple[bool, bool, bool]) -> KpiStanding:
    values: dict[str, Any] = {name: getattr(standing, name) for name in NAMES}
    return KpiStanding(plan=plan, for_all=marks[0], for_committee=marks[1], for_finished=marks[2], **values)


def _move_counts(plan: Plan, moved: dict[tuple[int, str, Audience], dict[ScopeKey, Counter[str]]]) -> None:
    changed, added = [], []
    for (year, edition, audience), scopes in moved.items():
        rows = StandingCount.objects.filter(
            plan=plan, fiscal_year=year, edition=edition, audience=audience.value
        )
        held = {(row.scope, row.scope_id): row for row in rows}
        for scope, counter in scopes.items():
            row = held.get(scope)
            if row is None:
                row = StandingCount(
                    plan=plan,
                    fiscal_year=year,
                    edition=edition,
                    audience=audience.value,
                    scope=scope[0],
                    scope_id=scope[1],
                )
                added.append(row)
            else:
                changed.append(row)
            row.counts = _sum(row.counts, counter)
    StandingCount.objects.bulk_create(added, batch_size=BATCH)
    StandingCount.objects.bulk_update(changed, ["counts"], batch_size=BATCH)


def _sum(counts: dict[str, int], moved: Counter[str]) -> dict[str, int]:
    total = Counter(counts)
    total.update(moved)
    return {entry: number for entry, number in sorted(total.items()) if number}


def _renew_words(plan: Plan, kpi_ids: Collection[int]) -> None:
    old = dict(KpiWords.objects.filter(plan=plan, kpi_id__in=kpi_ids).values_list("kpi_id", "words"))
    new = words_of(plan, kpi_ids)
    gone = [kpi for kpi, words in old.items() if new.get(kpi) != words]
    if gone:
        KpiWords.objects.filter(plan=plan, kpi_id__in=gone).delete()
    rows = [
        KpiWords(plan=plan, kpi_id=kpi, words=words) for kpi, words in new.items() if old.get(kpi) != words
    ]
    KpiWords.objects.bulk_create(rows, batch_size=BATCH)


Scopes = set[tuple[int, str, int]]


def _renew_scopes(plan: Plan, kpi_ids: Collection[int]) -> None:
    old, new = _stored_scopes(plan, kpi_ids), _scopes_of_standings(plan, kpi_ids)
    differing = {kpi for kpi, _, _ in old ^ new}
    KpiScope.objects.filter(plan=plan, kpi_id__in=differing).delete()
    rows = [
        KpiScope(plan=plan, kpi_id=kpi, key=key, position=position)
        for kpi, key, position in sorted(new)
        if kpi in differing
    ]
    KpiScope.objects.bulk_create(rows, batch_size=BATCH)


def _stored_scopes(plan: Plan, kpi_ids: Collection[int]) -> Scopes:
    rows = KpiScope.objects.filter(plan=plan, kpi_id__in=kpi_ids)
    return set(rows.values_list("kpi_id", "key", "position"))


def _scopes_of_standings(plan: Plan, kpi_ids: Collection[int]) -> Scopes:
    """Return the scopes and positions of some KPIs in any period that is kept (one query)."""
    rows = KpiStanding.objects.filter(plan=plan, kpi_id__in=kpi_ids)
    found = rows.order_by().values_list("kpi_id", "scopes", "position").distinct()
    return {(kpi, key, position) for kpi, scopes, position in found for key in scopes.split()}


def _batches(items: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


# --- rebuilding and comparing -------------------------------------------------------------------------------


def usual_periods(plan: Plan) -> list[KpiPeriod]:
    """Return the periods worth keeping: the plan's years, and other editions that somebody asked for."""
    first, last = plan.first_fiscal_year, plan.last_fiscal_year
    rounds = Round.objects.filter(plans=plan).values_list("fiscal_year", "edition").distinct()
    found = {(year, Edition(edition)) for year, edition in rounds}
    if first is None or last is None:
        span = Actual.objects.filter(kpi__placements__node__plan=plan).aggregate(
            first=Min("fiscal_year"), last=Max("fiscal_year")
        )
        first, last = first or span["first"], last or span["last"]
    if first is not None and last is not None:
        found |= {(year, Edition.FINAL) for year in range(first, last + 1)}
    return sorted(found, key=lambda period: (period[0], period[1].value))


def rebuild(*, plan: Plan, at: datetime) -> int:
    """Forget how a plan's KPIs stand and work everything out again; return how many periods are kept."""
    with transaction.atomic():
        held = _hold(at)
        _read_pending(held, at, None)
        periods = sorted(
            {*usual_periods(plan), *kept_periods(plan)}, key=lambda period: (period[0], period[1].value)
        )
        for model in DERIVED:
            model._default_manager.filter(plan=plan).delete()
        if periods:
            _keep(plan, periods, None)
    return len(periods)


@dataclass(frozen=True)
class Difference:
    """Something that is kept otherwise than it is."""

    plan: str
    told: str


def differences(*, plan: Plan) -> list[Difference]:
    """Compare what is kept of a plan with what is: its KPIs one by one, and every count. Writes nothing."""
    periods = kept_periods(plan)
    found: list[Difference] = []
    counts: dict[tuple[int, str, Audience], dict[ScopeKey, Counter[str]]] = {}
    frames = frames_of(plan)
    kpi_ids = sorted(all_kpis(plan) | set(_standing_kpis(plan)))
    for batch in _batches(kpi_ids, CHUNK):
        stored, right = _stored(plan, batch, periods), _worked_out(frames, batch, periods)
        wrong = {(row.kpi_id, row.fiscal_year, row.edition) for row, _ in stored.keys() ^ right.keys()}
        found += [
            Difference(plan.code, f"指標ID {kpi}、{year}年度（{Edition(edition).label}）の状況が違います。")
            for kpi, year, edition in sorted(wrong)
        ]
        words = dict(KpiWords.objects.filter(plan=plan, kpi_id__in=batch).values_list("kpi_id", "words"))
        if words != words_of(plan, batch):
            found.append(Difference(plan.code, f"指標ID {batch[0]}～{batch[-1]} の検索のことばが違います。"))
        if _stored_scopes(plan, batch) != _scopes_of_standings(plan, batch):
            found.append(Difference(plan.code, f"指標ID {batch[0]}～{batch[-1]} の位置・担当が違います。"))
        _note(counts, right, 1)
    return [*found, *_count_differences(plan, counts)]


def _standing_kpis(plan: Plan) -> Iterable[int]:
    return KpiStanding.objects.filter(plan=plan).values_list("kpi_id", flat=True).distinct()


def _count_differences(
    plan: Plan, counts: dict[tuple[int, str, Audience], dict[ScopeKey, Counter[str]]]
) -> list[Difference]:
    right = {
        (year, edition, audience.value, *scope): dict(counter)
        for (year, edition, audience), scopes in counts.items()
        for scope, counter in scopes.items()
    }
    names = ("fiscal_year", "edition", "audience", "scope", "scope_id", "counts")
    stored = {
        row[:-1]: row[-1] for row in StandingCount.objects.filter(plan=plan).values_list(*names) if row[-1]
    }
    return [
        Difference(
            plan.code,
            f"{year}年度（{Edition(edition).label}）{Scope(scope).label} {pk}"
            f"（{Audience(audience).label}）の件数が違います。",
        )
        for year, edition, audience, scope, pk in sorted(stored.keys() | right.keys())
        if stored.get((year, edition, audience, scope, pk)) != right.get((year, edition, audience, scope, pk))
    ]
