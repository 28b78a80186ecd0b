"""Rating schemes to start from. A plan gets a copy it may change; these never change under it.

Sources: DOMAIN of Japanese cities' published evaluations as noted at each scheme. Where the published
material names only some limits, or none (Tsukuba prints 順調/概ね順調 without thresholds), the scheme
is marked as a proposal that the planning division has to set.
"""

from decimal import Decimal

from strategy.calculations.rating import Band, CannotJudge, Scheme
from strategy.enums import RatingMeasure

# Dark to light in the order good to bad, so that the order survives a grey print; hatching tells
# neighbours apart.
_COLOURS = ("#00307a", "#0b63ad", "#3f8f8f", "#8a9a3a", "#c9a227", "#e0a878", "#f0cfc4")
_PATTERNS = ("solid", "diagonal", "dots", "horizontal", "cross", "vertical", "empty")

_CANNOT_JUDGE = (
    CannotJudge("no_actual", "未入力"),
    CannotJudge("pending", "集計中"),
    CannotJudge("not_surveyed", "調査未実施"),
    CannotJudge("unknown", "未把握"),
    CannotJudge("not_applicable", "該当なし"),
    CannotJudge("no_target", "目標なし"),
    CannotJudge("no_baseline", "基準値なし"),
    CannotJudge("reference_only", "参考値"),
)


def _limit(percent: str | None) -> Decimal | None:
    return None if percent is None else Decimal(percent) / 100


def _bands(*rows: tuple[str, str, str | None, str]) -> tuple[Band, ...]:
    """Build bands of one measure from (label, symbol, lower limit in percent, sentence), best first."""
    spread = (0, 2, 4, 6) if len(rows) <= 4 else tuple(range(7))
    return tuple(
        Band(
            label=label,
            symbol=symbol,
            minimum=_limit(percent),
            sentence=sentence,
            colour=_COLOURS[spread[position]],
            pattern=_PATTERNS[spread[position]],
        )
        for position, (label, symbol, percent, sentence) in enumerate(rows)
    )


TSUKUBA = Scheme(
    code="tsukuba",
    name="つくば市の評価シートの区分（案）",
    version=1,
    measure=RatingMeasure.PATH_PROGRESS,
    bands=_bands(
        ("順調", "◎", "100", "当年度に期待される進み方に達している"),
        ("概ね順調", "○", "80", "当年度に期待される進み方に概ね達している"),
        ("やや遅れている", "△", "50", "当年度に期待される進み方より遅れている"),
        ("遅れている", "▲", None, "当年度に期待される進み方より大きく遅れている"),
    ),
    cannot_judge=_CANNOT_JUDGE,
    met_label="順調",
    not_met_label="遅れている",
    is_proposal=True,
    source="区分の名前のうち「順調」「概ね順調」はつくば市の評価シート。しきい値と他の区分は公表されておらず、この製品の案。"
    "企画担当が定めること。",
)

THREE_BANDS = Scheme(
    code="three_bands",
    name="期待値に対する三区分",
    version=1,
    measure=RatingMeasure.PATH_RATE,
    bands=_bands(
        ("着実に進んでいる", "○", "100", "当年度の期待値に達している"),
        ("概ね進んでいる", "△", "60", "当年度の期待値の60％以上100％未満"),
        ("改善や工夫が必要", "×", None, "当年度の期待値の60％未満"),
    ),
    cannot_judge=_CANNOT_JUDGE,
    met_label="着実に進んでいる",
    not_met_label="改善や工夫が必要",
    source="当年度の期待値（目標値に年数の割合を掛けた値）の100％以上／60％以上100％未満／60％未満とする市の公表例。",
)

SABC = Scheme(
    code="sabc",
    name="S・A・B・C（基準値の±10％）",
    version=1,
    measure=RatingMeasure.BASELINE_RATE,
    bands=(
        Band(
            "S",
            Decimal(1),
            symbol="S",
            colour=_COLOURS[0],
            pattern="solid",
            sentence="当年度の目標（期待値）に達している",
            measure=RatingMeasure.MET,
        ),
        Band(
            "A",
            Decimal("1.1"),
            includes_minimum=False,
            symbol="A",
            colour=_COLOURS[2],
            pattern="dots",
            sentence="目標には届かないが、基準値より10％を超えて良くなっている",
        ),
        Band(
            "B",
            Decimal("0.9"),
            symbol="B",
            colour=_COLOURS[4],
            pattern="cross",
            sentence="基準値と同じ水準（±10％以内）",
        ),
        Band(
            "C",
            symbol="C",
            colour=_COLOURS[6],
            pattern="empty",
            sentence="基準値より10％を超えて悪くなっている",
        ),
    ),
    cannot_judge=tuple(CannotJudge(entry.reason, "－", "－") for entry in _CANNOT_JUDGE),
    met_label="S",
    source="目標到達をS、基準値より良いをA、同水準（10％以内）をB、悪いをC、評価できないを－とする町の公表例。"
    "同水準の幅を上下10％とするのはこの製品の読み方。",
    is_proposal=True,
)

