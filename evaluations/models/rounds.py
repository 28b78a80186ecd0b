"""Rounds of collection and what their forms ask."""

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from evaluations.enums import Edition, QuestionKind, QuestionTarget, RoundState
from organization.models import Bureau, Section
from programs.enums import ProgramKind
from strategy.models import Plan, RatingScheme, fiscal_year


def usual_days() -> list[int]:
    """Return how many days before the due date a new round reminds."""
    return [7, 3, 1]


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
    asks_costs = models.BooleanField(
        "事業費を尋ねる", default=False, help_text="事務事業シートに財源ごとの事業費と人件費の欄を出す"
    )
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
    remind_days: "models.JSONField[list[int], list[int]]" = models.JSONField(
        "期限の何日前に知らせるか", default=usual_days, blank=True
    )
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


class RoundDue(models.Model):
    """A date of its own for a group of a round's sheets; the most closely described group counts."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="dues", verbose_name="照会")
    target = models.CharField("シート", max_length=10, choices=QuestionTarget.choices(), blank=True)
    program_kind = models.CharField("事業区分", max_length=20, choices=ProgramKind.choices(), blank=True)
    bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="部局"
    )
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="課室"
    )
    due_on = models.DateField("提出期限")

    class Meta:
        verbose_name = "まとまりごとの提出期限"
        verbose_name_plural = "まとまりごとの提出期限"
        ordering = ["round_id", "due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                "round",
                "target",
                "program_kind",
                Coalesce("bureau", Value(0)),
                Coalesce("section", Value(0)),
                name="round_due_unique",
                violation_error_message="同じ範囲の期限がすでにあります。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.due_on}"

    @property
    def group_words(self) -> str:
        """Return what the group takes in, in words."""
        narrowed = (
            str(self.section or ""),
            str(self.bureau or ""),
            self.get_target_display() if self.target else "",
            self.get_program_kind_display() if self.program_kind else "",
        )
        return "・".join(words for words in narrowed if words)
