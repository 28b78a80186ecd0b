"""What is said of a measure as a whole: the committee's opinion, the sections' answer, the decision."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.models.rounds import Round
from history.models import Versioned
from strategy.models import PlanNode


class MeasureOpinion(Versioned):
    """What was said and decided of one node of a plan in a round, beside what stands on single sheets."""

    round = models.ForeignKey(
        Round, on_delete=models.CASCADE, related_name="measure_opinions", verbose_name="照会"
    )
    node = models.ForeignKey(
        PlanNode, on_delete=models.PROTECT, related_name="measure_opinions", verbose_name="施策"
    )
    opinion = models.TextField("外部評価の意見", blank=True)
    opined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="意見を記録した人",
    )
    opined_at = models.DateTimeField("意見を記録した日時", null=True, blank=True)
    reply = models.TextField("課室の回答", blank=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="回答した人",
    )
    replied_at = models.DateTimeField("回答した日時", null=True, blank=True)
    decision = models.CharField("今後の方向性（決定）", max_length=40, blank=True)
    decision_note = models.TextField("決定の内容", blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="決定を記録した人",
    )
    decided_at = models.DateTimeField("決定を記録した日時", null=True, blank=True)

    class Meta:
        verbose_name = "施策への意見と決定"
        verbose_name_plural = "施策への意見と決定"
        ordering = ["round_id", "node__position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "node"],
                name="measure_opinion_unique",
                violation_error_message="この施策への意見はすでにあります。",
            ),
            models.CheckConstraint(
                name="measure_opinion_opined_by_and_at",
                condition=Q(opined_by__isnull=True, opined_at__isnull=True)
                | Q(opined_by__isnull=False, opined_at__isnull=False),
            ),
            models.CheckConstraint(
                name="measure_opinion_replied_by_and_at",
                condition=Q(replied_by__isnull=True, replied_at__isnull=True)
                | Q(replied_by__isnull=False, replied_at__isnull=False),
            ),
            models.CheckConstraint(
                name="measure_opinion_decided_by_and_at",
                condition=Q(decided_by__isnull=True, decided_at__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.node}"
