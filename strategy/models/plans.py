"""Plans and their tree."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from history.models import Unconfirmed, Versioned
from strategy.enums import NodeLevel
from strategy.models.columns import fiscal_year, years_in_order
from strategy.models.schemes import RatingScheme


class Plan(Versioned, Unconfirmed):
    """A strategy for some fiscal years; several run at once and follow each other.

    Its version stands for the whole tree: whoever saves nodes or places names the version they saw.
    """

    name = models.CharField("計画名", max_length=120)
    code = models.SlugField("符号", max_length=40, unique=True)
    first_fiscal_year = fiscal_year("最初の年度", null=True, blank=True)
    last_fiscal_year = fiscal_year("最後の年度", null=True, blank=True)
    level_names: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(
        "階層の呼び名", default=dict, blank=True
    )
    rating_scheme = models.ForeignKey(
        RatingScheme,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="plans",
        verbose_name="評価基準",
    )
    predecessor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name="前の計画",
    )
    summary = models.TextField("概要（市民向け）", blank=True)
    source_note = models.TextField("出典", blank=True)
    is_demo = models.BooleanField("デモデータ", default=False)

    class Meta:
        verbose_name = "計画"
        verbose_name_plural = "計画"
        ordering = ["is_demo", "-first_fiscal_year", "name"]
        constraints = [years_in_order("plan_years_in_order")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the plan's dashboard."""
        return reverse("reports:plan_detail", args=[self.code])

    def level_name(self, level: str) -> str:
        """Return what this plan calls a level (基本目標, 基本施策 …)."""
        return self.level_names.get(level) or NodeLevel(level).label


class PlanNode(Unconfirmed):
    """A goal, policy, measure, grant program or project in the tree of a plan."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="nodes", verbose_name="計画")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上位"
    )
    level = models.CharField("階層", max_length=10, choices=NodeLevel.choices())
    code = models.CharField("番号（表記）", max_length=30, blank=True, help_text="例 Ⅰ-１-（１）")
    ascii_code = models.CharField("番号（英数字）", max_length=30, blank=True, help_text="例 1-1-1")
    name = models.TextField("名称", blank=True)
    description = models.TextField("説明（市民向け）", blank=True)
    position = models.PositiveIntegerField("並び順", default=0)

    class Meta:
        verbose_name = "目標・施策・事業"
        verbose_name_plural = "目標・施策・事業"
        ordering = ["plan_id", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "ascii_code"],
                condition=~Q(ascii_code=""),
                name="plan_node_code_unique",
                violation_error_message="同じ番号の項目がこの計画にすでにあります。",
            ),
            models.UniqueConstraint(
                "plan",
                Coalesce("parent", models.Value(0)),
                "level",
                "name",
                condition=Q(ascii_code=""),
                name="plan_node_name_unique_without_code",
                violation_error_message="同じ名称の項目がすでにあります。",
            ),
            models.CheckConstraint(
                name="plan_node_level_known", condition=Q(level__in=[level.value for level in NodeLevel])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip() or self.get_level_display()

    def get_absolute_url(self) -> str:
        """Return the node's page."""
        return reverse("reports:node_detail", args=[self.pk])
