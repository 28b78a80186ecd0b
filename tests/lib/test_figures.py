"""What one cell says: a number, a range, a word, a reason for no number, nothing, or a problem."""

import datetime
from decimal import Decimal

import pytest

from tsukuba_kpi.lib.figures import ExpectedOn, Figure, format_figure, read_figure

D = Decimal


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1234", "1234"), ("１，２３４", "1234"), ("1,234", "1234"), (" 301,260 ", "301260"), ("10１", "101"),
        ("５．７１", "5.71"),
        (".5", "0.5"), ("007", "7"), ("0", "0"), ("-0", "0"), ("0.0", "0"), ("'123", "123"), ("ゼロ", "0"),
        ("±0", "0"),
        ("△5", "-5"), ("▲5", "-5"), ("−5", "-5"), ("－5", "-5"), ("‐5", "-5"), ("–5", "-5"), ("—5", "-5"),
        ("―5", "-5"), ("ー5", "-5"),
        ("-5", "-5"), ("△ 5", "-5"), ("△１７６", "-176"), ("＋63", "63"), ("+63", "63"),
        ("▲1,234.5", "-1234.5"),
        ("２万", "20000"), ("2.8万", "28000"), ("７万２千", "72000"), ("3千5百万", "35000000"),
        ("3億1,480万", "314800000"),
        ("3億 1,480万", "314800000"), ("1兆", "1000000000000"), ("12万3,456", "123456"),
        ("2,500億", "250000000000"), ("12百", "1200"),
        ("120。", "120"), ("12\u200b0", "120"), ("12\ufe0f", "12"),
    ],
)  # fmt: skip
def test_read_figure_plain_numbers(cell: str, value: str) -> None:
    figure = read_figure(cell)

    assert figure == Figure(cell, value=D(value), status="final")


@pytest.mark.parametrize(
    ("cell", "unit", "value"),
    [
        ("1,234人", "人", "1234"), ("1,234 人", "人", "1234"), ("120名", "人", "120"),
        ("120万人", "人", "1200000"), ("120万人", "万人", "120"),
        ("16.5千人", "人", "16500"), ("4,102億円", "億円", "4102"), ("3億1,480万円", "千円", "314800"),
        ("314,800千円", "千円", "314800"),
        ("314,800千円", "百万円", "314.8"), ("120 千円", "円", "120000"), ("¥1,234", "円", "1234"),
        ("￥1,234", "千円", "1.234"),
        ("1円", "億円", "0.00000001"), ("63.4％", "％", "63.4"), ("30.2 %", "％", "30.2"),
        ("63.4パーセント", "%", "63.4"), ("63.4㌫", "％", "63.4"),
        ("3割", "％", "30"), ("26箇所", "か所", "26"), ("26ヶ所", "カ所", "26"), ("5㎡", "m2", "5"),
        ("5m²", "㎡", "5"), ("5平方メートル", "㎡", "5"),
        ("10.6ha", "ha", "10.6"), ("10.6ヘクタール", "ｈａ", "10.6"), ("10t-CO₂", "t-CO2", "10"),
        ("12人/日", "人／日", "12"), ("5件", "件（累計）", "5"),
        ("31日", "日", "31"), ("2024年", "年", "2024"), ("120（千円）", "円", "120000"),
        ("120（単位：千円）", "千円", "120"), ("(千円)120", "円", "120000"),
        ("63.4（％）", "％", "63.4"), ("1,234", "百万円", "1234"), ("20", "－", "20"), ("120匹", "匹", "120"),
        ("7むら", "むら", "7"),
    ],
)  # fmt: skip
def test_read_figure_in_the_unit_of_the_kpi(cell: str, unit: str, value: str) -> None:
    figure = read_figure(cell, unit=unit)

    assert (figure.value, figure.status, figure.problem, figure.notice) == (D(value), "final", None, None)


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [
        ("1,234人", "1234", "人"), ("120万人", "1200000", "人"), ("4,102億円", "410200000000", "円"),
        ("63.4%", "63.4", "％"), ("5km²", "5", "km²"),
        ("5日", "5", "日"), ("約600件", "600", "件"), ("120", "120", None),
    ],
)  # fmt: skip
def test_read_figure_without_a_kpi_unit_gives_the_written_one(
    cell: str, value: str, unit: str | None
) -> None:
    figure = read_figure(cell)

    assert (figure.value, figure.unit) == (D(value), unit)


