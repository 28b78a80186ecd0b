"""Rating schemes: ordered bands on one measure, as data."""

from django.db import models

from strategy.enums import RatingMeasure
from strategy.models.columns import figure


class RatingScheme(models.Model):
    """Ordered bands on one measure, as data. A changed scheme is a new version with the same code."""

    code = models.SlugField("符号", max_length=40)
    version = models.PositiveIntegerField("版", default=1)
    name = models.CharField("名称", max_length=80)
    measure = models.CharField("判定に使う量", max_length=20, choices=RatingMeasure.choices())
    is_proposal = models.BooleanField(
        "提案", default=False, help_text="しきい値が公表されていないため、企画部門が確認するまでの案"
    )
    is_frozen = models.BooleanField(
        "確定済", default=False, help_text="確定した照会で使われた基準は変えられません。"
    )
    source_note = models.TextField("出典・説明", blank=True)
    met_label = models.CharField(
        "達成のときの区分",
        max_length=40,
        blank=True,
        help_text="文言の目標など、達成か未達成かしか言えないとき",
    )
    not_met_label = models.CharField(
        "未達成のときの区分", max_length=40, blank=True, help_text="空のときは区分を付けない"
    )
    cannot_judge: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(
        "判定できないときの表示", default=dict, blank=True, help_text="理由の符号 → 表示する語"
    )

    class Meta:
        verbose_name = "評価基準"
        verbose_name_plural = "評価基準"
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"],
                name="rating_scheme_unique",
                violation_error_message="同じ符号と版の評価基準がすでにあります。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} 第{self.version}版"


class RatingBand(models.Model):
    """One band of a scheme: from its minimum up to the minimum of the band above."""

    scheme = models.ForeignKey(
        RatingScheme, on_delete=models.CASCADE, related_name="bands", verbose_name="評価基準"
    )
    position = models.PositiveSmallIntegerField("順位", help_text="1 が最も良い")
    label = models.CharField("表示", max_length=40)
    symbol = models.CharField("記号", max_length=4, blank=True)
    colour = models.CharField("色", max_length=20, blank=True)
    minimum = figure("下限", help_text="この値以上（率は 1 が 100％）。最下位では空")
    includes_minimum = models.BooleanField("下限を含む", default=True)
    measure = models.CharField(
        "この区分だけの量",
        max_length=20,
        choices=RatingMeasure.choices(),
        blank=True,
        help_text="空のときは評価基準の量",
    )
    pattern = models.CharField(
        "模様", max_length=20, blank=True, help_text="白黒の印刷で見分けるための網かけ"
    )
    sentence = models.TextField("説明文", blank=True)
    points = figure("点数", help_text="企画部門が点数を定めたときだけ。空のときは点数を出さない")

    class Meta:
        verbose_name = "評価区分"
        verbose_name_plural = "評価区分"
        ordering = ["scheme_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "position"],
                name="rating_band_position_unique",
                violation_error_message="同じ順位の区分がすでにあります。",
            ),
            models.UniqueConstraint(
                fields=["scheme", "label"],
                name="rating_band_label_unique",
                violation_error_message="同じ表示の区分がすでにあります。",
            ),
        ]

    def __str__(self) -> str:
        return self.label
