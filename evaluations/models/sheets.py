"""What happened: actuals, and the sheets of KPIs and programs in a round."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from evaluations.enums import (
    LOCKED_STATES,
    NUMERIC_STATUSES,
    WITH_SECTION,
    Edition,
    SheetState,
    ValueStatus,
)
from evaluations.models.rounds import Round
from history.models import Unconfirmed, Versioned
from organization.models import Section
from programs.models import ProgramSheet
from strategy.models import Kpi, figure, fiscal_year


def _values(members: Any) -> list[str]:
    return sorted(member.value for member in members)


class Actual(Versioned, Unconfirmed):
    """A KPI's figure of one fiscal year in one edition, or the reason why there is none."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="actuals", verbose_name="指標")
    fiscal_year = fiscal_year("年度")
    edition = models.CharField("版", max_length=12, choices=Edition.choices(), default=Edition.FINAL.value)
    value = figure("実績値")
    status = models.CharField("値の状態", max_length=15, choices=ValueStatus.choices())
    as_of = models.DateField("時点", null=True, blank=True)
    expected_on = models.DateField("確定・公表の予定日", null=True, blank=True)
    published_text = models.CharField("表記", max_length=120, blank=True)
    note = models.TextField("注記", blank=True)
    is_demo = models.BooleanField("デモデータ", default=False)

    class Meta:
        verbose_name = "実績値"
        verbose_name_plural = "実績値"
        ordering = ["kpi_id", "fiscal_year", "edition"]
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "fiscal_year", "edition", "is_demo"],
                name="actual_unique",
                violation_error_message="この年度と版の実績値はすでにあります。",
            ),
            # Missing is never 0: a number stands exactly where the status says there is one.
            models.CheckConstraint(
                name="actual_number_iff_status_has_one",
                condition=Q(status__in=_values(NUMERIC_STATUSES), value__isnull=False)
                | Q(status__in=_values(set(ValueStatus) - NUMERIC_STATUSES), value__isnull=True),
                violation_error_message="数値があるのは、確定・速報・見込のときだけです。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.fiscal_year}"


class SheetQuerySet(models.QuerySet[Any]):
    """Named filters over the sheets of a round; which rows a person sees is `permissions.visible_to`'s."""

    def locked(self) -> "SheetQuerySet":
        """Keep what is finalised or published."""
        return self.filter(state__in=_values(LOCKED_STATES))

    def with_due(self) -> "SheetQuerySet":
        """Add `due`, the day on which a sheet is due, for conditions and orders in the database."""
        found: SheetQuerySet = self.annotate(due=Coalesce("reopened_until", "own_due_on", "round__due_on"))
        return found

    def with_time(self, today: date) -> "SheetQuerySet":
        """Leave out what was opened again and whose time is over: its section can do nothing more there."""
        return self.exclude(reopened_until__lt=today)

    def for_sections(self, section_ids: Any) -> "SheetQuerySet":
        """Keep the sheets of some sections."""
        return self.filter(section_id__in=section_ids)


def late_on(day: date) -> Q:
    """Return the condition on sheets `with_due` of being late on a day, as `Sheet.days_late` has it."""
    return Q(due__lt=day, state__in=_values(WITH_SECTION))


class Sheet(Versioned):
    """What a KPI's and a program's sheet share: the answers of section and planning, and the state."""

    if TYPE_CHECKING:
        round: "models.ForeignKey[Round, Round]"

    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="担当課室"
    )
    state = models.CharField(
        "状態", max_length=20, choices=SheetState.choices(), default=SheetState.NOT_STARTED.value
    )
    own_due_on = models.DateField(
        "まとまりの提出期限",
        null=True,
        blank=True,
        editable=False,
        help_text="照会の期限の表から求めた値。空のときは照会の提出期限。",
    )
    answers: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(
        "回答", default=dict, blank=True, help_text="照会の項目の符号 → 回答"
    )
    self_grade = models.CharField("課の評価", max_length=40, blank=True)
    grade_reason = models.TextField("計算による評価と異なる理由", blank=True)
    second_grade = models.CharField("二次評価", max_length=40, blank=True)
    planning_comment = models.TextField("企画部門の所見", blank=True)
    committee_opinion = models.TextField("外部評価の意見", blank=True)
    decision = models.CharField("今後の方向性（決定）", max_length=40, blank=True)
    decision_note = models.TextField("決定の内容", blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="入力者",
    )
    edited_at = models.DateTimeField("入力日時", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="提出者",
    )
    submitted_at = models.DateTimeField("提出日時", null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="承認者",
    )
    approved_at = models.DateTimeField("承認日時", null=True, blank=True)
    approved_as_deputy = models.BooleanField("代決", default=False)
    return_reason = models.TextField("差戻しの理由", blank=True, help_text="点検が済むまで残ります。")
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="差し戻した人",
    )
    returned_at = models.DateTimeField("差戻し日時", null=True, blank=True)
    reopened_until = models.DateField(
        "再開の期限", null=True, blank=True, help_text="確定した後に再開したシートだけ。"
    )
    unchanged: "models.JSONField[list[str], list[str]]" = models.JSONField(
        "変更なしとして引き継いだ項目", default=list, blank=True
    )
    section_reply = models.TextField("外部評価の意見への回答", blank=True)
    carried_over: "models.JSONField[list[str], list[str]]" = models.JSONField(
        "前回から引き継いだ項目", default=list, blank=True, help_text="前回の文章のままの項目の符号"
    )

    objects = SheetQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="%(class)s_state_known", condition=Q(state__in=_values(SheetState))),
            models.CheckConstraint(
                name="%(class)s_submitted_by_and_at",
                condition=Q(submitted_by__isnull=True, submitted_at__isnull=True)
                | Q(submitted_by__isnull=False, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="%(class)s_approved_by_and_at",
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="%(class)s_returned_by_and_at",
                condition=Q(returned_by__isnull=True, returned_at__isnull=True)
                | Q(returned_by__isnull=False, returned_at__isnull=False),
            ),
        ]

    @property
    def due_on(self) -> date | None:
        """Return by when the section has to hand the sheet in.

        That is the day until which it was opened again, else its group's day, else the round's.
        """
        return self.reopened_until or self.own_due_on or self.round.due_on

    def days_late(self, today: date) -> int:
        """Return how many days the section is late; 0 while there is time, or once it has handed in."""
        due = self.due_on
        if due is None or self.state not in WITH_SECTION:
            return 0
        return max((today - due).days, 0)

    @property
    def says_unchanged(self) -> bool:
        """Return whether the section has said that nothing changed, and all it took over still stands."""
        answers = [name.removeprefix("answers.") for name in self.unchanged if name.startswith("answers.")]
        return bool(self.unchanged) and all(key in self.carried_over for key in answers)

    @property
    def is_locked(self) -> bool:
        """Return whether only a correction may change this sheet."""
        return self.state in LOCKED_STATES


