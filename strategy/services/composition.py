"""Writes of what a KPI is made of, when its definition changed, what it follows, and who answers for it.

The KPI's version stands for all of these rows: a save names the version it was made from.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from history.services import Authorship, VersionConflict, change_record
from organization.models import Section
from strategy.enums import PartKind, ResponsibilityRole
from strategy.models import Kpi, KpiPart, Placement, Responsibility, SeriesBreak
from strategy.services.rows import replace_rows
from tsukuba_kpi.lib.fiscal_year import era_label


class CompositionRefused(Exception):
    """The rows contradict each other; the message says which and what to do."""


@dataclass(frozen=True, kw_only=True)
class PartEntry:
    """A part of a KPI as a person states it; `pk` None is a new one."""

    pk: int | None
    part: Kpi
    kind: PartKind
    position: int
    is_main: bool = False
    weight: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class BreakEntry:
    """A change of definition as a person states it."""

    pk: int | None
    fiscal_year: int
    reason: str
    baseline_value: Decimal | None = None
    baseline_fiscal_year: int | None = None


@dataclass(frozen=True, kw_only=True)
class ResponsibilityEntry:
    """A section that answers, as a person states it; `placement` None is every place."""

    pk: int | None
    section: Section
    role: ResponsibilityRole
    role_note: str = ""
    placement: Placement | None = None
    first_fiscal_year: int | None = None
    last_fiscal_year: int | None = None


@dataclass(frozen=True, kw_only=True)
class Succession:
    """Which KPI this one follows, from which fiscal year on and why; whether both measure the same."""

    predecessor: Kpi
    fiscal_year: int
    reason: str
    is_comparable: bool = False


@dataclass(frozen=True, kw_only=True)
class Composition:
    """Everything the page of parts states."""

    parts: Sequence[PartEntry]
    breaks: Sequence[BreakEntry]
    succession: Succession | None = None


def compose_kpi(*, kpi: Kpi, composition: Composition, seen_version: int, authorship: Authorship) -> bool:
    """Set a KPI's parts, changes of definition and predecessor; return whether anything changed.

    A row that is left out is taken away. Saving says that what an import had proposed of the parts is right.
    Where nothing else is said, this KPI begins with the year it follows in, and the one before ends with the
    year before it.

    :raises CompositionRefused: if a KPI would be a part or predecessor of itself, or a row stands twice
    :raises VersionConflict: if somebody else saved the KPI since the page was shown
    """
    with transaction.atomic():
        fresh = _claim(kpi, seen_version)
        _check_parts(fresh, composition.parts)
        _check_breaks(composition.breaks)
        _check_succession(fresh, composition.succession)
        parts = [(entry.pk, _part_values(entry)) for entry in composition.parts]
        breaks = [(entry.pk, _break_values(entry)) for entry in composition.breaks]
        changed = replace_rows(KpiPart, list(fresh.parts.all()), parts, {"whole": fresh}, authorship)
        changed |= replace_rows(SeriesBreak, list(fresh.breaks.all()), breaks, {"kpi": fresh}, authorship)
        changed |= change_record(
            fresh, _succession_values(fresh, composition.succession), authorship=authorship
        )
        if composition.succession is not None:
            changed |= _end_predecessor(composition.succession, authorship)
    return changed


def set_responsibilities(
    *,
    kpi: Kpi,
    entries: Sequence[ResponsibilityEntry],
    seen_version: int,
    confirmed: bool = False,
    authorship: Authorship,
) -> bool:
    """Set which sections answer for a KPI; return whether anything changed. A row left out is taken away.

    :raises CompositionRefused: if a section stands twice from the same year on at the same place
    :raises VersionConflict: if somebody else saved the KPI since the page was shown
    """
    with transaction.atomic():
        fresh = _claim(kpi, seen_version)
        check_responsibilities(entries)
        rows = [(entry.pk, responsibility_values(entry, n)) for n, entry in enumerate(entries)]
        changed = replace_rows(
            Responsibility, list(fresh.responsibilities.all()), rows, {"kpi": fresh}, authorship
        )
        if changed or confirmed:
            marks = {name: mark for name, mark in fresh.unconfirmed.items() if name != "responsibilities"}
            changed |= change_record(fresh, {"unconfirmed": marks}, authorship=authorship)
    return changed


def _claim(kpi: Kpi, seen_version: int) -> Kpi:
    """Take the next version of the KPI for this save; its rows belong to it."""
    if Kpi.objects.filter(pk=kpi.pk, version=seen_version).update(version=F("version") + 1) != 1:
        raise VersionConflict(kpi)
    return Kpi.objects.get(pk=kpi.pk)


# --- what is refused ------------------------------------------------------------------------------------


def _check_parts(kpi: Kpi, parts: Sequence[PartEntry]) -> None:
    ids = [entry.part.pk for entry in parts]
    for entry in parts:
        if ids.count(entry.part.pk) > 1:
            raise CompositionRefused(f"「{entry.part.name}」が内訳に二つあります。一つにしてください。")
    below: dict[int, list[int]] = defaultdict(list)
    for whole, part in KpiPart.objects.exclude(whole=kpi).values_list("whole_id", "part_id"):
        below[whole].append(part)
    for entry in parts:
        if kpi.pk in _reach(entry.part.pk, below):
            raise CompositionRefused(
                f"「{entry.part.name}」は、この指標を内訳に含んでいるため、内訳にできません。"
            )
    for kind in (PartKind.NUMERATOR, PartKind.DENOMINATOR):
        if sum(entry.kind is kind for entry in parts) > 1:
            raise CompositionRefused(f"{kind.label}は一つだけにしてください。")
    if sum(entry.is_main for entry in parts) > 1:
        raise CompositionRefused("主な数値は一つだけにしてください。")


def _reach(start: int, below: Mapping[int, Sequence[int]]) -> set[int]:
    found: set[int] = set()
    waiting = [start]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += below.get(current, ())
    return found


def _check_breaks(breaks: Sequence[BreakEntry]) -> None:
    years = [entry.fiscal_year for entry in breaks]
    for entry in breaks:
        if years.count(entry.fiscal_year) > 1:
            raise CompositionRefused(f"{era_label(entry.fiscal_year)}の定義の変更が二つあります。")
        if not entry.reason.strip():
            raise CompositionRefused(
                f"{era_label(entry.fiscal_year)}の定義の変更に、理由を入力してください。"
            )


def _check_succession(kpi: Kpi, succession: Succession | None) -> None:
    if succession is None:
        return
    if not succession.reason.strip():
        raise CompositionRefused("指標を替えた理由を入力してください。")
    seen = {kpi.pk}
    current: Kpi | None = succession.predecessor
    while current is not None:
        if current.pk in seen:
            raise CompositionRefused("前の指標をたどると、この指標に戻ります。前の指標を直してください。")
        seen.add(current.pk)
        current = current.predecessor
    year, before = succession.fiscal_year, succession.predecessor
    if kpi.last_fiscal_year is not None and kpi.last_fiscal_year < year:
        last = era_label(kpi.last_fiscal_year)
        raise CompositionRefused(f"この指標は{last}までです。替えた年度をそれより前にしてください。")
    if before.first_fiscal_year is not None and before.first_fiscal_year >= year:
        first = era_label(before.first_fiscal_year)
        raise CompositionRefused(f"前の指標は{first}からです。替えた年度をそれより後にしてください。")
    if before.predecessor_fiscal_year is not None and before.predecessor_fiscal_year >= year:
        first = era_label(before.predecessor_fiscal_year)
        raise CompositionRefused(f"前の指標は{first}に別の指標から替わっています。それより後にしてください。")


def _succession_values(kpi: Kpi, succession: Succession | None) -> dict[str, Any]:
    if succession is None:
        return {
            "predecessor": None,
            "predecessor_reason": "",
            "predecessor_fiscal_year": None,
            "predecessor_is_comparable": False,
        }
    return {
        "predecessor": succession.predecessor,
        "predecessor_reason": succession.reason,
        "predecessor_fiscal_year": succession.fiscal_year,
        "predecessor_is_comparable": succession.is_comparable,
        "first_fiscal_year": kpi.first_fiscal_year or succession.fiscal_year,
    }


def _end_predecessor(succession: Succession, authorship: Authorship) -> bool:
    """Let the KPI before end where nobody has said when; its figures stay."""
    before = Kpi.objects.get(pk=succession.predecessor.pk)
    if before.last_fiscal_year is not None:
        return False
    return change_record(before, {"last_fiscal_year": succession.fiscal_year - 1}, authorship=authorship)


def check_responsibilities(entries: Sequence[ResponsibilityEntry]) -> None:
    """Refuse a section that stands twice from the same year on at the same place.

    :raises CompositionRefused: if one does
    """
    keys = [(e.section.pk, e.placement.pk if e.placement else 0, e.first_fiscal_year or 0) for e in entries]
    for entry, key in zip(entries, keys, strict=True):
        if keys.count(key) > 1:
            raise CompositionRefused(f"「{entry.section.name}」が同じ位置・同じ最初の年度で二つあります。")


# --- rows ------------------------------------------------------------------------------------------------


def _part_values(entry: PartEntry) -> dict[str, Any]:
    return {
        "part": entry.part,
        "kind": entry.kind.value,
        "position": entry.position,
        "is_main": entry.is_main,
        "weight": entry.weight,
    }


def _break_values(entry: BreakEntry) -> dict[str, Any]:
    return {
        "fiscal_year": entry.fiscal_year,
        "reason": entry.reason,
        "baseline_value": entry.baseline_value,
        "baseline_fiscal_year": entry.baseline_fiscal_year,
    }


def responsibility_values(entry: ResponsibilityEntry, position: int) -> dict[str, Any]:
    """Return the columns of a responsibility as it is stated."""
    return {
        "section": entry.section,
        "role": entry.role.value,
        "role_note": entry.role_note,
        "placement": entry.placement,
        "position": position,
        "first_fiscal_year": entry.first_fiscal_year,
        "last_fiscal_year": entry.last_fiscal_year,
    }
