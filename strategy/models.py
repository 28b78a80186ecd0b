"""What was promised: rating schemes, plans and their tree, KPIs with places, sections and targets."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from history.models import Unconfirmed, Versioned
from organization.models import Section
from strategy.enums import (
    Aggregation,
    Direction,
    EnteredAs,
    NodeLevel,
    PartKind,
    PartsRule,
    PathRule,
    RatingMeasure,
    ResponsibilityRole,
    TargetQualifier,
)


def figure(verbose_name: str, **options: Any) -> "models.DecimalField[Any, Any]":
    """Return a column for a figure: up to 18 digits before the point and 8 behind it."""
    return models.DecimalField(
        verbose_name, max_digits=26, decimal_places=8, null=True, blank=True, **options
    )


def fiscal_year(verbose_name: str, **options: Any) -> "models.PositiveSmallIntegerField[Any, Any]":
    """Return a column for a fiscal year, kept as the year in which it begins."""
    return models.PositiveSmallIntegerField(verbose_name, **options)


def years_in_order(
    name: str, first: str = "first_fiscal_year", last: str = "last_fiscal_year"
) -> models.CheckConstraint:
    """Return the invariant that a span of fiscal years does not end before it begins."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{first}__isnull": True})
        | Q(**{f"{last}__isnull": True})
        | Q(**{f"{last}__gte": F(first)}),
        violation_error_message="最後の年度は最初の年度より前にできません。",
    )


# --- rating schemes ---------------------------------------------------------------------------------


class RatingScheme(models.Model):
    """Ordered bands on one measure, as data. A changed scheme is a new version with the same code."""

    code = models.SlugField("符号", max_length=40)
    version = models.PositiveIntegerField("版", default=1)
    name = models.CharField("名称", max_length=80)
    measure = models.CharField("判定に使う量", max_length=20, choices=RatingMeasure.choices())
    is_proposal = models.BooleanField(
        "提案", default=False, help_text="しきい値が公表されていないため、企画部門が確認するまでの案"
    )
    is_frozen = models.BooleanField(
        "確定済", default=False, help_text="確定した照会で使われた基準は変えられません。"
    )
    source_note = models.TextField("出典・説明", blank=True)
    met_label = models.CharField(
        "達成のときの区分",
        max_length=40,
        blank=True,
        help_text="文言の目標など、達成か未達成かしか言えないとき",
    )
    not_met_label = models.CharField(
        "未達成のときの区分", max_length=40, blank=True, help_text="空のときは区分を付けない"
    )
    cannot_judge: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(
        "判定できないときの表示", default=dict, blank=True, help_text="理由の符号 → 表示する語"
    )

    class Meta:
        verbose_name = "評価基準"
        verbose_name_plural = "評価基準"
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"],
                name="rating_scheme_unique",
                violation_error_message="同じ符号と版の評価基準がすでにあります。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} 第{self.version}版"


class RatingBand(models.Model):
    """One band of a scheme: from its minimum up to the minimum of the band above."""

    scheme = models.ForeignKey(
        RatingScheme, on_delete=models.CASCADE, related_name="bands", verbose_name="評価基準"
    )
    position = models.PositiveSmallIntegerField("順位", help_text="1 が最も良い")
    label = models.CharField("表示", max_length=40)
    symbol = models.CharField("記号", max_length=4, blank=True)
    colour = models.CharField("色", max_length=20, blank=True)
    minimum = figure("下限", help_text="この値以上（率は 1 が 100％）。最下位では空")
    includes_minimum = models.BooleanField("下限を含む", default=True)
    measure = models.CharField(
        "この区分だけの量",
        max_length=20,
        choices=RatingMeasure.choices(),
        blank=True,
        help_text="空のときは評価基準の量",
    )
    pattern = models.CharField(
        "模様", max_length=20, blank=True, help_text="白黒の印刷で見分けるための網かけ"
    )
    sentence = models.TextField("説明文", blank=True)

    class Meta:
        verbose_name = "評価区分"
        verbose_name_plural = "評価区分"
        ordering = ["scheme_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "position"],
                name="rating_band_position_unique",
                violation_error_message="同じ順位の区分がすでにあります。",
            ),
            models.UniqueConstraint(
                fields=["scheme", "label"],
                name="rating_band_label_unique",
                violation_error_message="同じ表示の区分がすでにあります。",
            ),
        ]

    def __str__(self) -> str:
        return self.label


