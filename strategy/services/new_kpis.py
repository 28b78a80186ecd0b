"""Writes that add KPIs to a plan: each with its place, its sections and targets, and its history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from history.services import Authorship, create_record, create_records
from organization.models import Section
from strategy.calculations.target_figures import TargetFigure
from strategy.enums import ResponsibilityRole
from strategy.models import Kpi, Placement, Plan, PlanNode, Responsibility, Target
from strategy.selectors.kpi_codes import next_codes
from strategy.services.definitions import target_fields
from strategy.services.plans import PlanRefused, claim_plan


@dataclass(frozen=True, kw_only=True)
class KpiDraft:
    """A new KPI as a person states it; a blank `code` takes the next free number.

    `values` are the fields of its definition, the name among them; the first of `sections` leads.
    """

    code: str
    node: PlanNode
    values: Mapping[str, Any]
    sections: tuple[Section, ...] = ()
    targets: Mapping[int, TargetFigure] = field(default_factory=dict)


def add_kpis(
    *, plan: Plan, drafts: Sequence[KpiDraft], seen_version: int, authorship: Authorship
) -> list[Kpi]:
    """Add KPIs to a plan behind those it has, all or none; return them.

    :raises PlanRefused: if a number is taken
    :raises VersionConflict: if somebody else saved the plan since the page was shown
    """
    with transaction.atomic():
        claim_plan(plan, seen_version)
        last = Placement.objects.filter(node__plan=plan).order_by("-position").first()
        position = last.position if last else 0
        codes = _codes(plan, drafts)
        return [
            _add(draft, code, plan, position + number, authorship)
            for number, (draft, code) in enumerate(zip(drafts, codes, strict=True), 1)
        ]


def _codes(plan: Plan, drafts: Sequence[KpiDraft]) -> list[str]:
    stated = [draft.code for draft in drafts if draft.code]
    taken = set(Kpi.objects.filter(code__in=stated).values_list("code", flat=True))
    twice = taken | {code for code in stated if stated.count(code) > 1}
    if twice:
        raise PlanRefused(f"番号「{'、'.join(sorted(twice))}」は使われています。番号を変えてください。")
    free = (code for code in next_codes(2 * len(drafts), demo=plan.is_demo) if code not in stated)
    return [draft.code or next(free) for draft in drafts]


def _add(draft: KpiDraft, code: str, plan: Plan, position: int, authorship: Authorship) -> Kpi:
    try:
        with transaction.atomic():
            kpi = create_record(Kpi(code=code, is_demo=plan.is_demo, **draft.values), authorship=authorship)
    except IntegrityError as error:
        raise PlanRefused(f"番号「{code}」の指標を加えられません。値を確かめてください。") from error
    create_record(Placement(kpi=kpi, node=draft.node, position=position), authorship=authorship)
    create_records(list(_responsibilities(kpi, draft.sections)), authorship=authorship)
    targets = [Target(kpi=kpi, fiscal_year=y, **target_fields(t)) for y, t in sorted(draft.targets.items())]
    create_records(targets, authorship=authorship)
    return kpi


def _responsibilities(kpi: Kpi, sections: Iterable[Section]) -> Iterable[Responsibility]:
    for position, section in enumerate(sections):
        role = ResponsibilityRole.CO if position else ResponsibilityRole.LEAD
        yield Responsibility(kpi=kpi, section=section, role=role.value, position=position)
