"""Reminders: their words, and which mails have gone to whom."""

from django.conf import settings
from django.db import models

from evaluations.enums import Occasion
from evaluations.models.rounds import Round
from history.models import Versioned
from organization.models import Section


class ReminderText(Versioned):
    """The words of one occasion, once planning has changed those the product comes with."""

    occasion = models.CharField("場面", max_length=12, choices=Occasion.choices())
    subject = models.CharField("件名", max_length=120)
    body = models.TextField("本文")

    class Meta:
        verbose_name = "督促の文面"
        verbose_name_plural = "督促の文面"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["occasion"],
                name="reminder_text_unique",
                violation_error_message="この場面の文面はすでにあります。",
            )
        ]

    def __str__(self) -> str:
        return self.get_occasion_display()


class ReminderMail(models.Model):
    """The one mail a person gets on a day. A log: noted before the mail goes out, marked as sent after.

    A note without the mark is a mail under way, or one whose sending broke off; nobody counts as told by it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminder_mails", verbose_name="宛先"
    )
    day = models.DateField("日")
    address = models.EmailField("メールアドレス")
    subject = models.CharField("件名", max_length=200)
    body = models.TextField("本文")
    noted_at = models.DateTimeField("送り始めた日時", null=True)
    is_sent = models.BooleanField("送信済", default=False)

    class Meta:
        verbose_name = "送った督促"
        verbose_name_plural = "送った督促"
        ordering = ["-day", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "day"],
                name="reminder_mail_once_a_day",
                violation_error_message="この人には今日すでに送っています。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.user}"


class ReminderItem(models.Model):
    """One thing a mail reminded of; the next reminder of the same thing counts from here."""

    mail = models.ForeignKey(
        ReminderMail, on_delete=models.CASCADE, related_name="items", verbose_name="メール"
    )
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+", verbose_name="照会")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="+", verbose_name="課室")
    occasion = models.CharField("場面", max_length=12, choices=Occasion.choices())
    due_on = models.DateField("提出期限", null=True, blank=True)

    class Meta:
        verbose_name = "督促の内容"
        verbose_name_plural = "督促の内容"
        ordering = ["mail_id", "id"]

    def __str__(self) -> str:
        return f"{self.round} {self.get_occasion_display()}"
