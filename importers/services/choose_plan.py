"""Which plan a strategy list belongs to: the named one, the one it is already in, or a new one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from importers.calculations.rows import SourceDocument, SourceNote
from strategy.models import Placement, Plan
from tsukuba_kpi.lib.fiscal_year import era_label, find_period
from tsukuba_kpi.lib.japanese_text import match_key


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """A plan in hand, or the name and years of the one to be made; `marks` are doubts about its years."""

    plan: Plan | None
    name: str
    first_year: int | None = None
    last_year: int | None = None
    marks: dict[str, Any] = field(default_factory=dict)
    notes: tuple[SourceNote, ...] = ()


def choose_plan(document: SourceDocument, name: str | None, *, demo: bool = False) -> PlanChoice:
    """Return the plan for a document; without a name it is the plan that holds half of its KPIs."""
    plans = list(Plan.objects.filter(is_demo=demo))
    wanted = name or PurePath(document.file).stem
    for plan in plans:
        if match_key(plan.name) == match_key(wanted) or plan.code == wanted:
            return _in_hand(plan)
    if name is None:
        holder = _holder(document, plans)
        if holder is not None:
            message = f"指標の多くがある計画「{holder.name}」への取込として扱います。"
            choice = _in_hand(holder)
            return PlanChoice(
                holder,
                holder.name,
                choice.first_year,
                choice.last_year,
                notes=(SourceNote("plan_found", message),),
            )
    return _new(document, wanted, named=name is not None)


def _in_hand(plan: Plan) -> PlanChoice:
    return PlanChoice(plan, plan.name, plan.first_fiscal_year, plan.last_fiscal_year)


def _holder(document: SourceDocument, plans: list[Plan]) -> Plan | None:
    keys = {match_key(str(row.fields["kpi"])) for row in document.rows if row.fields.get("kpi")}
    if not keys or not plans:
        return None
    held: dict[int, set[str]] = {}
    for plan_id, kpi_name in Placement.objects.filter(node__plan__in=plans).values_list(
        "node__plan_id", "kpi__name"
    ):
        held.setdefault(plan_id, set()).add(match_key(kpi_name))
    best = max(plans, key=lambda plan: len(keys & held.get(plan.pk, set())))
    return best if len(keys & held.get(best.pk, set())) * 2 >= len(keys) else None


def _new(document: SourceDocument, name: str, *, named: bool) -> PlanChoice:
    period = find_period(name)
    if period is not None and period.first is not None and period.last is not None:
        return PlanChoice(None, name, period.first, period.last, notes=(_new_note(name, named),))
    years = _years_in_names(str(row.fields["kpi"]) for row in document.rows if row.fields.get("kpi"))
    if years is None:
        return PlanChoice(None, name, notes=(_new_note(name, named),))
    reason = f"指標名に書かれた期間（{era_label(years[0])}から{era_label(years[1])}まで）から推定しました。"
    mark = {"confidence": "0.70", "reason": reason, "alternatives": []}
    return PlanChoice(
        None,
        name,
        *years,
        marks={"first_fiscal_year": mark, "last_fiscal_year": mark},
        notes=(_new_note(name, named), SourceNote("plan_years_inferred", f"計画の年度は、{reason}")),
    )


def _new_note(name: str, named: bool) -> SourceNote:
    hint = "" if named else "名称はファイル名によります（--plan で指定できます）。"
    return SourceNote("plan_new", f"計画「{name}」を新しく作ります。{hint}")


def _years_in_names(names: Iterable[str]) -> tuple[int, int] | None:
    """Return the one closed period that KPI names speak of, None where there is none or several."""
    periods = {
        (period.first, period.last)
        for name in names
        if (period := find_period(name)) is not None and period.first is not None and period.last is not None
    }
    if len(periods) != 1:
        return None
    first, last = periods.pop()
    return (first, last) if first is not None and last is not None else None
