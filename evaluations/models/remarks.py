"""What people write beside a sheet: remarks on its fields, and words not saved yet."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.models.sheets import KpiSheet, ProgramEvaluation


class FieldComment(models.Model):
    """A remark on one field of a sheet; its author resolves it."""

    kpi_sheet = models.ForeignKey(
        KpiSheet,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="comments",
        verbose_name="KPIシート",
    )
    program_evaluation = models.ForeignKey(
        ProgramEvaluation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="comments",
        verbose_name="事務事業評価",
    )
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="replies", verbose_name="返信先"
    )
    field = models.CharField("項目", max_length=80, blank=True)
    text = models.TextField("コメント")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="field_comments",
        verbose_name="記入者",
    )
    at = models.DateTimeField("記入日時")
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="解決者",
    )
    resolved_at = models.DateTimeField("解決日時", null=True, blank=True)

    class Meta:
        verbose_name = "項目へのコメント"
        verbose_name_plural = "項目へのコメント"
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                name="field_comment_on_one_sheet",
                condition=Q(kpi_sheet__isnull=False, program_evaluation__isnull=True)
                | Q(kpi_sheet__isnull=True, program_evaluation__isnull=False),
            ),
            models.CheckConstraint(
                name="field_comment_resolved_by_and_at",
                condition=Q(resolved_by__isnull=True, resolved_at__isnull=True)
                | Q(resolved_by__isnull=False, resolved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class SheetDraft(models.Model):
    """What a person has typed into one field of a sheet and not saved yet; gone once it is saved."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sheet_drafts", verbose_name="記入者"
    )
    kpi_sheet = models.ForeignKey(
        KpiSheet,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="drafts",
        verbose_name="KPIシート",
    )
    program_evaluation = models.ForeignKey(
        ProgramEvaluation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="drafts",
        verbose_name="事務事業評価",
    )
    field = models.CharField("項目", max_length=80)
    text = models.TextField("入力中の内容", blank=True)
    sheet_version = models.PositiveIntegerField("入力を始めた版")
    at = models.DateTimeField("保存日時")

    class Meta:
        verbose_name = "入力中の下書き"
        verbose_name_plural = "入力中の下書き"
        ordering = ["-at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kpi_sheet", "field"],
                condition=Q(kpi_sheet__isnull=False),
                name="sheet_draft_kpi_field_unique",
            ),
            models.UniqueConstraint(
                fields=["user", "program_evaluation", "field"],
                condition=Q(program_evaluation__isnull=False),
                name="sheet_draft_program_field_unique",
            ),
            models.CheckConstraint(
                name="sheet_draft_on_one_sheet",
                condition=Q(kpi_sheet__isnull=False, program_evaluation__isnull=True)
                | Q(kpi_sheet__isnull=True, program_evaluation__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.field}"
