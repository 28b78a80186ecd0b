"""Import runs: the file, the plan of changes row by row, what was decided, applied and undone."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from importers.enums import DocumentKind, Outcome, RowDecision, RunState, SourceFormat, UndoResult
from strategy.models import Plan, fiscal_year


class ImportRun(models.Model):
    """One document on its way in: previewed, reviewed, applied at once, perhaps undone."""

    kind = models.CharField("種類", max_length=12, choices=DocumentKind.choices())
    format = models.CharField("形式", max_length=8, choices=SourceFormat.choices(), blank=True)
    file_name = models.CharField("ファイル名", max_length=255)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveBigIntegerField("大きさ（バイト）")
    stored_file = models.FileField("保存したファイル", upload_to="imports/%Y/", blank=True)
    plan = models.ForeignKey(
        Plan,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="import_runs",
        verbose_name="計画",
    )
    fiscal_year = fiscal_year("年度", null=True, blank=True)
    options: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        "指定", default=dict, blank=True
    )
    is_demo = models.BooleanField("デモデータ", default=False)
    state = models.CharField(
        "状態", max_length=12, choices=RunState.choices(), default=RunState.READING.value
    )
    progress = models.PositiveSmallIntegerField("進み具合（％）", default=0)
    counts: "models.JSONField[dict[str, int], dict[str, int]]" = models.JSONField(
        "件数", default=dict, blank=True
    )
    errors: "models.JSONField[list[Any], list[Any]]" = models.JSONField("エラー", default=list, blank=True)
    notes: "models.JSONField[list[Any], list[Any]]" = models.JSONField("読取の記録", default=list, blank=True)
    tables: "models.JSONField[list[Any], list[Any]]" = models.JSONField(
        "表と列", default=list, blank=True, help_text="見つかった表の見出しと、列の読み方"
    )
    new_sections: "models.JSONField[list[Any], list[Any]]" = models.JSONField(
        "新しく登録する課室", default=list, blank=True
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="登録者",
    )
    created_at = models.DateTimeField("登録日時")
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="反映者",
    )
    applied_at = models.DateTimeField("反映日時", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="取消者",
    )
    undone_at = models.DateTimeField("取消日時", null=True, blank=True)

    class Meta:
        verbose_name = "取込"
        verbose_name_plural = "取込"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["sha256"], name="import_run_sha256")]
        constraints = [
            models.CheckConstraint(
                name="import_run_applied_has_time",
                condition=~Q(state=RunState.APPLIED.value) | Q(applied_at__isnull=False),
            ),
            models.CheckConstraint(
                name="import_run_undone_has_time",
                condition=~Q(state=RunState.UNDONE.value) | Q(undone_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        """Return the run's preview."""
        if self.kind == DocumentKind.ROUND.value:
            return reverse("importers:round_book_run", args=[self.pk])
        return reverse("importers:import_run_detail", args=[self.pk])

    @property
    def kept_name(self) -> str:
        """Return the name under which the file is kept: a disk may not hold the one its sender gave it."""
        return f"{self.sha256[:24]}.bin"

    @property
    def row_count(self) -> int:
        """Return how many rows were read: the sum of all outcomes."""
        return sum(self.counts.values())


class ImportRow(models.Model):
    """One row of a run: what the document says, what it would change, and what became of it."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows", verbose_name="取込")
    position = models.PositiveIntegerField("順番")
    location: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField("場所", default=dict)
    raw = models.TextField("文書の記載", blank=True)
    fields: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        "読み取った値", default=dict
    )
    outcome = models.CharField("結果", max_length=8, choices=Outcome.choices())
    confidence = models.DecimalField("確からしさ", max_digits=4, decimal_places=3, null=True, blank=True)
    doubts: "models.JSONField[list[Any], list[Any]]" = models.JSONField("確認事項", default=list, blank=True)
    before: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        "変更前", default=dict, blank=True
    )
    after: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        "変更後", default=dict, blank=True
    )
    source = models.TextField("読み取った行", blank=True, help_text="確認中の取込だけ。推定と確認事項を含む")
    records: "models.JSONField[list[Any], list[Any]]" = models.JSONField(
        "書き込んだ記録", default=list, blank=True, help_text="［モデル，ID］の一覧"
    )
    decision = models.CharField("判断", max_length=6, choices=RowDecision.choices(), blank=True)
    corrected: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        "確認者の修正", default=dict, blank=True
    )
    undo_result = models.CharField("取消の結果", max_length=10, choices=UndoResult.choices(), blank=True)
    undo_note = models.TextField("取消の説明", blank=True)

    class Meta:
        verbose_name = "取込の行"
        verbose_name_plural = "取込の行"
        ordering = ["run_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="import_row_unique"),
            models.CheckConstraint(
                name="import_row_confidence_share",
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0, confidence__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.position}"


class UnchangedRows(models.Model):
    """Rows of an applied run that said what stood in hand already, and of which nothing else is to be told.

    A city's list comes again and again with few changes; thousands of rows without any share one record.
    """

    run = models.ForeignKey(
        ImportRun, on_delete=models.CASCADE, related_name="unchanged", verbose_name="取込"
    )
    positions: "models.JSONField[list[int], list[int]]" = models.JSONField("順番", default=list)
    content = models.TextField("読み取った行", help_text="順番のとおりの行の場所と値（列ごと）")

    class Meta:
        verbose_name = "取込の同じ行"
        verbose_name_plural = "取込の同じ行"
        ordering = ["run_id", "id"]

    def __str__(self) -> str:
        return f"{self.run} {self.positions[0]}～{self.positions[-1]}"


class ColumnMapping(models.Model):
    """Which column is which field, remembered for a layout of headings."""

    kind = models.CharField("種類", max_length=12, choices=DocumentKind.choices())
    fingerprint = models.CharField("見出しの指紋", max_length=64)
    mapping: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField("対応", default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="登録者"
    )
    at = models.DateTimeField("登録日時")

    class Meta:
        verbose_name = "列の対応"
        verbose_name_plural = "列の対応"
        ordering = ["kind", "-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "fingerprint"],
                name="column_mapping_unique",
                violation_error_message="この見出しの対応はすでに登録されています。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.fingerprint[:8]}"
