"""Writes of a plan's own settings and of its tree's names and order, each with its history.

The plan's version stands for its whole tree: a save names the version the page was shown with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from history.services import Authorship, VersionConflict, change_record
from strategy.models import Plan, PlanNode, RatingScheme


class PlanRefused(Exception):
    """The plan cannot be set like this; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class PlanDraft:
    """What the page of settings states of a plan, and its nodes' names by node id."""

    name: str
    first_fiscal_year: int | None
    last_fiscal_year: int | None
    level_names: Mapping[str, str]
    rating_scheme: RatingScheme | None
    summary: str = ""
    node_names: Mapping[int, str] = field(default_factory=dict)


def change_plan(
    *, plan: Plan, draft: PlanDraft, seen_version: int, confirmed: bool = False, authorship: Authorship
) -> bool:
    """Set a plan's name, years, level names, scheme, and its nodes' names; return whether anything changed.

    `confirmed` says that what an import had proposed of the plan is right as it stands now.

    :raises PlanRefused: if the years are out of order, or two nodes would have the same name
    :raises VersionConflict: if somebody else saved the plan since the page was shown
    """
    first, last = draft.first_fiscal_year, draft.last_fiscal_year
    if first is not None and last is not None and last < first:
        raise PlanRefused("最後の年度は最初の年度より前にできません。")
    values: dict[str, Any] = {
        "name": draft.name,
        "first_fiscal_year": first,
        "last_fiscal_year": last,
        "level_names": dict(draft.level_names),
        "rating_scheme": draft.rating_scheme,
        "summary": draft.summary,
    }
    with transaction.atomic():
        fresh = claim_plan(plan, seen_version)
        settled = {name for name in values if _differs(fresh, name, values[name])}
        marks = {} if confirmed else left_marks(fresh.unconfirmed, settled)
        changed = change_record(fresh, {**values, "unconfirmed": marks}, authorship=authorship)
        changed |= _rename(fresh, draft.node_names, authorship)
    return changed


def claim_plan(plan: Plan, seen_version: int) -> Plan:
    """Take the next version of the plan for this save; its nodes and places belong to it.

    :raises VersionConflict: if somebody else saved the plan since
    """
    if Plan.objects.filter(pk=plan.pk, version=seen_version).update(version=F("version") + 1) != 1:
        raise VersionConflict(plan)
    return Plan.objects.get(pk=plan.pk)


def left_marks(marks: Mapping[str, Any], settled: set[str]) -> dict[str, Any]:
    """Return the doubts that stay when a person has set some fields."""
    return {name: mark for name, mark in marks.items() if name not in settled}


def _differs(plan: Plan, name: str, value: Any) -> bool:
    return bool(getattr(plan, name) != value)


def _rename(plan: Plan, names: Mapping[int, str], authorship: Authorship) -> bool:
    changed = False
    for node in plan.nodes.filter(pk__in=names):
        name = names[node.pk]
        if name == node.name:
            continue
        marks = left_marks(node.unconfirmed, {"name"})
        try:
            with transaction.atomic():
                changed |= change_record(node, {"name": name, "unconfirmed": marks}, authorship=authorship)
        except IntegrityError as error:
            raise PlanRefused(f"「{name}」という名称の項目が同じ位置にすでにあります。") from error
    return changed


def shift_node(*, node: PlanNode, by: int, seen_version: int, authorship: Authorship) -> bool:
    """Move a node up (-1) or down (1) among its siblings; return whether it moved.

    :raises VersionConflict: if somebody else saved the plan since the page was shown
    """
    with transaction.atomic():
        claim_plan(node.plan, seen_version)
        siblings = list(PlanNode.objects.filter(plan=node.plan_id, parent=node.parent_id))
        siblings.sort(key=lambda each: (each.position, each.pk))
        here = [each.pk for each in siblings].index(node.pk)
        there = here + by
        if not 0 <= there < len(siblings):
            return False
        places = _increasing([each.position for each in siblings])
        siblings[here], siblings[there] = siblings[there], siblings[here]
        for sibling, position in zip(siblings, places, strict=True):
            change_record(sibling, {"position": position}, authorship=authorship)
    return True


def _increasing(positions: list[int]) -> list[int]:
    """Return positions of which each is greater than the one before, as close to the given ones as can be."""
    found: list[int] = []
    for position in positions:
        found.append(max(position, found[-1] + 1) if found else position)
    return found
