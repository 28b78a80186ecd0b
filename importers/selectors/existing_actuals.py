"""KPIs with their targets and actuals as they stand, and which figures are locked."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F

from evaluations.enums import LOCKED_STATES, Edition
from evaluations.models import Actual, KpiSheet
from strategy.models import Kpi, Target
from tsukuba_kpi.lib.japanese_text import match_key

BATCH = 500  # SQLite limits the parameters of one statement


@dataclass(frozen=True, slots=True)
class KpiState:
    """A KPI in hand, as far as a table of figures speaks of it."""

    id: int
    code: str
    name: str
    unit: str
    aggregation: str
    baseline_value: Decimal | None
    baseline_text: str
    baseline_first_year: int | None
    baseline_year: int | None
    unconfirmed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TargetState:
    """A target in hand; `values` are the fields that a document can change."""

    id: int
    values: Mapping[str, Any]
    unconfirmed: Mapping[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class ActualState:
    """An actual of the final edition in hand."""

    id: int
    value: Decimal | None
    status: str
    expected_on: datetime.date | None
    note: str
    unconfirmed: Mapping[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class ActualsState:
    """What a table of figures is compared with."""

    kpis: Mapping[int, KpiState] = field(default_factory=dict)
    by_name: Mapping[str, list[int]] = field(default_factory=dict)
    by_code: Mapping[str, int] = field(default_factory=dict)
    targets: Mapping[tuple[int, int], TargetState] = field(default_factory=dict)
    actuals: Mapping[tuple[int, int], ActualState] = field(default_factory=dict)
    locked: frozenset[tuple[int, int]] = frozenset()


TARGET_FIELDS = ("value", "upper", "qualifier", "word", "published_text")


def existing_kpis(*, demo: bool) -> ActualsState:
    """Return the KPIs by name and code."""
    kpis = {
        values[0]: KpiState(*values)
        for values in Kpi.objects.filter(is_demo=demo)
        .order_by("pk")
        .values_list(
            "pk",
            "code",
            "name",
            "unit",
            "aggregation",
            "baseline_value",
            "baseline_text",
            "baseline_first_fiscal_year",
            "baseline_fiscal_year",
            "unconfirmed",
        )
    }
    by_name: dict[str, list[int]] = {}
    for kpi in kpis.values():
        by_name.setdefault(match_key(kpi.name), []).append(kpi.id)
    return ActualsState(kpis, by_name, {match_key(kpi.code): kpi.id for kpi in kpis.values()})


def existing_figures(state: ActualsState, kpi_ids: Iterable[int]) -> ActualsState:
    """Return the state with the targets, actuals and locks of some KPIs."""
    targets: dict[tuple[int, int], TargetState] = {}
    actuals: dict[tuple[int, int], ActualState] = {}
    locked: set[tuple[int, int]] = set()
    ids = sorted(set(kpi_ids))
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        for kpi_id, year, pk, unconfirmed, version, *values in Target.objects.filter(
            kpi_id__in=batch
        ).values_list("kpi_id", "fiscal_year", "pk", "unconfirmed", "version", *TARGET_FIELDS):
            found = dict(zip(TARGET_FIELDS, values, strict=True))
            targets[kpi_id, year] = TargetState(pk, found, unconfirmed, version)
        # A demonstration on a real KPI has figures and sheets of its own (ADR 0005).
        final = Actual.objects.filter(
            kpi_id__in=batch, edition=Edition.FINAL.value, is_demo=F("kpi__is_demo")
        )
        for kpi_id, year, *actual in final.values_list(
            "kpi_id", "fiscal_year", "pk", "value", "status", "expected_on", "note", "unconfirmed", "version"
        ):
            actuals[kpi_id, year] = ActualState(*actual)
        locked.update(
            KpiSheet.objects.filter(
                kpi_id__in=batch,
                round__edition=Edition.FINAL.value,
                round__is_demo=F("kpi__is_demo"),
                state__in=[state.value for state in LOCKED_STATES],
            ).values_list("kpi_id", "round__fiscal_year")
        )
    return ActualsState(state.kpis, state.by_name, state.by_code, targets, actuals, frozenset(locked))
