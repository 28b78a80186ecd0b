"""Figures of several years, as planning's table of a plan writes them: corrections, and history.

A year for which a round has asked is written on that round's sheet only: by its section, or after it was
made final by a correction with a reason. The others are recorded as they are, as final.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from evaluations import permissions
from evaluations.enums import Act, Edition
from evaluations.models import Actual, KpiSheet
from evaluations.services.sheets import (
    EntryRefused,
    FigureEntry,
    correct_figure,
    figure_change,
    figure_problems,
)
from evaluations.services.workflow import ActRefused, ReasonMissing, Seen, WrongState, clean, person_of
from history.services import Authorship, VersionConflict, change_records, create_records, delete_records

Key = tuple[int, int]  # the KPI's id, the fiscal year

ASKED = "この年度は照会で課室に尋ねているため、ここでは書けません。画面を開き直してください。"
SOMEBODY = "ほかの人が先に変えました。いまの値を確かめて、もう一度保存してください。"


@dataclass(frozen=True, kw_only=True)
class YearEntry:
    """One figure to be written: `sheet` where it is a correction, None where it is recorded."""

    kpi_id: int
    fiscal_year: int
    figure: FigureEntry
    seen: Seen
    sheet: KpiSheet | None = None

    @property
    def key(self) -> Key:
        """Return KPI and year."""
        return self.kpi_id, self.fiscal_year


@dataclass(frozen=True)
class Written:
    """What became of entries: how many were corrected and recorded, and why the others were not."""

    corrected: int = 0
    recorded: int = 0
    refused: Mapping[Key, str] = field(default_factory=dict)


def save_year_figures(
    *, entries: Sequence[YearEntry], is_demo: bool, reason: str, authorship: Authorship
) -> Written:
    """Write the figures of several KPIs and years, each by itself, in one transaction.

    What cannot be written is told by KPI and year, and changes nothing about the others.

    :raises ReasonMissing: if there is a correction and no reason; nothing was written
    :raises ActRefused: if the person may neither correct nor record
    """
    if not permissions.can_record_figures(person_of(authorship)):
        raise ActRefused("年度別の値を書けるのは企画部門の人だけです。")
    corrections = [entry for entry in entries if entry.sheet is not None]
    if corrections and not clean(reason):
        raise ReasonMissing(Act.CORRECT)
    refused: dict[Key, str] = {}
    with transaction.atomic():
        corrected = sum(_correct(entry, reason, authorship, refused) for entry in corrections)
        others = [entry for entry in entries if entry.sheet is None]
        recorded = _record(others, is_demo, _explained(authorship, reason), refused)
    return Written(corrected, recorded, refused)


def _explained(authorship: Authorship, reason: str) -> Authorship:
    why = clean(reason) or authorship.why or "照会のない年度の値を記録"
    return Authorship(
        by=authorship.by, at=authorship.at, through=authorship.through, why=why, change=authorship.change
    )


def _correct(entry: YearEntry, reason: str, authorship: Authorship, refused: dict[Key, str]) -> bool:
    assert entry.sheet is not None
    try:
        return correct_figure(
            sheet=entry.sheet, figure=entry.figure, reason=reason, seen=entry.seen, authorship=authorship
        )
    except EntryRefused as problem:
        refused[entry.key] = "".join(problem.errors.values())
    except VersionConflict:
        refused[entry.key] = SOMEBODY
    except (WrongState, ActRefused) as problem:
        refused[entry.key] = str(problem)
    return False


# --- what no round has asked for ----------------------------------------------------------------------------


def _record(
    entries: Sequence[YearEntry], is_demo: bool, authorship: Authorship, refused: dict[Key, str]
) -> int:
    """Write figures in bulk; the number of queries does not grow with them."""
    if not entries:
        return 0
    ids, years = {entry.kpi_id for entry in entries}, {entry.fiscal_year for entry in entries}
    asked = set(
        KpiSheet.objects.filter(kpi_id__in=ids, round__fiscal_year__in=years, round__is_demo=is_demo)
        .order_by()
        .values_list("kpi_id", "round__fiscal_year")
    )
    stored = Actual.objects.select_for_update().filter(
        kpi_id__in=ids, fiscal_year__in=years, edition=Edition.FINAL.value, is_demo=is_demo
    )
    held = {(actual.kpi_id, actual.fiscal_year): actual for actual in stored.order_by("pk")}
    new: list[tuple[Key, Actual]] = []
    changes: list[tuple[Actual, Mapping[str, object]]] = []
    gone: list[Actual] = []
    for entry in entries:
        actual = held.get(entry.key)
        problems = figure_problems(entry.figure)
        if entry.key in asked:
            refused[entry.key] = ASKED
        elif problems:
            refused[entry.key] = "".join(problems.values())
        elif (actual.version if actual else 0) != entry.seen.figure:
            refused[entry.key] = SOMEBODY
        elif change := figure_change(actual, entry.figure):
            if actual is None:
                new.append((entry.key, _actual(entry, change.values or {}, is_demo)))
            elif change.values is None:
                gone.append(actual)
            else:
                changes.append((actual, change.values))
    delete_records(gone, authorship=authorship)
    changed = change_records(changes, authorship=authorship)
    return _create(new, authorship, refused) + changed + len(gone)


def _actual(entry: YearEntry, values: Mapping[str, object], is_demo: bool) -> Actual:
    return Actual(
        kpi_id=entry.kpi_id,
        fiscal_year=entry.fiscal_year,
        edition=Edition.FINAL.value,
        is_demo=is_demo,
        **values,
    )


def _create(new: Sequence[tuple[Key, Actual]], authorship: Authorship, refused: dict[Key, str]) -> int:
    try:
        with transaction.atomic():
            create_records([actual for _, actual in new], authorship=authorship)
    except IntegrityError:
        # Somebody has recorded one of them in this very moment: whoever saves again is shown it.
        refused.update((key, SOMEBODY) for key, _ in new)
        return 0
    return len(new)
