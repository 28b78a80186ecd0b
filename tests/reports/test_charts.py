"""The series picture shows what is there, and nothing where nothing is."""

import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts.scale import value_axis
from reports.charts.series import Point, Range, SeriesPicture, series_svg

SVG = "{http://www.w3.org/2000/svg}"


def picture(**changes) -> SeriesPicture:
    values = {
        "title": "つくバス利用者数",
        "unit": "人",
        "decimals": 0,
        "years": (2015, 2016, 2017, 2018),
        "actuals": (Point(2015, Decimal(184)), Point(2016, Decimal(191), provisional=True)),
        "targets": (Point(2018, Decimal(227)),),
    }
    return SeriesPicture(**{**values, **changes})


def drawn(**changes) -> ET.Element:
    return ET.fromstring(series_svg(picture(**changes), identifier="x"))


def test_preliminary_value_is_drawn_hollow():
    fills = [circle.get("fill") for circle in drawn().iter(SVG + "circle")][:2]

    assert fills == ["#0017c1", "#fff"]


def test_a_year_without_value_is_a_gap_and_not_a_zero():
    svg = drawn(actuals=(Point(2015, Decimal(184)), Point(2017, Decimal(191)), Point(2018, Decimal(192))))

    lines = [line.get("points") for line in svg.iter(SVG + "polyline")]
    assert len(lines) == 1
    assert len(lines[0].split()) == 2


def test_a_break_of_the_series_parts_the_line():
    values = tuple(Point(year, Decimal(180 + year - 2015)) for year in (2015, 2016, 2017, 2018))

    whole, parted = drawn(actuals=values), drawn(actuals=values, breaks=(2017,))

    assert [len(line.get("points").split()) for line in whole.iter(SVG + "polyline")] == [4]
    assert [len(line.get("points").split()) for line in parted.iter(SVG + "polyline")] == [2, 2]


def test_a_seam_parts_the_targets_of_two_kpis_and_is_told():
    targets = tuple(Point(year, Decimal(200 + year - 2015)) for year in (2015, 2016, 2017, 2018))

    svg = drawn(actuals=(), targets=targets, seams=(2017,), baseline=Decimal(180))

    lines = [line.get("points").split() for line in svg.iter(SVG + "polyline")]
    assert [len(line) for line in lines] == [2, 2]
    assert "H29に指標の交代。" in svg.find(SVG + "desc").text
    assert "指標の交代" in [text.text for text in svg.iter(SVG + "text")]


def test_description_says_the_figures_in_words():
    assert drawn().find(SVG + "desc").text == "実績：H27 184人、H28 191人（速報・見込）。目標：H30 227人。"


def test_text_is_escaped_and_no_inline_style_is_used():
    svg = series_svg(picture(title='<script>"&'), identifier="x")

    assert "<script>" not in svg
    assert "style=" not in svg


def test_nothing_to_show_draws_nothing():
    assert series_svg(picture(actuals=(), targets=()), identifier="x") == ""


@given(st.lists(st.decimals(-(10**9), 10**9, allow_nan=False, places=3), min_size=1, max_size=8))
def test_axis_holds_every_value_between_rising_marks(values):
    axis = value_axis(values, length=220)

    assert all(0 <= axis.at(value) <= 220 for value in values)
    assert list(axis.marks) == sorted(set(axis.marks))
    assert 2 <= len(axis.marks) <= 12


@pytest.mark.parametrize("value", [Decimal(0), Decimal("-155.6"), Decimal("1E+9")])
def test_a_single_value_still_has_an_axis(value):
    svg = drawn(actuals=(Point(2015, value),), targets=(), outlook=Range(2018, value - 1, value + 1))

    assert next(svg.iter(SVG + "circle")) is not None
