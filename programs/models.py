"""What is done: programs by their number, their yearly sheets, where they come from and what they serve."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from history.models import Unconfirmed, Versioned
from organization.models import Section
from programs.enums import IndicatorKind, LineageKind, LinkState, ProgramKind, ProgramScope
from strategy.models import Kpi, PlanNode, fiscal_year, years_in_order


class Program(models.Model):
    """One of the city's programs. Its number is the identity over the years; `name` is the newest sheet's."""

    number = models.PositiveIntegerField("事業番号")
    name = models.TextField("事務事業名")
    kind = models.CharField("事業区分", max_length=20, choices=ProgramKind.choices(), blank=True)
    scope = models.CharField(
        "評価の対象", max_length=10, choices=ProgramScope.choices(), default=ProgramScope.EVALUATED.value
    )
    first_fiscal_year = fiscal_year("開始年度", null=True, blank=True)
    last_fiscal_year = fiscal_year("終了年度", null=True, blank=True)
    legal_basis = models.TextField("根拠法令等", blank=True)
    note = models.TextField("備考", blank=True)
    is_demo = models.BooleanField("デモデータ", default=False)

    class Meta:
        verbose_name = "事務事業"
        verbose_name_plural = "事務事業"
        ordering = ["is_demo", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_demo", "number"],
                name="program_number_unique",
                violation_error_message="この事業番号はすでに登録されています。",
            ),
            years_in_order("program_years_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def get_absolute_url(self) -> str:
        """Return the program's page."""
        return reverse("reports:program_detail", args=[self.pk])


class ProgramLineage(models.Model):
    """One step by which a program became another: seen from both."""

    predecessor = models.ForeignKey(
        Program, on_delete=models.CASCADE, related_name="successions", verbose_name="旧事業"
    )
    successor = models.ForeignKey(
        Program, on_delete=models.CASCADE, related_name="predecessions", verbose_name="新事業"
    )
    fiscal_year = fiscal_year("年度")
    kind = models.CharField("区分", max_length=10, choices=LineageKind.choices())
    note = models.TextField("備考", blank=True)

    class Meta:
        verbose_name = "事業の変遷"
        verbose_name_plural = "事業の変遷"
        ordering = ["fiscal_year", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor", "fiscal_year"],
                name="lineage_unique",
                violation_error_message="同じ変遷がすでに登録されています。",
            ),
            models.CheckConstraint(
                name="lineage_between_two_programs",
                condition=~Q(predecessor=F("successor")),
                violation_error_message="旧事業と新事業が同じです。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class ProgramSheetQuerySet(models.QuerySet[Any]):
    """Named filters over yearly sheets."""

    def for_year(self, year: int) -> "ProgramSheetQuerySet":
        """Keep one fiscal year's sheets."""
        return self.filter(fiscal_year=year)


class ProgramSheet(Versioned, Unconfirmed):
    """A program in one fiscal year, as the year's list prints it. `position` is its place in that list."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="sheets", verbose_name="事業")
    fiscal_year = fiscal_year("年度")
    position = models.PositiveIntegerField("一覧での順番", null=True, blank=True)
    section = models.ForeignKey(
        Section,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="program_sheets",
        verbose_name="担当課室",
    )
    bureau_printed = models.CharField("部局名（表記）", max_length=80, blank=True)
    section_printed = models.CharField("部署名（表記）", max_length=160, blank=True)
    name = models.TextField("事務事業名")
    former_name = models.TextField("旧名称", blank=True)
    purpose = models.TextField("事業の目的", blank=True)
    summary = models.TextField("事業の概要", blank=True)
    results = models.TextField("成果", blank=True)

    objects = ProgramSheetQuerySet.as_manager()

    class Meta:
        verbose_name = "事業の年度シート"
        verbose_name_plural = "事業の年度シート"
        ordering = ["fiscal_year", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "fiscal_year"],
                name="program_sheet_unique",
                violation_error_message="この事業の年度シートはすでにあります。",
            )
        ]
        # The list of a year and of a section in its order.
        indexes = [
            models.Index(fields=["fiscal_year", "position"], name="program_sheet_order"),
            models.Index(fields=["section", "fiscal_year", "position"], name="program_sheet_section_order"),
        ]

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.name}"


class ProgramCost(Versioned):
    """What a program costs in one fiscal year: money in 千円, overtime in hours, staff in persons."""

    sheet = models.OneToOneField(
        ProgramSheet, on_delete=models.CASCADE, related_name="cost", verbose_name="年度シート"
    )
    budget_code = models.CharField("予算科目（款・項・目・事業）", max_length=60, blank=True)
    national = models.DecimalField("国支出金", max_digits=14, decimal_places=0, null=True, blank=True)
    prefectural = models.DecimalField("県支出金", max_digits=14, decimal_places=0, null=True, blank=True)
    bonds = models.DecimalField("地方債", max_digits=14, decimal_places=0, null=True, blank=True)
    other = models.DecimalField("その他", max_digits=14, decimal_places=0, null=True, blank=True)
    general = models.DecimalField("一般財源", max_digits=14, decimal_places=0, null=True, blank=True)
    staff_share = models.DecimalField("従事人数", max_digits=6, decimal_places=2, null=True, blank=True)
    overtime_hours = models.DecimalField("時間外勤務", max_digits=8, decimal_places=1, null=True, blank=True)
    labour = models.DecimalField("人件費", max_digits=14, decimal_places=0, null=True, blank=True)
    stated_total = models.DecimalField(
        "総事業費（記載）",
        max_digits=14,
        decimal_places=0,
        null=True,
        blank=True,
        help_text="文書や課室が書いた合計。計算した合計と違えば知らせる。",
    )
    is_final = models.BooleanField("決算済", default=False, help_text="出納閉鎖（5月31日）の後に確定")

    class Meta:
        verbose_name = "事業費"
        verbose_name_plural = "事業費"

    def __str__(self) -> str:
        return f"{self.sheet} 事業費"


class ProgramLink(models.Model):
    """A program serves a measure, or has or moves a KPI."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="links", verbose_name="事業")
    node = models.ForeignKey(
        PlanNode,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="program_links",
        verbose_name="施策",
    )
    kpi = models.ForeignKey(
        Kpi,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="program_links",
        verbose_name="指標",
    )
    indicator_kind = models.CharField(
        "指標の種類", max_length=10, choices=IndicatorKind.choices(), blank=True
    )
    state = models.CharField(
        "状態", max_length=10, choices=LinkState.choices(), default=LinkState.ACCEPTED.value
    )
    reason = models.TextField("関連づけた理由", blank=True)

    class Meta:
        verbose_name = "事業と施策・指標の関連"
        verbose_name_plural = "事業と施策・指標の関連"
        ordering = ["program_id", "id"]
        constraints = [
            models.CheckConstraint(
                name="program_link_to_node_or_kpi",
                condition=Q(node__isnull=False, kpi__isnull=True) | Q(node__isnull=True, kpi__isnull=False),
                violation_error_message="施策か指標のどちらか一つを指定してください。",
            ),
            models.UniqueConstraint(
                fields=["program", "node"],
                name="program_link_node_unique",
                violation_error_message="この施策との関連はすでにあります。",
            ),
            models.UniqueConstraint(
                fields=["program", "kpi"],
                name="program_link_kpi_unique",
                violation_error_message="この指標との関連はすでにあります。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} – {self.node or self.kpi}"