@pytest.mark.parametrize(
    ("cell", "unit"),
    [
        ("120人", "件"), ("120戸", "世帯"), ("5ha", "㎡"), ("5ha", "km²"), ("63‰", "％"),
        ("63.4ポイント", "％"), ("63.4％", "ポイント"), ("63.4％", "人"),
        ("120人/年", "人"), ("120人/日", "人/年"), ("1,000円", "人"), ("5kWh", "MWh"),
        ("120千円（千円）", "円"), ("120だった", "人"), ("12時", "時間"),
        ("120万（千円）", "円"),
    ],
)  # fmt: skip
def test_read_figure_refuses_another_unit(cell: str, unit: str) -> None:
    figure = read_figure(cell, unit=unit)

    assert (figure.kind, figure.code) == ("problem", "unit_mismatch")


@pytest.mark.parametrize(
    ("cell", "value", "status", "qualifier"),
    [
        ("約2万", "20000", "estimated", "約"), ("およそ120人", "120", "estimated", "約"),
        ("概ね50", "50", "estimated", "概ね"),
        ("120程度", "120", "estimated", "程度"), ("120人前後", "120", "estimated", "程度"),
        ("100人強", "100", "estimated", "程度"),
        ("見込120", "120", "estimated", "見込"), ("120（見込み）", "120", "estimated", "見込"),
        ("120人見込み", "120", "estimated", "見込"),
        ("45.2（推計）", "45.2", "estimated", "推計"), ("45.2(速報)", "45.2", "preliminary", "速報"),
        ("20,700（速報値）", "20700", "preliminary", "速報"),
        ("【速報】45.2", "45.2", "preliminary", "速報"), ("速報値：45.2", "45.2", "preliminary", "速報"),
        ("約2万（速報）", "20000", "preliminary", "約・速報"),
        ("暫定値 45", "45", "preliminary", "暫定"), ("45（確定）", "45", "final", "確定"),
        ("延べ9,418人", "9418", "final", "延べ"),
        ("70以上", "70", "estimated", "以上"), ("480件以下", "480", "estimated", "以下"),
        ("100超", "100", "estimated", "超"), ("10未満", "10", "estimated", "未満"),
        ("90%以上を維持", "90", "estimated", "以上・維持"), ("≧90", "90", "estimated", "以上"),
        ("<5", "5", "estimated", "未満"), ("30分以内", "30", "estimated", "以下"),
        ("10～", "10", "estimated", "以上"), ("～20", "20", "estimated", "以下"),
        ("５ポイント増", "5", "final", "増"),
    ],
)  # fmt: skip
def test_read_figure_keeps_the_marks(cell: str, value: str, status: str, qualifier: str) -> None:
    figure = read_figure(cell)

    assert (figure.value, figure.status, figure.qualifier) == (D(value), status, qualifier)


@pytest.mark.parametrize(
    ("cell", "bound", "approximate"),
    [
        ("70以上", "at_least", False), ("70件以下", "at_most", False), ("70超", "more_than", False),
        ("70未満", "less_than", False),
        ("約70", None, True), ("70（速報）", None, True), ("70", None, False),
    ],
)  # fmt: skip
def test_figure_says_how_the_number_is_meant(cell: str, bound: str | None, approximate: bool) -> None:
    figure = read_figure(cell)

    assert (figure.bound, figure.approximate) == (bound, approximate)


