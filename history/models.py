"""Append-only revisions, and what every editable record shares: a version and its unconfirmed fields."""

from typing import Any

from django.conf import settings
from django.db import models

from history.enums import RevisionAct, Through


class RevisionQuerySet(models.QuerySet["Revision"]):
    """Named filters over revisions."""

    def for_record(self, record: models.Model) -> "RevisionQuerySet":
        """Keep the revisions of one record, newest first."""
        return self.filter(record_type=record._meta.label_lower, record_id=record.pk)

    def for_records(self, record_type: str, record_ids: list[int]) -> "RevisionQuerySet":
        """Keep the revisions of several records of one model."""
        return self.filter(record_type=record_type, record_id__in=record_ids)


class Revision(models.Model):
    """One changed field of one record, or the creation or deletion of a record.

    Rows are only ever inserted: triggers in the database refuse UPDATE and DELETE
    (migration 0002_refuse_changes). `record_type` is the model's label in lower case.
    For a creation or deletion `field` is blank and `new` or `old` is the whole record as JSON.
    """

    record_type = models.CharField("対象", max_length=60)
    record_id = models.BigIntegerField("対象ID")
    act = models.CharField("操作", max_length=10, choices=RevisionAct.choices())
    field = models.CharField("項目", max_length=80, blank=True)
    old = models.TextField("変更前", null=True)
    new = models.TextField("変更後", null=True)
    change = models.UUIDField("変更番号", help_text="一度に行われた変更は同じ番号です。")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="revisions",
        verbose_name="変更者",
        help_text="管理コマンドによる変更では空です。",
    )
    at = models.DateTimeField("変更日時")
    why = models.TextField("理由", blank=True)
    through = models.CharField("経路", max_length=12, choices=Through.choices())
    import_run_id = models.BigIntegerField("取込番号", null=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = "変更履歴"
        verbose_name_plural = "変更履歴"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["record_type", "record_id", "-at"], name="revision_record"),
            models.Index(
                fields=["import_run_id"],
                name="revision_import_run",
                condition=models.Q(import_run_id__isnull=False),
            ),
            # What has gone since a time: few among millions (`history.selectors.stood_at_each`).
            models.Index(
                fields=["record_type", "at"],
                name="revision_gone",
                condition=models.Q(new__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="revision_act_known", condition=models.Q(act__in=[a.value for a in RevisionAct])
            ),
            models.CheckConstraint(
                name="revision_field_only_when_changed",
                condition=models.Q(act=RevisionAct.CHANGED.value) ^ models.Q(field=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id} {self.field or self.get_act_display()}"


class Versioned(models.Model):
    """A record that two people may edit: a save names the version it was made from.

    Only `history.services` raises the number, in the same conditional UPDATE that writes the change.
    """

    version = models.PositiveIntegerField("版", default=1, editable=False)

    class Meta:
        abstract = True


class Unconfirmed(models.Model):
    """A record whose fields may have been inferred and wait for a person (要確認).

    `unconfirmed` maps a field's name to `{"confidence": "0.60", "reason": "…", "alternatives": […]}`.
    """

    unconfirmed: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        "要確認の項目", default=dict, blank=True
    )

    class Meta:
        abstract = True

    @property
    def needs_review(self) -> bool:
        """Return whether a person still has to confirm something here."""
        return bool(self.unconfirmed)