class KpiSheet(Sheet):
    """One KPI in one round. Its figure is the Actual of the round's year and edition."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="kpi_sheets", verbose_name="照会")
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="sheets", verbose_name="指標")

    class Meta(Sheet.Meta):
        verbose_name = "KPIシート"
        verbose_name_plural = "KPIシート"
        ordering = ["round_id", "kpi__code"]
        constraints = [
            *Sheet.Meta.constraints,
            models.UniqueConstraint(
                fields=["round", "kpi"],
                name="kpisheet_unique",
                violation_error_message="この指標のシートはすでにあります。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.kpi}"

    def get_absolute_url(self) -> str:
        """Return the sheet's page."""
        return reverse("evaluations:kpi_sheet_detail", args=[self.pk])


class ProgramEvaluation(Sheet):
    """One program's yearly sheet in one round. Its texts stand on the ProgramSheet itself."""

    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, related_name="program_evaluations", verbose_name="照会"
    )
    program_sheet = models.ForeignKey(
        ProgramSheet, on_delete=models.PROTECT, related_name="evaluations", verbose_name="年度シート"
    )

    class Meta(Sheet.Meta):
        verbose_name = "事務事業評価"
        verbose_name_plural = "事務事業評価"
        ordering = ["round_id", "program_sheet__position", "id"]
        constraints = [
            *Sheet.Meta.constraints,
            models.UniqueConstraint(
                fields=["round", "program_sheet"],
                name="programevaluation_unique",
                violation_error_message="この事業の評価はすでにあります。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.program_sheet.name}"

    def get_absolute_url(self) -> str:
        """Return the evaluation's page."""
        return reverse("evaluations:program_evaluation_detail", args=[self.pk])
