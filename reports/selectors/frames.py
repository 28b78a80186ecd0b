"""What of a plan its KPIs' standing needs, as it is today and as it stood when its rounds were settled."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from evaluations.enums import Edition
from evaluations.models import Round
from evaluations.selectors.standing import Period, Yardstick, yardsticks_of_plan
from history.enums import RevisionAct
from history.models import Revision
from history.selectors import stood_at_each
from reports.selectors.kpi_places import lines_above
from strategy.calculations.rating import Scheme
from strategy.models import Plan, PlanNode
from strategy.selectors.schemes import scheme_of

KpiPeriod = Period


@dataclass(frozen=True)
class PlanFrame:
    """A plan with its tree and the scheme that grades; `stood_at`: the time it is looked at, None today."""

    plan: Plan
    scheme: Scheme | None
    nodes: tuple[PlanNode, ...]
    stood_at: datetime | None = None

    @cached_property
    def lines(self) -> dict[int, tuple[int, ...]]:
        """Return for every node itself and the nodes above it."""
        return lines_above(self.nodes)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Return the labels of the scheme's bands, the best first."""
        return tuple(band.label for band in self.scheme.bands) if self.scheme else ()

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Return each band's place in the scheme, 1 the best."""
        return {label: rank for rank, label in enumerate(self.labels, 1)}


@dataclass(frozen=True)
class PlanFrames:
    """A plan's frame of today, and those of the periods that a round judges otherwise."""

    today: PlanFrame
    of_rounds: Mapping[KpiPeriod, PlanFrame]

    @property
    def plan(self) -> Plan:
        """Return the plan as it is today."""
        return self.today.plan

    @property
    def times(self) -> tuple[datetime | None, ...]:
        """Return today (None) and every time at which a round was settled."""
        return tuple(dict.fromkeys(frame.stood_at for frame in (self.today, *self.of_rounds.values())))

    def of(self, period: KpiPeriod) -> PlanFrame:
        """Return by what a period is judged and shown."""
        return self.of_rounds.get(period, self.today)

    def line_of(self, node: PlanNode, period: KpiPeriod) -> list[PlanNode]:
        """Return a node and those above it in a period, or of today where it was not there yet."""
        frame = next((f for f in (self.of(period), self.today) if node.pk in f.lines), None)
        if frame is None:
            return [node]
        by_id = {each.pk: each for each in frame.nodes}
        return [by_id[pk] for pk in frame.lines[node.pk] if pk in by_id]

    def beside(self, period: KpiPeriod, year: int) -> PlanFrame:
        """Return by what a period's page judges another year: by its own round, else as the period itself.

        So what a settled year says of the years before does not change either.
        """
        return self.of_rounds.get((year, Edition.FINAL), self.of(period))


def frame_of(plan: Plan, period: KpiPeriod | None = None) -> PlanFrame:
    """Return a plan's frame in a period, of today without one (a constant number of queries)."""
    if period is None:
        scheme = scheme_of(plan.rating_scheme) if plan.rating_scheme else None
        return PlanFrame(plan, scheme, tuple(plan.nodes.all()))
    return frames_of(plan, (period,)).of(period)


def frames_of(
    plan: Plan, periods: Collection[KpiPeriod] | None = None, *, own: Round | None = None
) -> PlanFrames:
    """Return a plan's frames in some periods (None: all), in as many queries for ten as for one.

    `own` is a round that counts for its period whatever others there are.
    """
    sticks = yardsticks_of_plan(plan, periods, own=own)
    nodes = list(plan.nodes.all())
    times = {stick.stood_at for stick in sticks.of_rounds.values() if stick.stood_at is not None}
    # The ascii code stands for a node in public addresses and in choices made for it.
    stood = stood_at_each(
        PlanNode, nodes, times, gone=lambda node: node.plan_id == plan.pk, kept=("ascii_code",)
    )

    def frame(stick: Yardstick) -> PlanFrame:
        at = stick.stood_at
        inside = nodes if at is None else _in_order(node for node in stood[at] if node.plan_id == plan.pk)
        return PlanFrame(stick.plan or plan, stick.scheme, tuple(inside), at)

    return PlanFrames(
        frame(sticks.today), {period: frame(stick) for period, stick in sticks.of_rounds.items()}
    )


def gone_node(pk: int) -> PlanNode | None:
    """Return a node that is no more as a settled round last knew it, None where none did."""
    told = Revision.objects.filter(record_type=PlanNode._meta.label_lower, record_id=pk)
    snapshot = told.filter(act=RevisionAct.DELETED.value).order_by("-at", "-id").first()
    if snapshot is None:
        return None
    plans = Plan.objects.select_related("rating_scheme")
    plan = plans.filter(pk=json.loads(snapshot.old or "{}")["plan_id"]).first()
    if plan is None:
        return None
    frames = sorted(frames_of(plan).of_rounds.items(), key=lambda item: item[0][0], reverse=True)
    return next((node for _, frame in frames for node in frame.nodes if node.pk == pk), None)


def _in_order(nodes: Iterable[PlanNode]) -> list[PlanNode]:
    return sorted(nodes, key=lambda node: (node.position, node.pk))
