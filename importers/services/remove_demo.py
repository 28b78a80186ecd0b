"""Take everything that is marked as demo out of the database again."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.contrib.admin.utils import NestedObjects
from django.db import models, transaction

from evaluations.models import Actual, KpiSheet, ProgramEvaluation, Round
from history.models import Revision
from history.services import Authorship, delete_record
from importers.models import ImportRun
from organization.models import Bureau, Membership, Section, SectionSuccession
from organization.services import close_demo_accounts
from programs.models import Program
from strategy.models import Kpi, Plan, PlanNode


class DemoInUse(Exception):
    """Real records refer to a demo record: removing it would take them along. Nothing was removed."""

    def __init__(self, record: models.Model, users: list[models.Model]) -> None:
        super().__init__(
            f"デモの{record._meta.verbose_name}「{record}」を、デモでない"
            f"{users[0]._meta.verbose_name}「{users[0]}」ほか{len(users)}件が使っています。先に付け替えてください。"
        )


@dataclass(frozen=True)
class DemoRemoval:
    """What was removed, by the models' Japanese names, and what demo accounts changed in real records."""

    removed: dict[str, int]
    closed_accounts: int
    changes_left: int


def _stages() -> Iterator[models.QuerySet[models.Model]]:
    """Yield what is to go, referring records before those they refer to."""
    # By its name: what the public reads is a room above this one.
    yield apps.get_model("reports.Publication")._default_manager.filter(round__is_demo=True)
    yield KpiSheet.objects.filter(round__is_demo=True)
    yield ProgramEvaluation.objects.filter(round__is_demo=True)
    yield Actual.objects.filter(is_demo=True)
    yield Round.objects.filter(is_demo=True)
    yield Program.objects.filter(is_demo=True)
    # A node before the one above it, level by level.
    while (leaves := PlanNode.objects.filter(plan__is_demo=True, children=None)).exists():
        yield leaves
    yield Plan.objects.filter(is_demo=True)
    yield Kpi.objects.filter(is_demo=True)
    yield ImportRun.objects.filter(is_demo=True)
    yield Membership.objects.filter(section__is_demo=True, user__is_demo=True)
    yield SectionSuccession.objects.filter(predecessor__is_demo=True)
    yield Section.objects.filter(is_demo=True)
    yield Bureau.objects.filter(is_demo=True)


@transaction.atomic
def remove_demo(*, authorship: Authorship) -> DemoRemoval:
    """Delete all demo records with what hangs on them, and close the demo accounts.

    The history keeps what was deleted. Changes that demo accounts made to real records stay: which of
    them are wanted only a person can say; their number is returned.

    :raises DemoInUse: if a record that is no demo refers to one that is
    """
    removed: Counter[str] = Counter()
    for stage in _stages():
        for root in stage.order_by("-pk"):  # a successor before the one it follows
            for record in _with_dependents(root):
                delete_record(record, authorship=authorship)
                removed[str(record._meta.verbose_name)] += 1
    gone = Revision.objects.filter(change=authorship.change).values("record_type", "record_id")
    deleted = {(row["record_type"], row["record_id"]) for row in gone}
    by_demo = Revision.objects.filter(by__is_demo=True).values_list("record_type", "record_id").distinct()
    return DemoRemoval(
        removed=dict(removed),
        closed_accounts=close_demo_accounts(authorship=authorship),
        changes_left=len(set(by_demo) - deleted),
    )


def _with_dependents(root: models.Model) -> list[models.Model]:
    """Return a record and what would be deleted with it, dependents first."""
    collector = NestedObjects(using="default")
    collector.collect([root])
    if collector.protected:
        users = sorted(collector.protected, key=lambda record: (record._meta.label, record.pk))
        raise DemoInUse(root, users)
    collector.sort()
    return [
        record
        for model, instances in collector.data.items()
        if not model._meta.auto_created
        for record in reversed(list(instances))
    ]
