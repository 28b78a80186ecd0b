"""What was published, and how KPIs stand: derived rows that pages count and filter by."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from evaluations.enums import Edition
from evaluations.models import Round
from programs.models import Program
from reports.enums import Audience, Choice, Scope
from strategy.models import Kpi, Plan, PlanNode


class Publication(models.Model):
    """A round as the public reads it, until a later one of the round replaces it or it is withdrawn."""

    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, related_name="publications", verbose_name="照会"
    )
    edition_number = models.PositiveIntegerField("公表の版", default=1)
    content: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField("公表した内容")
    amendment = models.TextField("前の版からの訂正の説明", blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="publications", verbose_name="公表者"
    )
    published_at = models.DateTimeField("公表日時")
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="取り下げた人",
    )
    withdrawn_at = models.DateTimeField("取下げ日時", null=True, blank=True)
    withdrawal = models.TextField("取下げの理由", blank=True)

    class Meta:
        verbose_name = "公表"
        verbose_name_plural = "公表"
        ordering = ["-published_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "edition_number"],
                name="publication_unique",
                violation_error_message="この照会のこの版はすでに公表されています。",
            ),
            models.CheckConstraint(
                name="publication_withdrawn_by_at_and_why",
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True, withdrawal="")
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(withdrawal=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} 第{self.edition_number}版"


class PublicationChoice(models.Model):
    """What planning keeps back or shortens when a round is published; what has no row is public."""

    round = models.ForeignKey(
        Round, on_delete=models.CASCADE, related_name="publication_choices", verbose_name="照会"
    )
    kpi = models.ForeignKey(
        Kpi, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="指標"
    )
    program = models.ForeignKey(
        Program, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="事業"
    )
    node = models.ForeignKey(
        PlanNode, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="施策"
    )
    field = models.CharField("項目", max_length=40, blank=True, help_text="空は全体")
    choice = models.CharField("公表のしかた", max_length=10, choices=Choice.choices())
    summary = models.TextField("要約", blank=True)

    class Meta:
        verbose_name = "公表のしかた"
        verbose_name_plural = "公表のしかた"
        ordering = ["round_id", "id"]
        constraints = [
            models.CheckConstraint(
                name="publication_choice_of_one_record",
                condition=Q(kpi__isnull=False, program__isnull=True, node__isnull=True)
                | Q(kpi__isnull=True, program__isnull=False, node__isnull=True)
                | Q(kpi__isnull=True, program__isnull=True, node__isnull=False),
                violation_error_message="指標、事業、施策のどれか一つを指定してください。",
            ),
            models.CheckConstraint(
                name="publication_choice_summary_has_words",
                condition=~Q(choice=Choice.SUMMARY.value) | ~Q(summary=""),
                violation_error_message="要約を書いてください。",
            ),
            models.UniqueConstraint(
                Coalesce("kpi", models.Value(0)),
                Coalesce("program", models.Value(0)),
                Coalesce("node", models.Value(0)),
                "round",
                "field",
                name="publication_choice_unique",
                violation_error_message="この項目の公表のしかたはすでに決まっています。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi or self.program or self.node} {self.field} {self.get_choice_display()}"


# --- derived rows: `services.standings` writes them, `manage.py rebuild_rollups --check` compares them ------


def _one_row(audience: Audience) -> models.UniqueConstraint:
    """Return the invariant that a KPI stands in one way for an audience: also the lists' index."""
    return models.UniqueConstraint(
        fields=["plan", "fiscal_year", "edition", "kpi"],
        condition=Q(**{f"for_{audience.value}": True}),
        name=f"kpi_standing_one_for_{audience.value}",
    )


def _in_order(column: str) -> models.Index:
    """Return the index by which the list of one value of a column is read in its order."""
    return models.Index(
        fields=["plan", "fiscal_year", "edition", column, "position"], name=f"standing_{column}"
    )


def _flagged(column: str) -> models.Index:
    """Return the index of the few rows that a flag marks, in the list's order."""
    return models.Index(
        fields=["plan", "fiscal_year", "edition", "position"],
        condition=Q(**{column: True}),
        name=f"standing_{column}",
    )