@pytest.mark.parametrize(
    ("cell", "value", "note"),
    [
        ("1,234※", "1234", "※"), ("1,234※1", "1234", "※1"), ("1,234 ※コロナの影響", "1234", "※コロナの影響"),
        ("1,234*", "1234", "*"),
        ("120注1", "120", "注1"), ("120（注1）", "120", "注1"), ("120¹⁾", "120", "¹⁾"),
        ("120人（うち女性３０人）", "120", "うち女性３０人"),
        ("7,236人（うち中学生1,102人）", "7236", "うち中学生1,102人"),
        ("12人（男5人、女7人）", "12", "男5人、女7人"), ("120（別紙参照）", "120", "別紙参照"),
        ("120（前年度比＋5％）", "120", "前年度比＋5％"), ("１人当たり5.71", "5.71", "1人当たり"),
        ("120人(前年度100人)", "120", "前年度100人"),
    ],
)  # fmt: skip
def test_read_figure_keeps_remarks_as_written(cell: str, value: str, note: str) -> None:
    figure = read_figure(cell)

    assert (figure.value, figure.status, figure.note) == (D(value), "final", note)


@pytest.mark.parametrize(
    ("cell", "year"),
    [("47.3％（H30）", 2018), ("26か所（令和元年度）", 2019), ("120（R6.3.31現在）", 2023), ("120", None)],
)
def test_read_figure_tells_the_year_a_remark_names(cell: str, year: int | None) -> None:
    figure = read_figure(cell)

    assert (figure.stated_year.fiscal_year if figure.stated_year else None) == year


@pytest.mark.parametrize(
    ("cell", "unit", "value", "notice"),
    [
        ("(5)", None, "-5", "括弧で囲まれた数を負の数と読みました。参考値や内数であれば直してください。"),
        (
            "（1,234）",
            None,
            "-1234",
            "括弧で囲まれた数を負の数と読みました。参考値や内数であれば直してください。",
        ),
        ("(5.0%)", "％", "-5", "括弧で囲まれた数を負の数と読みました。参考値や内数であれば直してください。"),
        ("5人減", "人", "-5", "「減」と書かれた数を負の数と読みました。"),
        ("累計120", "人", "120", "「累計」と書かれています。指標の数え方と合うか確認してください。"),
        ("120（前年度）", "人", "120", "「前年度」とあります。当年度の値か確認してください。"),
        ("35.2％（120人）", "％", "35.2", "括弧の中に別の単位の数があります。括弧の外の数を値と読みました。"),
        ("120（80％）", "人", "120", "括弧の中に別の単位の数があります。括弧の外の数を値と読みました。"),
        ("2万", "千人", "20", "単位のない数を、千人に換算して読みました。"),
        ("120人", "人/年", "120", "単位「人」を、指標の単位「人/年」の値として読みました。"),
        (
            "0.634",
            "％",
            "0.634",
            "％の欄に1未満の数（0.634）があります。割合の小数であれば100倍してください。",
        ),
        ("1.234567891", None, "1.23456789", "小数点以下8桁に四捨五入しました。"),
    ],
)
def test_read_figure_gives_notice_where_a_person_should_look(
    cell: str, unit: str | None, value: str, notice: str
) -> None:
    figure = read_figure(cell, unit=unit)

    assert (figure.value, figure.notice) == (D(value), notice)


@pytest.mark.parametrize(
    ("cell", "low", "high", "unit"),
    [
        ("10～20", "10", "20", None), ("10〜20人", "10", "20", "人"), ("10人~20人", "10", "20", "人"),
        ("10から20", "10", "20", None),
        ("1万～2万人", "10000", "20000", "人"), ("△5～5", "-5", "5", None),
    ],
)  # fmt: skip
def test_read_figure_ranges_have_two_ends_and_no_value(
    cell: str, low: str, high: str, unit: str | None
) -> None:
    figure = read_figure(cell)

    assert figure == Figure(cell, low=D(low), high=D(high), unit=unit, qualifier="範囲")
    assert figure.kind == "range"


def test_read_figure_converts_both_ends_of_a_range() -> None:
    figure = read_figure("10万～20万人", unit="千人")

    assert (figure.low, figure.high) == (D(100), D(200))