# --- plans and their tree -----------------------------------------------------------------------------


class Plan(Unconfirmed):
    """A strategy for some fiscal years; several run at once and follow each other."""

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


# --- KPIs -----------------------------------------------------------------------------------------------


class Kpi(Versioned, Unconfirmed):
    """What is measured: one series of yearly figures, entered once, placed at one or more nodes.

    Everything a document may lack may be empty; an empty direction or aggregation means "not defined yet".
    """

    code = models.CharField(
        "指標番号", max_length=20, unique=True, help_text="公開データで使う変わらない番号"
    )
    name = models.TextField("指標名")
    unit = models.CharField("単位", max_length=30, blank=True)
    decimals = models.PositiveSmallIntegerField("小数点以下の桁数", null=True, blank=True)
    direction = models.CharField("方向", max_length=10, choices=Direction.choices(), blank=True)
    aggregation = models.CharField("集計方法", max_length=12, choices=Aggregation.choices(), blank=True)

    baseline_value = figure("基準値")
    baseline_text = models.CharField("基準値（表記）", max_length=80, blank=True)
    baseline_first_fiscal_year = fiscal_year("基準期間の最初の年度", null=True, blank=True)
    baseline_fiscal_year = fiscal_year("基準年度", null=True, blank=True, help_text="期間のときは最後の年度")
    entered_as = models.CharField(
        "増加分の入力方法",
        max_length=20,
        choices=EnteredAs.choices(),
        default=EnteredAs.LEVEL.value,
        help_text="集計方法が増加分のとき、目標値と実績値が何を表すか",
    )
    maintain_band = figure("維持とみなす幅", help_text="維持の指標で、目標値に対する割合（0.05 は ±5％）")
    path_rule = models.CharField(
        "年度目標がない年の期待値", max_length=10, choices=PathRule.choices(), default=PathRule.LINEAR.value
    )
    parts_rule = models.CharField("複数の数値の判定", max_length=10, choices=PartsRule.choices(), blank=True)
    window_first_fiscal_year = fiscal_year("累計の最初の年度", null=True, blank=True)
    window_last_fiscal_year = fiscal_year("累計の最後の年度", null=True, blank=True)

    rationale = models.TextField("目標の設定根拠", blank=True)
    method = models.TextField("実績値の計算方法", blank=True)
    statistic_source = models.TextField("出典統計", blank=True)
    final_note = models.CharField(
        "数値確定の時期", max_length=80, blank=True, help_text="例 H28.4、翌年度8月"
    )
    survey_interval = models.PositiveSmallIntegerField("調査の間隔（年）", default=1)
    first_fiscal_year = fiscal_year("有効な最初の年度", null=True, blank=True)
    last_fiscal_year = fiscal_year("有効な最後の年度", null=True, blank=True)
    predecessor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name="前の指標",
    )
    predecessor_reason = models.TextField("指標を替えた理由", blank=True)
    note = models.TextField("備考", blank=True)
    is_demo = models.BooleanField("デモデータ", default=False)

    class Meta:
        verbose_name = "指標（KPI）"
        verbose_name_plural = "指標（KPI）"
        ordering = ["code"]
        constraints = [
            years_in_order("kpi_years_in_order"),
            years_in_order("kpi_window_in_order", "window_first_fiscal_year", "window_last_fiscal_year"),
            years_in_order(
                "kpi_baseline_period_in_order", "baseline_first_fiscal_year", "baseline_fiscal_year"
            ),
            models.CheckConstraint(
                name="kpi_survey_interval_positive",
                condition=Q(survey_interval__gte=1),
                violation_error_message="調査の間隔は１年以上で指定してください。",
            ),
            models.CheckConstraint(
                name="kpi_decimals_at_most_8",
                condition=Q(decimals__isnull=True) | Q(decimals__lte=8),
                violation_error_message="小数点以下は８桁までです。",
            ),
            models.CheckConstraint(
                name="kpi_direction_known", condition=Q(direction__in=["", *(d.value for d in Direction)])
            ),
            models.CheckConstraint(
                name="kpi_aggregation_known",
                condition=Q(aggregation__in=["", *(a.value for a in Aggregation)]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the KPI's page."""
        return reverse("reports:kpi_detail", args=[self.code])


class KpiPart(Unconfirmed):
    """A KPI that belongs to another: an addend of a total, one of several numbers, or a ratio's side."""

    whole = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="parts", verbose_name="全体")
    part = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="wholes", verbose_name="部分")
    kind = models.CharField("区分", max_length=12, choices=PartKind.choices())
    position = models.PositiveSmallIntegerField("並び順", default=0)
    is_main = models.BooleanField("主な数値", default=False)
    weight = figure("重み")

    class Meta:
        verbose_name = "指標の内訳"
        verbose_name_plural = "指標の内訳"
        ordering = ["whole_id", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["whole", "part"],
                name="kpi_part_unique",
                violation_error_message="すでに内訳に含まれています。",
            ),
            models.CheckConstraint(
                name="kpi_part_of_another",
                condition=~Q(whole=F("part")),
                violation_error_message="指標を自身の内訳にはできません。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whole} ⊃ {self.part}"


class SeriesBreak(models.Model):
    """A change of definition: figures from this fiscal year on do not compare with those before."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="breaks", verbose_name="指標")
    baseline_value = figure("新しい定義での基準値", help_text="空のときは前の定義と比べない")
    baseline_fiscal_year = fiscal_year("新しい定義での基準年度", null=True, blank=True)
    fiscal_year = fiscal_year("新しい定義の最初の年度")
    reason = models.TextField("理由")

    class Meta:
        verbose_name = "定義の変更"
        verbose_name_plural = "定義の変更"
        ordering = ["kpi_id", "fiscal_year"]
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "fiscal_year"],
                name="series_break_unique",
                violation_error_message="この年度の定義変更はすでに登録されています。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.fiscal_year}"


class Placement(Unconfirmed):
    """A KPI's place in a plan. `position` is the row's order in the plan's document."""

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="placements", verbose_name="指標")
    node = models.ForeignKey(
        PlanNode, on_delete=models.CASCADE, related_name="placements", verbose_name="位置"
    )
    position = models.PositiveIntegerField("並び順", default=0)
    printed_name = models.TextField("この位置での表記", blank=True, help_text="指標名と異なる場合だけ")

    class Meta:
        verbose_name = "指標の位置"
        verbose_name_plural = "指標の位置"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "node"],
                name="placement_unique",
                violation_error_message="この指標はすでにこの位置にあります。",
            )
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


