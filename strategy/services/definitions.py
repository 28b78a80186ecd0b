"""Writes of KPI definitions and targets, each in one transaction with its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from history.services import Authorship, VersionConflict, change_record, create_record, delete_record
from strategy.calculations.definition_cells import COLUMNS
from strategy.calculations.target_figures import TargetFigure
from strategy.enums import TargetQualifier
from strategy.models import Kpi, Target
from tsukuba_kpi.lib.fiscal_year import short_era_label

# Columns that a judgement is made from. Those with a default count as set once there is a target.
JUDGED = frozenset(
    {
        "unit",
        "direction",
        "aggregation",
        "baseline_value",
        "baseline_years",
        "maintain_band",
        "parts_rule",
        "window",
        "valid",
    }
)
JUDGED_WITH_DEFAULT = frozenset({"entered_as", "path_rule", "survey_interval"})


@dataclass(frozen=True, kw_only=True)
class DefinitionChange:
    """What one save changes of one KPI.

    `kpi` and `held` are the records as they were read (their versions are compared when writing). A
    target that is None is taken away. `confirmed` names fields of the KPI, and `confirmed_targets` years,
    of which a person says that the inferred value is right.
    """

    kpi: Kpi
    held: Mapping[int, Target] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    targets: Mapping[int, TargetFigure | None] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    confirmed_targets: frozenset[int] = frozenset()

    @property
    def rewritten_years(self) -> tuple[int, ...]:
        """Return the years whose target is not set for the first time but changed, added or taken away.

        Correcting what an import had only proposed is no such change.
        """
        if all(held.needs_review for held in self.held.values()):
            return ()
        return tuple(
            year for year, figure in sorted(self.targets.items()) if self._rewrites_year(year, figure)
        )

    def _rewrites_year(self, year: int, figure: TargetFigure | None) -> bool:
        held = self.held.get(year)
        if held is None:
            return figure is not None
        return not held.needs_review and target_fields(figure) != _stored_fields(held)

    @property
    def rewritten(self) -> tuple[str, ...]:
        """Return in words what this changes of a definition that stood already and is judged by."""
        judged = JUDGED | (JUDGED_WITH_DEFAULT if self.held else frozenset())
        labels = [
            column.label
            for column in COLUMNS
            if column.key in judged and any(self._rewrites(name) for name in column.fields)
        ]
        return (*labels, *(f"{short_era_label(year)}の目標値" for year in self.rewritten_years))

    def _rewrites(self, name: str) -> bool:
        if name not in self.values or name in self.kpi.unconfirmed:
            return False
        before = getattr(self.kpi, name)
        return before not in (None, "") and before != self.values[name]


def target_fields(figure: TargetFigure | None) -> dict[str, Any]:
    """Return the columns of a target; nothing for none."""
    if figure is None:
        return {}
    return {
        "value": figure.value,
        "upper": figure.upper,
        "qualifier": figure.qualifier.value,
        "word": figure.word,
        "published_text": figure.published_text,
    }


def stored_figure(target: Target) -> TargetFigure:
    """Return a stored target as the figure it is."""
    return TargetFigure(
        target.value,
        target.upper,
        TargetQualifier(target.qualifier),
        target.word,
        target.published_text,
    )


def _stored_fields(target: Target) -> dict[str, Any]:
    return target_fields(stored_figure(target))


def define_kpis(
    *, changes: Sequence[DefinitionChange], reasons: Mapping[int, str], authorship: Authorship
) -> int:
    """Write changes of definitions, all or nothing; return how many KPIs really changed.

    `reasons` gives by KPI id why targets are changed on the way; it stays with the targets and is told
    with every judgement by them.

    :raises VersionConflict: if somebody else saved one of the records since it was read
    """
    with transaction.atomic():
        return sum(_define(change, reasons.get(change.kpi.pk, ""), authorship) for change in changes)


def _define(change: DefinitionChange, reason: str, authorship: Authorship) -> bool:
    kpi = change.kpi
    really = {name for name, value in change.values.items() if getattr(kpi, name) != value}
    marks = _left(kpi.unconfirmed, really | change.confirmed)
    changed = change_record(kpi, {**change.values, "unconfirmed": marks}, authorship=authorship)
    years = sorted({*change.targets, *change.confirmed_targets})
    rewritten = frozenset(change.rewritten_years) if reason else frozenset()
    for year in years:
        changed |= _set_target(change, year, reason if year in rewritten else "", authorship)
    return changed


def _left(marks: Mapping[str, Any], settled: set[str] | frozenset[str]) -> dict[str, Any]:
    return {name: mark for name, mark in marks.items() if name not in settled}


def _set_target(change: DefinitionChange, year: int, reason: str, authorship: Authorship) -> bool:
    held = change.held.get(year)
    if year not in change.targets:
        return held is not None and change_record(held, {"unconfirmed": {}}, authorship=authorship)
    figure = change.targets[year]
    values = target_fields(figure) | ({"change_reason": reason} if reason else {})
    if held is not None and figure is not None:
        return change_record(held, {**values, "unconfirmed": {}}, authorship=authorship)
    if held is not None:
        _claim(held)
        delete_record(held, authorship=authorship)
        return True
    if figure is None:
        return False
    try:
        with transaction.atomic():
            create_record(Target(kpi=change.kpi, fiscal_year=year, **values), authorship=authorship)
    except IntegrityError as error:
        raise VersionConflict(change.kpi) from error
    return True


def _claim(target: Target) -> None:
    """Make sure that nobody has changed the target since it was read, before it is taken away."""
    rows = Target.objects.filter(pk=target.pk, version=target.version)
    if rows.update(version=F("version") + 1) != 1:
        raise VersionConflict(target)