@pytest.mark.parametrize(
    "cell",
    ["現状維持", "増加", "増加させる", "前年度以上", "現状値以上", "皆増", "皆減", "維持・向上", "策定"],
)
def test_read_figure_words_of_targets(cell: str) -> None:
    assert read_figure(cell) == Figure(cell, word=cell)


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("－", "unknown"), ("―", "unknown"), ("-", "unknown"), ("ー", "unknown"), ("ｰ", "unknown"),
        ("──", "unknown"), ("…", "unknown"), ("・・・", "unknown"),
        ("／", "unknown"), ("不明", "unknown"), ("未把握", "unknown"), ("把握していない", "unknown"),
        ("データなし", "unknown"), ("実績なし", "unknown"),
        ("N/A", "unknown"), ("非公表", "unknown"), ("なし", "unknown"), ("算出不可", "unknown"),
        ("未入力", "unknown"),
        ("該当なし", "not_applicable"), ("該当者無し", "not_applicable"), ("対象外", "not_applicable"),
        ("事業開始前", "not_applicable"), ("未開設", "not_applicable"),
        ("令和３年度開設", "not_applicable"), ("R5から実施", "not_applicable"),
        ("令和4年度廃止", "not_applicable"), ("R4で事業終了", "not_applicable"),
        ("休館のため実績なし", "not_applicable"),
        ("新型コロナウイルス感染症の影響により中止", "not_applicable"), ("設定なし", "not_applicable"),
        ("目標値なし", "not_applicable"),
        ("未設定", "not_applicable"),
        ("調査なし", "not_surveyed"), ("調査なし（隔年）", "not_surveyed"), ("未実施", "not_surveyed"),
        ("調査未実施", "not_surveyed"), ("調査を実施していない", "not_surveyed"),
        ("隔年調査", "not_surveyed"), ("－（調査なし）", "not_surveyed"),
        ("5年に1回の調査のため調査なし", "not_surveyed"), ("次回調査は令和7年度", "not_surveyed"),
        ("未実施（次回R7調査予定）", "not_surveyed"), ("調査対象年度外", "not_surveyed"),
        ("調査中", "pending"), ("集計中", "pending"), ("推計中", "pending"), ("未確定", "pending"),
        ("現在集計中です", "pending"), ("（集計中）", "pending"),
        ("※集計中", "pending"), ("公表待ち", "pending"), ("国の公表前", "pending"),
        ("まだ確定していない", "pending"), ("－（集計中）", "pending"),
        ("確認作業中", "pending"), ("令和7年度調査予定", "pending"), ("9月公表予定", "pending"),
    ],
)  # fmt: skip
def test_read_figure_reasons_for_no_number(cell: str, status: str) -> None:
    figure = read_figure(cell)

    assert (figure.kind, figure.status, figure.value, figure.problem) == ("missing", status, None, None)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("集計中（8月公表予定）", ExpectedOn(month=8)),
        ("集計中（令和８年１２月公表予定）", ExpectedOn(2026, 12)),
        ("調査中(R7.9)", ExpectedOn(2025, 9)),
        ("令和7年9月30日公表予定", ExpectedOn(2025, 9, 30)),
        ("令和7年度公表予定", ExpectedOn(fiscal_year=2025)),
        ("集計中", None),
        ("調査なし（令和7年度）", None),
        ("120（集計中、9月確定予定）", ExpectedOn(month=9)),
    ],
)
def test_read_figure_when_a_pending_figure_comes(cell: str, expected: ExpectedOn | None) -> None:
    assert read_figure(cell).expected_on == expected


