"""The inputs of a rating scheme: ordered bands with their limits as people write them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from strategy.calculations.rating import RATES, Band, CannotJudge, Scheme
from strategy.enums import RatingMeasure
from strategy.forms.composition import FigureText
from tsukuba_kpi.lib.figures import format_figure

MOST_BANDS = 12
# Dark to light: they differ in grey as well. The names say which is which without seeing the colour.
COLOURS = (
    ("", "なし"),
    ("#00307a", "１ 濃紺（最も濃い）"),
    ("#0b63ad", "２ 青"),
    ("#3f8f8f", "３ 青緑"),
    ("#8a9a3a", "４ 黄緑"),
    ("#c9a227", "５ 黄土"),
    ("#e0a878", "６ 薄茶"),
    ("#f0cfc4", "７ 桃（最も薄い）"),
)
PATTERNS = (
    ("", "なし"),
    ("solid", "塗り"),
    ("diagonal", "斜線"),
    ("dots", "点"),
    ("horizontal", "横線"),
    ("cross", "格子"),
    ("vertical", "縦線"),
    ("empty", "白抜き"),
)


def limit_words(band: Band, measure: RatingMeasure) -> str:
    """Return a band's limit as people say it: 進捗率 80％以上, それ以外."""
    if band.minimum is None:
        return "それ以外"
    if measure is RatingMeasure.MET:
        return "目標（期待値）に達した"
    shown = f"{format_figure(band.minimum * 100)}％" if measure in RATES else format_figure(band.minimum)
    return f"{measure.label} {shown}{'以上' if band.includes_minimum else '超'}"


class SchemeForm(forms.Form):
    """What belongs to the whole scheme."""

    name = forms.CharField(label="名称", max_length=80)
    measure = forms.ChoiceField(label="判定に使う量", choices=RatingMeasure.choices())
    met_label = forms.CharField(
        label="達成のときの区分",
        max_length=40,
        required=False,
        help_text="文言の目標など、達成か未達成かしか言えないとき",
    )
    not_met_label = forms.CharField(label="未達成のときの区分", max_length=40, required=False)
    source = forms.CharField(
        label="出典・説明", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class BandForm(forms.Form):
    """One band; a row without a label is no band."""

    label = forms.CharField(label="区分", max_length=40, required=False)
    symbol = forms.CharField(label="記号", max_length=4, required=False)
    colour = forms.ChoiceField(label="色", choices=COLOURS, required=False)
    pattern = forms.ChoiceField(label="模様", choices=PATTERNS, required=False)
    minimum = FigureText(label="下限", required=False)
    includes_minimum = forms.ChoiceField(
        label="下限を含むか", choices=[("yes", "以上"), ("no", "超")], initial="yes"
    )
    measure = forms.ChoiceField(
        label="この区分だけの量", choices=[("", "（基準の量）"), *RatingMeasure.choices()], required=False
    )
    sentence = forms.CharField(label="説明文", max_length=400, required=False)
    points = FigureText(label="点数", required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a row with a limit or sentence but without a name."""
        found = self.cleaned_data
        if not found.get("label") and (found.get("minimum") is not None or found.get("sentence")):
            self.add_error("label", "区分の名前を入力してください。")
        return found


BandFormSet = formset_factory(
    BandForm, formset=BaseFormSet, extra=2, max_num=MOST_BANDS, absolute_max=MOST_BANDS
)


class SchemeForms:
    """The page of a scheme: its own fields, its bands, and the words for what cannot be judged."""

    def __init__(self, data: Any, scheme: Scheme, reasons: Iterable[tuple[str, str]]) -> None:
        self.scheme = scheme
        self.form = SchemeForm(
            data,
            initial={
                "name": scheme.name,
                "measure": scheme.measure.value,
                "met_label": scheme.met_label,
                "not_met_label": scheme.not_met_label,
                "source": scheme.source,
            },
        )
        bands = [_initial(band, scheme.measure_of(band)) for band in scheme.bands]
        self.bands: Any = BandFormSet(data, prefix="bands", initial=bands)
        sent: Mapping[str, str] = data or {}
        self.words = [
            (reason, label, sent.get(f"word.{reason}", scheme.cannot_judge_label(reason) or ""))
            for reason, label in reasons
        ]

    def is_valid(self) -> bool:
        """Return whether everything can be read."""
        return all([self.form.is_valid(), self.bands.is_valid()])

    @property
    def draft(self) -> Scheme:
        """Return the scheme as typed; whether it makes sense, `scheme_problems` tells."""
        found = self.form.cleaned_data
        measure = RatingMeasure(found["measure"])
        rows = [form.cleaned_data for form in self.bands if form.cleaned_data.get("label")]
        return Scheme(
            code=self.scheme.code,
            name=found["name"],
            version=self.scheme.version,
            measure=measure,
            bands=tuple(_band(row, measure) for row in rows),
            cannot_judge=tuple(
                CannotJudge(reason, word.strip()) for reason, _, word in self.words if word.strip()
            ),
            met_label=found["met_label"],
            not_met_label=found["not_met_label"],
            is_proposal=False,
            source=found["source"],
        )


def _initial(band: Band, measure: RatingMeasure) -> dict[str, Any]:
    minimum = band.minimum
    if minimum is not None and measure in RATES:
        minimum *= 100
    return {
        "label": band.label,
        "symbol": band.symbol,
        "colour": band.colour,
        "pattern": band.pattern,
        "minimum": minimum,
        "includes_minimum": "yes" if band.includes_minimum else "no",
        "measure": band.measure.value if band.measure else "",
        "sentence": band.sentence,
        "points": band.points,
    }


def _band(row: Mapping[str, Any], scheme_measure: RatingMeasure) -> Band:
    own = RatingMeasure(row["measure"]) if row["measure"] else None
    minimum: Decimal | None = row["minimum"]
    if minimum is not None and (own or scheme_measure) in RATES:
        minimum /= 100
    return Band(
        label=row["label"],
        minimum=minimum,
        includes_minimum=row["includes_minimum"] != "no",
        symbol=row["symbol"],
        colour=row["colour"],
        pattern=row["pattern"],
        sentence=row["sentence"],
        points=row["points"],
        measure=own,
    )