class KpiStanding(models.Model):
    """How a KPI of a plan stands in a fiscal year and edition (see `calculations.standings.Standing`).

    One row serves every audience that sees the same figures; where a sheet is under way there are more.
    The keys carry no constraint: the rows of a deleted KPI are taken out of the counts when its deletion
    is read.
    """

    plan = models.ForeignKey(Plan, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    kpi = models.ForeignKey(
        Kpi, on_delete=models.DO_NOTHING, db_constraint=False, related_name="standings", verbose_name="指標"
    )
    fiscal_year = models.PositiveSmallIntegerField("年度")
    edition = models.CharField("版", max_length=12, choices=Edition.choices())
    for_all = models.BooleanField()
    for_committee = models.BooleanField()
    for_finished = models.BooleanField()
    position = models.PositiveIntegerField("並び順")
    grade = models.CharField("評価", max_length=40, blank=True)
    grade_rank = models.PositiveSmallIntegerField("評価の順位", null=True)
    reason = models.CharField("判定できない理由", max_length=30, blank=True)
    direction = models.CharField("方向", max_length=10, blank=True, default="")
    is_provisional = models.BooleanField("速報・見込による")
    has_actual = models.BooleanField("実績の行がある")
    state = models.CharField("シートの状態", max_length=20, blank=True)
    movement = models.CharField("前年度との比較", max_length=10, blank=True)
    has_fallen = models.BooleanField("前年度より後退")
    outlook = models.CharField("見通し", max_length=15, blank=True)
    is_undefined = models.BooleanField("定義に不足")
    needs_review = models.BooleanField("要確認")
    progress_rank = models.BigIntegerField("進捗率（万分率）", null=True)
    achievement_rank = models.BigIntegerField("達成率（万分率）", null=True)
    weight = models.DecimalField("点数の重み", max_digits=26, decimal_places=8, default=1)
    scopes = models.TextField("位置・担当", blank=True)

    class Meta:
        verbose_name = "指標の状況"
        verbose_name_plural = "指標の状況"
        constraints = [_one_row(audience) for audience in Audience]
        indexes = [
            models.Index(fields=["plan", "fiscal_year", "edition", "position", "kpi"], name="standing_order"),
            *(
                _in_order(column)
                for column in ("grade", "reason", "state", "movement", "outlook", "direction")
            ),
            *(_flagged(column) for column in ("has_fallen", "is_undefined", "needs_review")),
            models.Index(fields=["kpi"], name="standing_kpi"),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.fiscal_year}"


class KpiWords(models.Model):
    """By which words a KPI of a plan is found, as a search key: names old and new, places, sections."""

    plan = models.ForeignKey(Plan, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    kpi = models.ForeignKey(Kpi, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    words = models.TextField("ことば")

    class Meta:
        verbose_name = "指標のことば"
        verbose_name_plural = "指標のことば"
        constraints = [models.UniqueConstraint(fields=["plan", "kpi"], name="kpi_words_unique")]

    def __str__(self) -> str:
        return self.words[:40]


class KpiScope(models.Model):
    """A node, section or bureau under which a KPI of a plan stands in some kept period, and its place there.

    The list of a scope is read along the index and looks up how each KPI stands until a page is full.
    """

    plan = models.ForeignKey(Plan, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    kpi = models.ForeignKey(Kpi, on_delete=models.DO_NOTHING, db_constraint=False, related_name="scopes")
    key = models.CharField("範囲", max_length=24, help_text="KpiStanding.scopes の一つ（n12、s3、b1）")
    position = models.PositiveIntegerField("並び順")

    class Meta:
        verbose_name = "指標の範囲"
        verbose_name_plural = "指標の範囲"
        constraints = [
            models.UniqueConstraint(fields=["plan", "kpi", "key", "position"], name="kpi_scope_unique")
        ]
        indexes = [models.Index(fields=["plan", "key", "position", "kpi"], name="kpi_scope_order")]

    def __str__(self) -> str:
        return f"{self.kpi_id} {self.key}"


class StandingCount(models.Model):
    """How many KPIs of a scope stand how, in one period and for one audience.

    The row of the plan itself tells that the period is kept at all.
    """

    plan = models.ForeignKey(Plan, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    fiscal_year = models.PositiveSmallIntegerField("年度")
    edition = models.CharField("版", max_length=12, choices=Edition.choices())
    audience = models.CharField("見る人", max_length=10, choices=Audience.choices())
    scope = models.CharField("範囲", max_length=10, choices=Scope.choices())
    scope_id = models.BigIntegerField("範囲のID", default=0)
    counts: "models.JSONField[dict[str, int], dict[str, int]]" = models.JSONField("件数", default=dict)

    class Meta:
        verbose_name = "件数"
        verbose_name_plural = "件数"
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "fiscal_year", "edition", "audience", "scope", "scope_id"],
                name="standing_count_unique",
            )
        ]
        indexes = [models.Index(fields=["scope", "scope_id", "audience"], name="standing_count_scope")]

    def __str__(self) -> str:
        return f"{self.scope} {self.scope_id} {self.fiscal_year}"


class StandingsRead(models.Model):
    """Which revisions the standings already know (one row; see `calculations.standings.ReadSoFar`)."""

    last_revision = models.BigIntegerField(default=0)
    gaps: "models.JSONField[list[list[int]], list[list[int]]]" = models.JSONField(default=list)
    read_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, help_text="裏での集計を頼んだ時刻。終わると空になります。")

    class Meta:
        verbose_name = "集計の記録"
        verbose_name_plural = "集計の記録"

    def __str__(self) -> str:
        return str(self.last_revision)