@pytest.mark.parametrize(
    ("expected", "after", "day"),
    [
        (ExpectedOn(2026, 12), None, datetime.date(2026, 12, 31)),
        (ExpectedOn(2025, 9, 30), None, datetime.date(2025, 9, 30)),
        (ExpectedOn(2025, 2, 30), None, datetime.date(2025, 2, 28)),
        (ExpectedOn(fiscal_year=2025), None, datetime.date(2026, 3, 31)),
        (ExpectedOn(month=9), None, None),
        (ExpectedOn(month=9), datetime.date(2025, 6, 1), datetime.date(2025, 9, 30)),
        (ExpectedOn(month=9), datetime.date(2025, 9, 30), datetime.date(2025, 9, 30)),
        (ExpectedOn(month=3), datetime.date(2025, 6, 1), datetime.date(2026, 3, 31)),
    ],
)
def test_expected_on_resolves_to_the_last_day_meant(
    expected: ExpectedOn, after: datetime.date | None, day: datetime.date | None
) -> None:
    assert expected.resolve(after) == day


@pytest.mark.parametrize("cell", [None, "", " ", "　", "\n", "\u200b"])
def test_read_figure_blank_is_not_zero(cell: str | None) -> None:
    figure = read_figure(cell)

    assert (figure.kind, figure.value, figure.status, figure.problem) == ("blank", None, "blank", None)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("12,34", "grouping"), ("1,234,5", "grouping"), ("1.234.567", "grouping"), ("１２.３.４", "grouping"),
        ("0,123", "grouping"), ("1_000", "grouping"),
        ("1'234", "grouping"), ("5.", "grouping"), ("120,", "grouping"), ("1, 234", "grouping"),
        ("7万20000", "grouping"), ("1億12345万", "grouping"),
        ("3.5億1,480万", "grouping"), ("2千3千", "grouping"),
        ("1e5", "exponent"), ("1.5E-3", "exponent"),
        ("NaN", "not_a_number"), ("inf", "not_a_number"), ("数十人", "not_a_number"),
        ("半数", "not_a_number"), ("三百", "not_a_number"), ("○", "not_a_number"),
        ("△", "not_a_number"), ("別紙参照", "not_a_number"), ("千円", "not_a_number"),
        ("達成していない", "not_a_number"), ("120(速報", "not_a_number"),
        ("120）", "not_a_number"), ("（△5）", "not_a_number"),
        ("--5", "ambiguous_sign"), ("△-5", "ambiguous_sign"), ("5-", "ambiguous_sign"),
        ("5ー", "ambiguous_sign"), ("△5減", "ambiguous_sign"), ("5（減）", "ambiguous_sign"),
        ("ー 5", "ambiguous_sign"),
        ("(1)", "ambiguous_parentheses"), ("(5人)", "ambiguous_parentheses"),
        ("①120", "odd_digits"), ("120①", "odd_digits"), ("10²", "odd_digits"), ("5½", "odd_digits"),
        ("٣", "odd_digits"), ("Ⅲ", "odd_digits"), ("⑴", "odd_digits"),
        ("𝟓", "odd_digits"),
        ("3/8", "fraction_or_date"), ("３／８", "fraction_or_date"), ("12:30", "fraction_or_date"),
        ("2024/4/1", "date_in_figure"),
        ("4月1日", "date_in_figure"), ("R6.3.31", "date_in_figure"), ("H28.4", "date_in_figure"),
        ("令和6年度", "date_in_figure"), ("2024年", "date_in_figure"),
        ("R2～R6", "date_in_figure"), ("5月", "date_in_figure"), ("㍻27", "date_in_figure"),
        ("2024-04-01", "date_in_figure"),
        ("1 234", "two_numbers"), ("120、130", "two_numbers"), ("1・5", "two_numbers"),
        ("120人 350件", "two_numbers"), ("120人\n350件", "two_numbers"),
        ("3時間30分", "two_numbers"), ("10-20", "two_numbers"), ("120（130）", "two_numbers"),
        ("120人（130人）", "two_numbers"), ("120人（延べ350人）", "two_numbers"),
        ("120（累計350）", "two_numbers"), ("1～2～3", "two_numbers"), ("1\x002", "two_numbers"),
        ("120※前年130", "two_numbers"), ("5増減", "two_numbers"),
        ("20～10", "ambiguous_range"), ("1～2万人", "ambiguous_range"), ("10人～20件", "ambiguous_range"),
        ("10から", "ambiguous_range"),
        ("120（未把握）", "missing_and_number"), ("120（調査なし）", "missing_and_number"),
        ("R6:120", "text_with_number"), ("第3位", "text_with_number"), ("±5", "text_with_number"),
        ("㈱5", "text_with_number"), ("\u202e321", "text_with_number"),
        ("コロナのため3回中止", "text_with_number"),
        ("120xyz", "unknown_unit"), ("120だった", "unknown_unit"), ("1O", "unknown_unit"),
        ("1l", "unknown_unit"),
        ("#REF!", "error_cell"), ("#DIV/0!", "error_cell"), ("#N/A", "error_cell"),
        ("＃ＲＥＦ！", "error_cell"), ("####", "error_cell"), ("=L34+#REF!", "error_cell"),
        ("=SUM(A1:A3)", "formula"), ("9" * 19, "out_of_range"), ("0.000000001", "out_of_range"),
        ("1" * 301, "too_long"),
    ],
)  # fmt: skip
def test_read_figure_tells_what_it_cannot_read(cell: str, code: str) -> None:
    figure = read_figure(cell)

    assert (figure.kind, figure.code, figure.value, figure.status) == ("problem", code, None, None)
    assert figure.problem is not None
    assert figure.problem.endswith("。")
    assert figure.text == cell


