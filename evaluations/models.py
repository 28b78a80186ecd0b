"""What happened: rounds and their questions, actuals, sheets of KPIs and programs, comments on fields."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from evaluations.enums import (
    LOCKED_STATES,
    NUMERIC_STATUSES,
    Edition,
    QuestionKind,
    QuestionTarget,
    RoundState,
    SheetState,
    ValueStatus,
)
from history.models import Unconfirmed, Versioned
from organization.models import Section
from programs.models import ProgramSheet
from strategy.models import Kpi, Plan, RatingScheme, figure, fiscal_year


def _values(members: Any) -> list[str]:
    return sorted(member.value for member in members)


class Round(models.Model):
    """One collection (照会) of a fiscal year's figures and evaluations."""

    name = models.CharField("名称", max_length=80)
    fiscal_year = fiscal_year("対象年度")
    edition = models.CharField("版", max_length=12, choices=Edition.choices(), default=Edition.FINAL.value)
    state = models.CharField(
        "状態", max_length=10, choices=RoundState.choices(), default=RoundState.PREPARING.value
    )
    plans = models.ManyToManyField(Plan, blank=True, related_name="rounds", verbose_name="対象の計画")
    asks_programs = models.BooleanField("事務事業も照会する", default=True)
    rating_scheme = models.ForeignKey(
        RatingScheme,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rounds",
        verbose_name="評価基準",
        help_text="空のときは計画の評価基準",
    )
    opens_on = models.DateField("照会開始日", null=True, blank=True)
    due_on = models.DateField("提出期限", null=True, blank=True)
    instructions = models.TextField("入力の案内", blank=True)
    previous = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="following",
        verbose_name="前回の照会",
    )
    is_demo = models.BooleanField("デモデータ", default=False)

    class Meta:
        verbose_name = "照会"
        verbose_name_plural = "照会"
        ordering = ["-fiscal_year", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "edition", "is_demo"],
                name="round_unique",
                violation_error_message="この年度と版の照会はすでにあります。",
            ),
            models.CheckConstraint(
                name="round_days_in_order",
                condition=Q(opens_on__isnull=True) | Q(due_on__isnull=True) | Q(due_on__gte=F("opens_on")),
                violation_error_message="提出期限は照会開始日より前にできません。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the round's board."""
        return reverse("evaluations:round_detail", args=[self.pk])


class RoundQuestion(models.Model):
    """One field of a round's form: what the form asks is data, because forms change between years."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="questions", verbose_name="照会")
    target = models.CharField("シート", max_length=10, choices=QuestionTarget.choices())
    key = models.SlugField("符号", max_length=40)
    label = models.CharField("項目名", max_length=80)
    help_text = models.TextField("書き方", blank=True)
    kind = models.CharField(
        "種類", max_length=10, choices=QuestionKind.choices(), default=QuestionKind.TEXT.value
    )
    choices: "models.JSONField[list[str], list[str]]" = models.JSONField("選択肢", default=list, blank=True)
    limit = models.PositiveIntegerField("文字数の上限", null=True, blank=True)
    is_required = models.BooleanField("必須", default=False)
    is_public = models.BooleanField("公表する", default=False)
    program_kind = models.CharField("事業区分", max_length=20, blank=True, help_text="空は全ての区分")
    position = models.PositiveSmallIntegerField("並び順", default=0)

    class Meta:
        verbose_name = "照会の項目"
        verbose_name_plural = "照会の項目"
        ordering = ["round_id", "target", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "target", "key", "program_kind"],
                name="round_question_unique",
                violation_error_message="同じ符号の項目がすでにあります。",
            )
        ]

    def __str__(self) -> str:
        return self.label


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

    def for_sections(self, section_ids: Any) -> "SheetQuerySet":
        """Keep the sheets of some sections."""
        return self.filter(section_id__in=section_ids)


class Sheet(Versioned):
    """What a KPI's and a program's sheet share: the answers of section and planning, and the state."""

    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="担当課室"
    )
    state = models.CharField(
        "状態", max_length=20, choices=SheetState.choices(), default=SheetState.NOT_STARTED.value
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
