"""Where a KPI stands in a plan, and which sections answer for it."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from history.models import Unconfirmed
from organization.models import Section
from strategy.enums import ResponsibilityRole
from strategy.models.columns import figure, fiscal_year, years_in_order
from strategy.models.kpis import Kpi
from strategy.models.plans import PlanNode


class Placement(Unconfirmed):
    """A KPI's place in a plan. `position` is the row's order in the plan's document."""

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="placements", verbose_name="指標")
    node = models.ForeignKey(
        PlanNode, on_delete=models.CASCADE, related_name="placements", verbose_name="位置"
    )
    position = models.PositiveIntegerField("並び順", default=0)
    printed_name = models.TextField("この位置での表記", blank=True, help_text="指標名と異なる場合だけ")
    weight = figure("重み", help_text="点数を出すときの重み。空は 1")

    class Meta:
        verbose_name = "指標の位置"
        verbose_name_plural = "指標の位置"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "node"],
                name="placement_unique",
                violation_error_message="この指標はすでにこの位置にあります。",
            ),
            models.CheckConstraint(
                name="placement_weight_not_negative",
                condition=Q(weight__isnull=True) | Q(weight__gte=0),
                violation_error_message="重みは0以上にしてください。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node} {self.kpi}"


class ResponsibilityQuerySet(models.QuerySet[Any]):
    """Named filters over responsibilities."""

    def for_year(self, year: int) -> "ResponsibilityQuerySet":
        """Keep what holds in a fiscal year."""
        return self.filter(
            Q(first_fiscal_year__isnull=True) | Q(first_fiscal_year__lte=year),
            Q(last_fiscal_year__isnull=True) | Q(last_fiscal_year__gte=year),
        )


class Responsibility(models.Model):
    """A section that answers for a KPI, or for a project without KPI, in some fiscal years.

    `placement` is set where two places of one KPI name different sections,
    else the section answers everywhere.
    """

    kpi = models.ForeignKey(
        Kpi,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="responsibilities",
        verbose_name="指標",
    )
    node = models.ForeignKey(
        PlanNode,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="responsibilities",
        verbose_name="事業",
    )
    placement = models.ForeignKey(
        Placement,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="responsibilities",
        verbose_name="この位置だけ",
    )
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, related_name="responsibilities", verbose_name="課室"
    )
    role = models.CharField(
        "役割", max_length=12, choices=ResponsibilityRole.choices(), default=ResponsibilityRole.LEAD.value
    )
    role_note = models.CharField("役割の表記", max_length=80, blank=True, help_text="例 交付金取りまとめ担当")
    printed_name = models.CharField(
        "文書での表記", max_length=160, blank=True, help_text="課室名と役割から作る表記と異なる場合だけ"
    )
    position = models.PositiveSmallIntegerField("並び順", default=0)
    first_fiscal_year = fiscal_year("最初の年度", null=True, blank=True)
    last_fiscal_year = fiscal_year("最後の年度", null=True, blank=True)

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        verbose_name = "担当"
        verbose_name_plural = "担当"
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                name="responsibility_for_kpi_or_node",
                condition=Q(kpi__isnull=False, node__isnull=True)
                | Q(kpi__isnull=True, node__isnull=False, placement__isnull=True),
                violation_error_message="指標か事業のどちらか一つを指定してください。",
            ),
            models.UniqueConstraint(
                Coalesce("kpi", models.Value(0)),
                Coalesce("node", models.Value(0)),
                Coalesce("placement", models.Value(0)),
                "section",
                Coalesce("first_fiscal_year", models.Value(0)),
                name="responsibility_unique",
                violation_error_message="同じ担当がすでに登録されています。",
            ),
            years_in_order("responsibility_years_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.section} {self.get_role_display()}"
