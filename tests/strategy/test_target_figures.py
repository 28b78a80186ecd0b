"""Targets as people type them: what is understood, what is refused, and that writing gives reading back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.calculations.target_figures import TargetFigure, read_target, target_cell
from strategy.enums import TargetQualifier

EXACT, AT_LEAST, AT_MOST = TargetQualifier.EXACT, TargetQualifier.AT_LEAST, TargetQualifier.AT_MOST


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("１，２３４", "人", TargetFigure(Decimal(1234))),
        ("2,584人", "人", TargetFigure(Decimal(2584))),
        ("1.2万", "人", TargetFigure(Decimal(12000))),
        ("▲5", "件", TargetFigure(Decimal(-5))),
        ("63.4％", "％", TargetFigure(Decimal("63.4"))),
        ("３割", "％", TargetFigure(Decimal(30))),
        ("80％以上", "％", TargetFigure(Decimal(80), qualifier=AT_LEAST)),
        ("10件以下", "件", TargetFigure(Decimal(10), qualifier=AT_MOST)),
        ("10～20", "人", TargetFigure(Decimal(10), Decimal(20), TargetQualifier.RANGE)),
        ("現状維持", "人", TargetFigure(qualifier=TargetQualifier.WORD, word="現状維持")),
        ("増加", "人", TargetFigure(qualifier=TargetQualifier.WORD, word="増加")),
        ("約120", "人", TargetFigure(Decimal(120), published_text="約120")),
        ("0", "人", TargetFigure(Decimal(0))),
        ("", "人", None),
        ("－", "人", None),
    ],
)
def test_target_is_understood(text, unit, expected):
    reading = read_target(text, unit=unit)

    assert (reading.figure, reading.problem) == (expected, "")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("80超", "人"),
        ("5未満", "件"),
        ("10％増", "％"),
        ("100人増", "人"),
        ("63％", "人"),
        ("検討中", "人"),
        ("10 20", "人"),
        ("H31", "人"),
        ("1e5", "人"),
        ("#REF!", "人"),
    ],
)
def test_target_that_could_mean_two_things_is_refused_with_a_sentence(text, unit):
    reading = read_target(text, unit=unit)

    assert reading.figure is None
    assert reading.problem.endswith("。")


def test_target_of_another_year_is_refused():
    assert read_target("227（R1）", unit="人", fiscal_year=2019).figure == TargetFigure(
        Decimal(227), published_text="227（R1）"
    )
    assert "平成30年度" in read_target("227（R1）", unit="人", fiscal_year=2018).problem


def test_unit_that_is_not_defined_yet_is_told():
    reading = read_target("227人", unit="")

    assert reading.figure == TargetFigure(Decimal(227))
    assert "単位が未設定" in reading.notice


FIGURES = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)


@given(FIGURES, st.sampled_from([EXACT, AT_LEAST, AT_MOST]), st.sampled_from([None, 0, 1, 3]))
def test_what_is_written_is_read_back(value, qualifier, decimals):
    figure = TargetFigure(value, qualifier=qualifier)

    assert read_target(target_cell(figure, decimals), unit="点").figure == figure


@given(FIGURES, FIGURES, st.sampled_from([None, 0, 2]))
def test_a_range_is_read_back(one, other, decimals):
    low, high = sorted((one, other))
    figure = TargetFigure(low, high, TargetQualifier.RANGE)

    assert read_target(target_cell(figure, decimals), unit="点").figure == figure


@given(st.text(max_size=40), st.sampled_from(["人", "％", "千円", ""]))
def test_any_text_is_a_figure_or_a_sentence_and_never_both(text, unit):
    reading = read_target(text, unit=unit, fiscal_year=2019)

    assert not (reading.figure and reading.problem)
