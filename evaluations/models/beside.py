"""What lies beside a sheet: files that belong to it, and who has it open."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.models.sheets import KpiSheet, ProgramEvaluation

ON_ONE_SHEET = Q(kpi_sheet__isnull=False, program_evaluation__isnull=True) | Q(
    kpi_sheet__isnull=True, program_evaluation__isnull=False
)


class SheetAttachment(models.Model):
    """A file that belongs to a sheet. A removed one keeps its row and its content: it is only not shown."""

    kpi_sheet = models.ForeignKey(
        KpiSheet,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="attachments",
        verbose_name="KPIシート",
    )
    program_evaluation = models.ForeignKey(
        ProgramEvaluation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="attachments",
        verbose_name="事務事業評価",
    )
    name = models.CharField("ファイル名", max_length=200)
    note = models.CharField("説明", max_length=200, blank=True)
    size = models.PositiveIntegerField("大きさ（バイト）")
    sha256 = models.CharField("SHA-256", max_length=64)
    stored_file = models.FileField("保存したファイル", upload_to="attachments/%Y/")
    is_of_planning = models.BooleanField("企画部門が添付", default=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="添付した人"
    )
    added_at = models.DateTimeField("添付日時")
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="外した人",
    )
    removed_at = models.DateTimeField("外した日時", null=True, blank=True)

    class Meta:
        verbose_name = "添付ファイル"
        verbose_name_plural = "添付ファイル"
        ordering = ["added_at", "id"]
        constraints = [
            models.CheckConstraint(name="sheet_attachment_on_one_sheet", condition=ON_ONE_SHEET),
            models.CheckConstraint(
                name="sheet_attachment_removed_by_and_at",
                condition=Q(removed_by__isnull=True, removed_at__isnull=True)
                | Q(removed_by__isnull=False, removed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SheetPresence(models.Model):
    """Somebody has a sheet open, or had it a moment ago. No record of the city: it expires by itself."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="利用者"
    )
    kpi_sheet = models.ForeignKey(
        KpiSheet,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="presences",
        verbose_name="KPIシート",
    )
    program_evaluation = models.ForeignKey(
        ProgramEvaluation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="presences",
        verbose_name="事務事業評価",
    )
    at = models.DateTimeField("最後に開いていた日時")

    class Meta:
        verbose_name = "シートを開いている人"
        verbose_name_plural = "シートを開いている人"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kpi_sheet"],
                condition=Q(kpi_sheet__isnull=False),
                name="sheet_presence_kpi_unique",
            ),
            models.UniqueConstraint(
                fields=["user", "program_evaluation"],
                condition=Q(program_evaluation__isnull=False),
                name="sheet_presence_program_unique",
            ),
            models.CheckConstraint(name="sheet_presence_on_one_sheet", condition=ON_ONE_SHEET),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.at}"
