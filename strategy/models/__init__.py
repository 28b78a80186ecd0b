"""What was promised: rating schemes, plans and their tree, KPIs with places, sections and targets."""

from strategy.models.columns import figure, fiscal_year, years_in_order
from strategy.models.kpis import Kpi, KpiPart, SeriesBreak, Target
from strategy.models.places import Placement, Responsibility, ResponsibilityQuerySet
from strategy.models.plans import Plan, PlanNode
from strategy.models.schemes import RatingBand, RatingScheme

__all__ = [
    "Kpi",
    "KpiPart",
    "Placement",
    "Plan",
    "PlanNode",
    "RatingBand",
    "RatingScheme",
    "Responsibility",
    "ResponsibilityQuerySet",
    "SeriesBreak",
    "Target",
    "figure",
    "fiscal_year",
    "years_in_order",
]