BANDS_80_60 = Scheme(
    code="bands_80_60",
    name="達成率の三区分（80・60）",
    version=1,
    measure=RatingMeasure.ACHIEVEMENT_RATE,
    bands=_bands(
        ("A", "A", "80", "達成率80％以上"),
        ("B", "B", "60", "達成率60％以上80％未満"),
        ("C", "C", None, "達成率60％未満"),
    ),
    cannot_judge=_CANNOT_JUDGE,
    met_label="A",
    not_met_label="C",
    source="80％・60％で分ける市の公表例。どの率に当てるか（ここでは達成率）と区分の名前はこの製品の案。",
    is_proposal=True,
)

BANDS_80_50_20 = Scheme(
    code="bands_80_50_20",
    name="進捗率の四区分（80・50・20）",
    version=1,
    measure=RatingMeasure.PROGRESS_RATE,
    bands=_bands(
        ("80％以上", "◎", "80", "最終目標までの進捗率80％以上"),
        ("50％以上80％未満", "○", "50", "最終目標までの進捗率50％以上80％未満"),
        ("20％以上50％未満", "△", "20", "最終目標までの進捗率20％以上50％未満"),
        ("20％未満", "×", None, "最終目標までの進捗率20％未満"),
    ),
    cannot_judge=_CANNOT_JUDGE,
    met_label="80％以上",
    not_met_label="20％未満",
    source="進捗率を80％・50％・20％で分ける市の公表例。",
)

SEVEN_BANDS = Scheme(
    code="seven_bands",
    name="達成率の七区分",
    version=1,
    measure=RatingMeasure.ACHIEVEMENT_RATE,
    bands=_bands(
        ("7", "7", "100", "達成率100％以上"),
        ("6", "6", "90", "達成率90％以上100％未満"),
        ("5", "5", "80", "達成率80％以上90％未満"),
        ("4", "4", "70", "達成率70％以上80％未満"),
        ("3", "3", "60", "達成率60％以上70％未満"),
        ("2", "2", "50", "達成率50％以上60％未満"),
        ("1", "1", None, "達成率50％未満"),
    ),
    cannot_judge=_CANNOT_JUDGE,
    met_label="7",
    not_met_label="1",
    source="目標達成率を100％から50％まで10％ごとの七段階に分ける市の公表例。",
)

SYMBOLS = Scheme(
    code="symbols",
    name="◎○△×",
    version=1,
    measure=RatingMeasure.PATH_RATE,
    bands=_bands(
        ("◎", "◎", "110", "当年度の期待値を大きく上回る（110％以上）"),
        ("○", "○", "100", "当年度の期待値に達している"),
        ("△", "△", "80", "当年度の期待値に届かないが80％以上"),
        ("×", "×", None, "当年度の期待値の80％未満"),
    ),
    cannot_judge=_CANNOT_JUDGE,
    met_label="○",
    not_met_label="×",
    source="記号の区分は市の公表例。しきい値は市ごとに異なり、ここではこの製品の案。",
    is_proposal=True,
)

GRANT_EFFECT = Scheme(
    code="grant_effect",
    name="交付金事業の効果",
    version=1,
    measure=RatingMeasure.EFFECT,
    bands=tuple(
        Band(
            label,
            minimum,
            symbol=symbol,
            colour=_COLOURS[shade],
            pattern=_PATTERNS[shade],
            sentence=sentence,
        )
        for label, minimum, symbol, shade, sentence in (
            ("非常に効果的", Decimal(3), "◎", 0, "すべての指標が目標に達した"),
            ("相当程度効果があった", Decimal(2), "○", 2, "一部の指標が目標に達した"),
            ("効果があった", Decimal(1), "△", 4, "目標には達しないが、事業開始前より良くなった"),
            ("効果なし", None, "×", 6, "事業開始前より良くなっていない"),
        )
    ),
    cannot_judge=_CANNOT_JUDGE,
    source="地方創生の交付金事業の効果検証の四区分。規則による提案であり、人が確認する。",
)

READY_SCHEMES: tuple[Scheme, ...] = (
    TSUKUBA,
    THREE_BANDS,
    SABC,
    BANDS_80_60,
    BANDS_80_50_20,
    SEVEN_BANDS,
    SYMBOLS,
    GRANT_EFFECT,
)


def ready_scheme(name: str) -> Scheme | None:
    """Find a ready scheme by its code or its Japanese name, None when there is none of that name."""
    for scheme in READY_SCHEMES:
        if name in (scheme.code, scheme.name):
            return scheme
    return None
