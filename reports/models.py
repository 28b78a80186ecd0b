"""What was published: a frozen copy that later corrections amend but do not change."""

from typing import Any

from django.conf import settings
from django.db import models

from evaluations.models import Round


class Publication(models.Model):
    """A round as the public reads it. Only a later publication of the round replaces it."""

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

    class Meta:
        verbose_name = "公表"
        verbose_name_plural = "公表"
        ordering = ["-published_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "edition_number"],
                name="publication_unique",
                violation_error_message="この照会のこの版はすでに公表されています。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.round} 第{self.edition_number}版"
