"""What planning says of a grant program's effect, beside what the rule proposes."""

from django.conf import settings
from django.db import models

from evaluations.enums import NextStep
from evaluations.models.rounds import Round
from history.models import Versioned
from strategy.models import PlanNode


class GrantDecision(Versioned):
    """The effect of a grant program in a round as a person decided it.

    `proposed` is what the rule proposed at that time, blank where it proposed nothing.
    """

    round = models.ForeignKey(
        Round, on_delete=models.CASCADE, related_name="grant_decisions", verbose_name="照会"
    )
    node = models.ForeignKey(
        PlanNode, on_delete=models.PROTECT, related_name="grant_decisions", verbose_name="交付金事業"
    )
    effect = models.CharField("効果", max_length=40, blank=True)
    proposed = models.CharField("効果の案", max_length=40, blank=True)
    reason = models.TextField("理由", blank=True)
    next_step = models.CharField("今後", max_length=10, choices=NextStep.choices(), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="決めた人"
    )
    decided_at = models.DateTimeField("決めた日時")

    class Meta:
        verbose_name = "交付金事業の効果"
        verbose_name_plural = "交付金事業の効果"
        ordering = ["round_id", "node__position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "node"],
                name="grant_decision_unique",
                violation_error_message="この事業の効果はすでに決められています。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.node} {self.effect}"