class Target(Versioned, Unconfirmed):
    """The target of a KPI for one fiscal year; the last year's target is the final one."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="targets", verbose_name="指標")
    fiscal_year = fiscal_year("年度")
    value = figure("目標値")
    upper = figure("目標値の上限", help_text="範囲で定めたとき")
    qualifier = models.CharField(
        "目標値の意味", max_length=10, choices=TargetQualifier.choices(), default=TargetQualifier.EXACT.value
    )
    word = models.CharField("目標の文言", max_length=80, blank=True, help_text="例 現状維持、増加")
    published_text = models.CharField("公表時の表記", max_length=80, blank=True)
    change_reason = models.TextField("途中で変えた理由", blank=True)

    class Meta:
        verbose_name = "目標値"
        verbose_name_plural = "目標値"
        ordering = ["kpi_id", "fiscal_year"]
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "fiscal_year"],
                name="target_unique",
                violation_error_message="この年度の目標値はすでに登録されています。",
            ),
            models.CheckConstraint(
                name="target_value_or_word",
                condition=(Q(qualifier=TargetQualifier.WORD.value) & ~Q(word="") & Q(value__isnull=True))
                | (~Q(qualifier=TargetQualifier.WORD.value) & Q(value__isnull=False)),
                violation_error_message="目標値か目標の文言のどちらかを指定してください。",
            ),
            models.CheckConstraint(
                name="target_range_in_order",
                condition=(Q(qualifier=TargetQualifier.RANGE.value) & Q(upper__gte=F("value")))
                | (~Q(qualifier=TargetQualifier.RANGE.value) & Q(upper__isnull=True)),
                violation_error_message="範囲の目標では上限を下限以上にしてください。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.fiscal_year}"
