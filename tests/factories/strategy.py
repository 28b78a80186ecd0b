"""Plans with their trees, KPIs with places, sections and targets, rating schemes."""

from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from strategy.enums import Aggregation, Direction, NodeLevel, PartKind, RatingMeasure, ResponsibilityRole
from strategy.models import (
    Kpi,
    KpiPart,
    Placement,
    Plan,
    PlanNode,
    RatingBand,
    RatingScheme,
    Responsibility,
    Target,
)
from tests.factories.organization import SectionFactory


class RatingSchemeFactory(DjangoModelFactory):
    """A scheme without bands; `three_bands` makes one that grades."""

    class Meta:
        model = RatingScheme

    code = factory.Sequence(lambda n: f"scheme-{n}")
    name = factory.Sequence(lambda n: f"評価基準{n}")
    measure = RatingMeasure.PATH_RATE.value


class RatingBandFactory(DjangoModelFactory):
    """One band of a scheme."""

    class Meta:
        model = RatingBand

    scheme = factory.SubFactory(RatingSchemeFactory)
    position = 1
    label = factory.LazyAttribute(lambda band: f"区分{band.position}")
    minimum = None


def three_bands(code: str = "three") -> RatingScheme:
    """Create the scheme ≥100 % / 60–100 % / <60 % of the expected value."""
    scheme: RatingScheme = RatingSchemeFactory(code=code, name="三段階")
    bands = (("順調", Decimal(1)), ("概ね順調", Decimal("0.6")), ("遅れている", None))
    for position, (label, minimum) in enumerate(bands, 1):
        RatingBandFactory(scheme=scheme, position=position, label=label, minimum=minimum)
    return scheme


class PlanFactory(DjangoModelFactory):
    """A plan of the years H27–H31."""

    class Meta:
        model = Plan

    name = factory.Sequence(lambda n: f"試験戦略{n}")
    code = factory.Sequence(lambda n: f"plan-{n}")
    first_fiscal_year = 2015
    last_fiscal_year = 2019


class PlanNodeFactory(DjangoModelFactory):
    """A basic goal at the top of its plan."""

    class Meta:
        model = PlanNode

    plan = factory.SubFactory(PlanFactory)
    level = NodeLevel.GOAL.value
    name = factory.Sequence(lambda n: f"試験項目{n}")
    position = factory.Sequence(int)


class KpiFactory(DjangoModelFactory):
    """A defined KPI: persons, upward, yearly, baseline 180 in 2014. `undefined=True` leaves all that out."""

    class Meta:
        model = Kpi

    class Params:
        undefined = factory.Trait(
            unit="",
            decimals=None,
            direction="",
            aggregation="",
            baseline_value=None,
            baseline_fiscal_year=None,
        )

    code = factory.Sequence(lambda n: f"T{n:04}")
    name = factory.Sequence(lambda n: f"試験指標{n}")
    unit = "人"
    decimals = 0
    direction = Direction.UP.value
    aggregation = Aggregation.YEARLY.value
    baseline_value = Decimal(180)
    baseline_fiscal_year = 2014


class KpiPartFactory(DjangoModelFactory):
    """An addend of a total."""

    class Meta:
        model = KpiPart

    whole = factory.SubFactory(KpiFactory)
    part = factory.SubFactory(KpiFactory)
    kind = PartKind.ADDEND.value


class PlacementFactory(DjangoModelFactory):
    """A KPI's place in a plan."""

    class Meta:
        model = Placement

    kpi = factory.SubFactory(KpiFactory)
    node = factory.SubFactory(PlanNodeFactory)
    position = factory.Sequence(int)


class ResponsibilityFactory(DjangoModelFactory):
    """A section that answers for a KPI in every year."""

    class Meta:
        model = Responsibility

    kpi = factory.SubFactory(KpiFactory)
    section = factory.SubFactory(SectionFactory)
    role = ResponsibilityRole.LEAD.value


class TargetFactory(DjangoModelFactory):
    """The final target of a KPI."""

    class Meta:
        model = Target

    kpi = factory.SubFactory(KpiFactory)
    fiscal_year = 2019
    value = Decimal(227)
