"""Fiscal years, months and periods in every spelling of DOMAIN.md §6, and what must not be read."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsukuba_kpi.lib.fiscal_year import (
    Period,
    era_and_western,
    era_label,
    find_fiscal_years,
    find_period,
    find_years,
    fiscal_year_of,
    parse_fiscal_year,
    parse_month,
    parse_period,
    read_year,
    short_era_label,
)


@pytest.mark.parametrize(
    ("text", "fiscal_year"),
    [
        ("平成31年度", 2019), ("令和元年度", 2019), ("H31", 2019), ("R1", 2019), ("Ｒ元", 2019),
        ("2019", 2019),
        ("2019年度", 2019), ("FY2019", 2019), ("西暦2019年度", 2019), ("Ｒ６", 2024), ("r6", 2024),
        ("R 6", 2024), ("R.6", 2024),
        ("㍻27", 2015), ("㋿6", 2024), ("㍻27年度", 2015), ("令和6(2024)年度", 2024),
        ("2024（令和6）年度", 2024),
        ("令和元年度\n（平成31年度）", 2019), ("平成31年度・令和元年度", 2019), ("H31/R1", 2019),
        ("平成31（令和元）年度", 2019),
        ("平成二十七年度", 2015), ("令和十年度", 2028), ("二〇一九年度", 2019), ("令和６年度末", 2024),
        ("（R6）", 2024),
        ("昭和63年度", 1988), ("S63", 1988), ("平成元年度", 1989), ("令６", 2024), ("平27年度", 2015),
        ("令和 6 年度", 2024),
        ("H28.4", 2016), ("H28.3", 2015), ("令和6年3月31日", 2023), ("R6.3.31", 2023), ("2024年4月", 2024),
        ("2024/03", 2023),
        ("令和6年度（2025年3月）", 2024), ("令和6（2024）年3月", 2023),
    ],
)  # fmt: skip
def test_parse_fiscal_year(text: str, fiscal_year: int) -> None:
    assert parse_fiscal_year(text) == fiscal_year


@pytest.mark.parametrize(
    "text",
    [
        "", "27年度", "27", "元年度", "令和6(2023)年度", "令和5年度（R6）", "令和0年度", "令和6年13月",
        "令和6年2月30日", "R5・R6", "R2～R6",
        "R6年度実績", "令和６年度（目標年度）", "M7.3", "H5N1", "R6 1", "1,999", "20190", "千九百",
        "令和年度", "年度", "H200", "平成200年度",
        "3019年度", "実績値",
    ],
)  # fmt: skip
def test_parse_fiscal_year_refuses_what_is_no_year_or_contradicts_itself(text: str) -> None:
    assert parse_fiscal_year(text) is None


@pytest.mark.parametrize(
    ("text", "era", "fiscal_year"), [("27年度", "平成", 2015), ("27", "H", 2015), ("元年度", "令和", 2019)]
)
def test_parse_fiscal_year_takes_the_era_from_the_hint(text: str, era: str, fiscal_year: int) -> None:
    assert parse_fiscal_year(text, era=era) == fiscal_year


def test_parse_fiscal_year_prefers_the_written_era_to_the_hint() -> None:
    assert parse_fiscal_year("R6", era="平成") == 2024


def test_parse_fiscal_year_refuses_a_hint_that_is_no_era() -> None:
    with pytest.raises(ValueError, match="no such era"):
        parse_fiscal_year("27年度", era="天保")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("令和6年度", "fiscal"), ("R6", "fiscal"), ("2024", "fiscal"), ("令和6年", "calendar"),
        ("2024年", "calendar"),
        ("令和6年9月", "month"), ("R6.9.30", "month"),
    ],
)  # fmt: skip
def test_read_year_tells_fiscal_from_calendar(text: str, kind: str) -> None:
    reading = read_year(text)

    assert reading is not None
    assert reading.kind == kind


@pytest.mark.parametrize(
    ("text", "fiscal_year", "note"),
    [
        ("平成32年度", 2020, "平成32年度は令和2年度と読みました。"),
        ("H36", 2024, "平成36年度は令和6年度と読みました。"),
        ("昭和64年度", 1989, "昭和64年度は平成元年度と読みました。"),
        ("平成31年5月", 2019, "平成31年5月は令和元年5月と読みました。"),
        ("令和元年4月", 2019, "令和元年4月は平成31年4月と読みました。"),
        ("昭和100年", 2025, "昭和100年は令和7年と読みました。"),
        ("平成31年度", 2019, None),
        ("平成31年4月", 2019, None),
        ("平成31年", 2019, None),
        ("令和元年", 2019, None),
        ("平成32年度（令和2年度）", 2020, None),
    ],
)
def test_read_year_notes_an_era_that_had_ended(text: str, fiscal_year: int, note: str | None) -> None:
    reading = read_year(text)

    assert reading is not None
    assert (reading.fiscal_year, reading.note) == (fiscal_year, note)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("H28.4", (2016, 4)), ("Ｈ２８．４", (2016, 4)), ("平成28年4月", (2016, 4)),
        ("令和８年１２月", (2026, 12)), ("2016/4", (2016, 4)),
        ("2016-04", (2016, 4)), ("2016.4", (2016, 4)), ("R6.3.31", (2024, 3)), ("令和6年9月末", (2024, 9)),
        ("R7.9頃", (2025, 9)),
        ("平成28年", None), ("8月", None), ("H28.13", None), ("28年4月", None), ("4月1日", None), ("", None),
    ],
)  # fmt: skip
def test_parse_month(text: str, month: tuple[int, int] | None) -> None:
    assert parse_month(text) == month


def test_parse_month_takes_the_era_from_the_hint() -> None:
    assert parse_month("28年4月", era="平成") == (2016, 4)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("R6年度実績", [2024]),
        ("令和６年度\n（目標年度）", [2024]),
        ("令和5年度目標／令和6年度実績", [2023, 2024]),
        ("H30実績", [2018]),
        ("つくバス利用者数2019人", []),
        ("2019年度の利用者数", [2019]),
        ("令和6(2023)年度実績", []),
        ("令和6(2024)年度実績", [2024]),
        ("新型コロナ(COVID-19)・R2D2", []),
        ("M7.3の地震", []),
        ("25歳から39歳まで", []),
        ("人口1,999人", []),
        ("目標値（Ｒ６）", [2024]),
        ("令和5・6年度", [2023, 2024]),
        ("平成29、30年度の平均", [2017, 2018]),
        ("H29・30", [2017, 2018]),
        ("H22～26の5年間", [2010, 2014]),
        ("令和5年度、6年度", [2023, 2024]),
        ("令和5年度、10年ぶりに", [2023]),
        ("令和5年度、12人", [2023]),
        ("R5・6人", [2023]),
        ("昭和50年代から2020年代", []),
    ],
)
def test_find_fiscal_years_in_headings_and_names(text: str, years: list[int]) -> None:
    assert find_fiscal_years(text) == years


def test_find_years_keeps_note_and_kind() -> None:
    readings = find_years("平成32年度目標（令和元年実績）")

    assert [(reading.fiscal_year, reading.kind, reading.note is None) for reading in readings] == [
        (2020, "fiscal", False),
        (2019, "calendar", True),
    ]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("H22～26の5年間", 2010, 2014), ("H22-26", 2010, 2014), ("（H22～26）", 2010, 2014),
        ("平成27年度から平成31年度まで", 2015, 2019),
        ("平成27年度から平成31年度までの", 2015, 2019), ("R2～R6", 2020, 2024), ("Ｒ２〜Ｒ６", 2020, 2024),
        ("平成27～31年度", 2015, 2019),
        ("H30～R2", 2018, 2020), ("平成30～令和2年度", 2018, 2020), ("2020-2024年度", 2020, 2024),
        ("2019～21年度", 2019, 2021),
        ("令和2年度から5年間", 2020, 2024), ("令和2年度から5か年", 2020, 2024),
        ("2019年度から10年間", 2019, 2028), ("H27～H31（5年間）", 2015, 2019),
        ("R5.4～R6.3", 2023, 2023), ("平成30年度から", 2018, None), ("R2～", 2020, None),
        ("令和6年度まで", None, 2024), ("H30", 2018, 2018),
        ("令和2年度から6年度まで", 2020, 2024), ("～令和6年度", None, 2024),
        ("令和2年度～令和6年度平均", 2020, 2024),
    ],
)  # fmt: skip
def test_parse_period(text: str, first: int | None, last: int | None) -> None:
    assert parse_period(text) == Period(first, last)


@pytest.mark.parametrize(
    "text", ["H22～26の4年間", "H30～2", "R6～R2", "22～26", "10～20", "5年間", "令和6(2023)～7年度", ""]
)
def test_parse_period_refuses_what_does_not_fit(text: str) -> None:
    assert parse_period(text) is None


def test_parse_period_notes_months_that_are_not_whole_fiscal_years() -> None:
    period = parse_period("R5.10～R6.9")

    assert period is not None
    assert (period.first, period.last) == (2023, 2024)
    assert period.note == "月で示された期間を、その月を含む年度の期間として読みました。"


@pytest.mark.parametrize(("text", "years"), [("R2～R6", 5), ("H30", 1), ("R2～", None)])
def test_period_years(text: str, years: int | None) -> None:
    period = parse_period(text)

    assert period is not None
    assert period.years == years


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("平成27年度から平成31年度までの新規創業数", Period(2015, 2019)),
        ("研究開発型企業の立地件数（平成30年度からの累計）", Period(2018, None)),
        ("2019～2021年度の平均", Period(2019, 2021)),
        ("25歳から39歳までの転入超過数", None),
        ("令和6年度の利用者数", None),
        ("H27～H31の計と、R2～R6の計", None),
        ("2019～2021人", None),
    ],
)
def test_find_period_in_the_name_of_a_kpi(text: str, period: Period | None) -> None:
    assert find_period(text) == period


@pytest.mark.parametrize(
    ("day", "fiscal_year"),
    [
        (datetime.date(2024, 3, 31), 2023),
        (datetime.date(2024, 4, 1), 2024),
        (datetime.datetime(2025, 1, 1, 9, 0), 2024),
    ],
)
def test_fiscal_year_of_a_day(day: datetime.date, fiscal_year: int) -> None:
    assert fiscal_year_of(day) == fiscal_year


@pytest.mark.parametrize(
    ("fiscal_year", "label", "short"),
    [
        (2024, "令和6年度", "R6"),
        (2019, "令和元年度", "R1"),
        (2018, "平成30年度", "H30"),
        (1989, "平成元年度", "H1"),
        (1988, "昭和63年度", "S63"),
    ],
)
def test_era_labels(fiscal_year: int, label: str, short: str) -> None:
    assert (era_label(fiscal_year), short_era_label(fiscal_year)) == (label, short)


def test_era_label_refuses_years_before_eras_are_known() -> None:
    with pytest.raises(ValueError, match="no era"):
        era_label(1800)


@given(st.integers(1926, 2100))
def test_labels_read_back_without_a_note(fiscal_year: int) -> None:
    for text in (
        era_label(fiscal_year),
        short_era_label(fiscal_year),
        era_and_western(fiscal_year),
        f"{fiscal_year}年度",
    ):
        reading = read_year(text)
        assert reading is not None
        assert (reading.fiscal_year, reading.kind, reading.note) == (fiscal_year, "fiscal", None)


@given(st.integers(1989, 2040), st.integers(0, 30))
def test_periods_read_back(first: int, length: int) -> None:
    last = first + length

    assert parse_period(f"{era_label(first)}から{era_label(last)}まで") == Period(first, last)
    assert parse_period(f"{short_era_label(first)}～{short_era_label(last)}") == Period(first, last)


@given(st.dates(datetime.date(1990, 1, 1), datetime.date(2090, 12, 31)))
def test_days_read_back_as_their_fiscal_year(day: datetime.date) -> None:
    assert parse_fiscal_year(f"{day.year}年{day.month}月{day.day}日") == fiscal_year_of(day)
    assert parse_month(f"{day.year}/{day.month}/{day.day}") == (day.year, day.month)


@given(st.text(alphabet="令和平成昭元HRSＲ６0123456789年度月日～~-.(（)）からまで間のFY／/・ 西暦㍻㋿二十"))
def test_nothing_raises_and_no_year_is_out_of_bounds(text: str) -> None:
    period = parse_period(text)
    found = find_period(text)
    years = find_fiscal_years(text)
    reading = read_year(text)

    for year in [*years, *([reading.fiscal_year] if reading else [])]:
        assert 1867 <= year <= 2100
    for some in (period, found):
        if some is not None and some.first is not None and some.last is not None:
            assert some.first <= some.last