# --- cells of workbooks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (5, "5"), (-5, "-5"), (0, "0"), (0.1 + 0.2, "0.3"), (93.4, "93.4"), (20000.0, "20000"),
        (1e15, "1000000000000000"), (1 / 3, "0.33333333"),
        (D("1E+3"), "1000"), (D("1.50"), "1.5"),
    ],
)  # fmt: skip
def test_read_figure_numbers_lose_the_noise_of_floats(cell: float | Decimal, value: str) -> None:
    figure = read_figure(cell)

    assert (str(figure.value), figure.status, figure.notice) == (value, "final", None)


@pytest.mark.parametrize(
    ("cell", "number_format", "unit", "value", "qualifier"),
    [
        (0.934, "0.0%", "％", "93.4", None), (0.55, "0%", "%", "55", None),
        (0.634, "0.0%", None, "63.4", None), (-0.05, "0.0%;[Red]-0.0%", "％", "-5", None),
        (63.4, '0.0"％"', "％", "63.4", None), (63.4, "0.0\\%", "％", "63.4", None),
        (12, '#,##0"人"', "人", "12", None), (12, '#,##0"万人"', "人", "120000", None),
        (12, "#,##0人", "人", "12", None), (314800, '#,##0"千円"', "円", "314800000", None),
        (1234567, '#,##0,"千円"', "円", "1234567", None),
        (1234567, '#,##0,"千円"', "千円", "1234.567", None), (120, '"約"#,##0', "人", "120", "約"),
        (70, '0"以上"', "か所", "70", "以上"), (1234, '"¥"#,##0', "円", "1234", None),
        (-1234, "\\¥#,##0;[Red]\\-\\¥#,##0", "円", "-1234", None),
        (1234, "[$¥-411]#,##0", "千円", "1.234", None), (-5, '#,##0;"△ "#,##0', "人", "-5", None),
        (-5, "0_);(0)", "人", "-5", None), (5, "0_);(0)", "人", "5", None),
        (0, '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', "人", "0", None),
        (1.5, "0.00E+00", "人", "1.5", None), (5, "General", "人", "5", None), (5, "G/標準", "人", "5", None),
        (5, '[>=1000]#,##0;0', "人", "5", None),
    ],
)  # fmt: skip
def test_read_figure_takes_the_number_format_at_its_word(
    cell: float, number_format: str, unit: str | None, value: str, qualifier: str | None
) -> None:
    figure = read_figure(cell, unit=unit, number_format=number_format)

    assert (figure.value, figure.qualifier, figure.problem) == (D(value), qualifier, None)


