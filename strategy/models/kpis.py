"""KPIs: what is measured, what it is made of, when its definition changed, and its targets."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from history.models import Unconfirmed, Versioned
from strategy.enums import Aggregation, Direction, EnteredAs, PartKind, PartsRule, PathRule, TargetQualifier
from strategy.models.columns import figure, fiscal_year, years_in_order


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
        db_index=False,
        related_name="successors",
        verbose_name="前の指標",
    )
    predecessor_reason = models.TextField("指標を替えた理由", blank=True)
    predecessor_fiscal_year = fiscal_year("この指標に替えた年度", null=True, blank=True)
    predecessor_is_comparable = models.BooleanField("前の指標と同じ測り方", default=False)
    note = models.TextField("備考", blank=True)
    is_demo = models.BooleanField("デモデータ", default=False)

    class Meta:
        verbose_name = "指標（KPI）"
        verbose_name_plural = "指標（KPI）"
        ordering = ["code"]
        # Few KPIs have a predecessor. An index of all the blanks is one SQLite rightly thinks useless.
        indexes = [
            models.Index(
                fields=["predecessor"], condition=Q(predecessor__isnull=False), name="kpi_predecessor"
            )
        ]
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
                name="kpi_predecessor_year_of_a_predecessor",
                condition=Q(predecessor__isnull=False) | Q(predecessor_fiscal_year__isnull=True),
                violation_error_message="替えた年度は、前の指標とともに指定してください。",
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