@pytest.mark.parametrize(
    ("cell", "number_format", "unit", "code"),
    [
        (0.634, "0.0%", "人", "percent_format"), (0.634, "0%", "ポイント", "percent_format"),
        (45000, "yyyy/m/d", "人", "date_in_figure"),
        (45000, "[$-411]ge.m.d;@", "人", "date_in_figure"), (45000, 'm"月"d"日"', None, "date_in_figure"),
        (0.5, "[h]:mm", "時間", "date_in_figure"),
        (0.375, "# ?/?", "％", "fraction_or_date"), (1234567, "#,##0,", "円", "scaled_format"),
        (1234567, "#,##0,", None, "scaled_format"),
        (5, '"△"0', "人", "sign_in_format"), (5, '0"人"', "件", "unit_mismatch"),
        (float("nan"), None, None, "not_a_number"), (float("inf"), None, None, "not_a_number"),
        (D("NaN"), None, None, "not_a_number"), (D("sNaN"), None, None, "not_a_number"),
        (D("Infinity"), None, None, "not_a_number"), (True, None, None, "not_a_number"),
        (b"5", None, None, "not_a_number"), (10**18, None, None, "out_of_range"),
        (D("1E+1000000"), None, None, "out_of_range"), (1e-12, None, None, "out_of_range"),
        (datetime.date(2024, 4, 1), None, None, "date_in_figure"),
        (datetime.datetime(2024, 4, 1), None, None, "date_in_figure"),
        (datetime.time(1, 2), None, None, "date_in_figure"),
        (datetime.timedelta(1), None, None, "date_in_figure"),
    ],
)  # fmt: skip
def test_read_figure_refuses_cells_that_show_something_else(
    cell: object, number_format: str | None, unit: str | None, code: str
) -> None:
    figure = read_figure(cell, unit=unit, number_format=number_format)

    assert (figure.kind, figure.code, figure.value) == ("problem", code, None)


@pytest.mark.parametrize(
    ("unit", "value", "notice"),
    [
        ("円", "1250", None),
        ("千円", "1.25", "通貨の表示形式の数を円とみて、千円に換算しました。確かめてください。"),
    ],
)
def test_read_figure_asks_about_a_currency_format_beside_another_power_of_yen(
    unit: str, value: str, notice: str | None
) -> None:
    figure = read_figure(1250, unit=unit, number_format="¥#,##0")

    assert (figure.value, figure.notice) == (D(value), notice)


def test_read_figure_notices_a_format_that_hides_thousands() -> None:
    figure = read_figure(1234567, unit="千円", number_format="#,##0,")

    assert (figure.value, figure.notice) == (
        D("1234.567"),
        "セルの表示形式に合わせ、千円の数として読みました。",
    )


def test_read_figure_asks_about_a_percentage_of_thousands() -> None:
    figure = read_figure(63.4, unit="％", number_format="0.0%")

    assert (figure.value, figure.notice) == (D(6340), "％の値が1,000以上です（6340）。桁を確かめてください。")


def test_read_figure_survives_an_int_too_long_to_print() -> None:
    figure = read_figure(10**5000)

    assert (figure.code, figure.text) == ("out_of_range", "")


# --- showing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "decimals", "unit", "text"),
    [
        ("1234.5", 0, "人", "1,235人"), ("1234.5", None, None, "1,234.5"), ("-2.5", 0, None, "-3"),
        ("2.5", 0, None, "3"), ("-0.4", 0, "％", "0％"),
        ("-0.45", 1, "％", "-0.5％"), ("93.4", 2, "％", "93.40％"), ("1E+6", None, "円", "1,000,000円"),
        ("0.00", None, None, "0"), ("999.95", 1, None, "1,000.0"),
    ],
)  # fmt: skip
def test_format_figure(value: str, decimals: int | None, unit: str | None, text: str) -> None:
    assert format_figure(D(value), decimals, unit) == text
