"""Cells of a definition: what each text means, and that what is written reads back as the same fields."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.calculations.definition_cells import (
    COLUMN,
    COLUMNS,
    FIELDS,
    Surroundings,
    definition_texts,
    surroundings,
    years_words,
)
from strategy.enums import Aggregation, Direction, EnteredAs, PartsRule, PathRule
from strategy.models import Kpi

PEOPLE = Surroundings("人", 0)


@pytest.mark.parametrize(
    ("column", "text", "values"),
    [
        ("unit", " 人 ", {"unit": "人"}),
        ("decimals", "１", {"decimals": 1}),
        ("decimals", "小数点以下2桁", {"decimals": 2}),
        ("decimals", "整数", {"decimals": 0}),
        ("decimals", "", {"decimals": None}),
        ("direction", "上向き", {"direction": "up"}),
        ("direction", "down", {"direction": "down"}),
        ("direction", "増加", {"direction": "up"}),
        ("direction", "－", {"direction": ""}),
        ("aggregation", "累計", {"aggregation": "cumulative"}),
        ("aggregation", "年度末時点の値", {"aggregation": "year_end"}),
        ("entered_as", "", {"entered_as": "level"}),
        ("baseline_value", "２，３２５人", {"baseline_value": Decimal(2325)}),
        ("baseline_value", "－", {"baseline_value": None}),
        (
            "baseline_years",
            "H22～26の5年間",
            {"baseline_first_fiscal_year": 2010, "baseline_fiscal_year": 2014},
        ),
        ("baseline_years", "平成26年度", {"baseline_first_fiscal_year": None, "baseline_fiscal_year": 2014}),
        ("maintain_band", "±5％", {"maintain_band": Decimal("0.05")}),
        ("maintain_band", "5", {"maintain_band": Decimal("0.05")}),
        ("window", "H29から", {"window_first_fiscal_year": 2017, "window_last_fiscal_year": None}),
        ("survey_interval", "２年", {"survey_interval": 2}),
        ("survey_interval", "", {"survey_interval": 1}),
    ],
)
def test_cell_is_understood(column, text, values):
    reading = COLUMN[column].read(text, PEOPLE)

    assert (dict(reading.values), reading.problem) == (values, "")


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("name", "  "),
        ("unit", "あ" * 31),
        ("decimals", "9"),
        ("decimals", "-1"),
        ("decimals", "二"),
        ("direction", "良い方"),
        ("aggregation", "合計か平均"),
        ("baseline_value", "10～20"),
        ("baseline_value", "80以上"),
        ("baseline_value", "63％"),
        ("baseline_years", "26"),
        ("baseline_years", "H26から"),
        ("baseline_years", "H26～H22"),
        ("maintain_band", "-5"),
        ("maintain_band", "101"),
        ("maintain_band", "0.00000001"),
        ("survey_interval", "0"),
    ],
)
def test_cell_that_is_not_understood_says_what_to_do(column, text):
    reading = COLUMN[column].read(text, PEOPLE)

    assert reading.values == {}
    assert reading.problem.endswith("。")


def test_baseline_is_read_in_the_unit_that_is_typed_beside_it():
    around = surroundings({"unit": "千人", "decimals": "1"})

    assert COLUMN["baseline_value"].read("12,000人", around).values == {"baseline_value": Decimal(12)}


def test_finer_figure_than_the_decimals_is_told():
    assert "丸めて" in COLUMN["baseline_value"].read("1.25", Surroundings("点", 1)).notice


def test_every_field_of_a_definition_has_one_cell():
    kept = [name for column in COLUMNS for name in column.fields]
    elsewhere = {"id", "version", "unconfirmed", "code", "is_demo", "predecessor", "predecessor_reason"}
    elsewhere |= {"predecessor_fiscal_year", "predecessor_is_comparable"}

    assert sorted(kept) == sorted({f.name for f in Kpi._meta.concrete_fields} - elsewhere)


YEARS = st.integers(1990, 2050)
SPANS = st.tuples(YEARS, YEARS).map(sorted).map(tuple)
OPEN_SPANS = st.one_of(
    SPANS,
    st.tuples(YEARS, st.none()),
    st.tuples(st.none(), YEARS),
    st.just((None, None)),
)
TEXTS = st.text(st.sampled_from("指標1ａ％、 -（）\n"), max_size=30).map(str.strip)
FIGURE = st.none() | st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
)
DEFINITIONS = st.builds(
    lambda window, valid, baseline, **fields: {
        **fields,
        "window_first_fiscal_year": window[0],
        "window_last_fiscal_year": window[1],
        "first_fiscal_year": valid[0],
        "last_fiscal_year": valid[1],
        "baseline_first_fiscal_year": baseline[0] if baseline[0] != baseline[1] else None,
        "baseline_fiscal_year": baseline[1],
    },
    OPEN_SPANS,
    OPEN_SPANS,
    SPANS | st.just((None, None)),
    name=TEXTS.filter(bool),
    unit=st.sampled_from(["", "人", "％", "千円", "点"]),
    decimals=st.none() | st.integers(0, 8),
    direction=st.sampled_from(["", *Direction]),
    aggregation=st.sampled_from(["", *Aggregation]),
    baseline_value=FIGURE,
    baseline_text=TEXTS,
    entered_as=st.sampled_from(list(EnteredAs)),
    maintain_band=st.none() | st.integers(0, 100).map(lambda n: Decimal(n) / 100),
    path_rule=st.sampled_from(list(PathRule)),
    parts_rule=st.sampled_from(["", *PartsRule]),
    rationale=TEXTS,
    method=TEXTS,
    statistic_source=TEXTS,
    final_note=TEXTS,
    survey_interval=st.integers(1, 20),
    note=TEXTS,
)


@given(DEFINITIONS)
def test_definition_written_as_texts_reads_back_as_itself(definition):
    texts = definition_texts(definition)

    read = {}
    for column in COLUMNS:
        read |= column.read(texts[column.key], surroundings(texts)).values

    assert read == {name: definition[name] for name in FIELDS}


@given(OPEN_SPANS)
def test_years_read_back(span):
    values = COLUMN["valid"].read(years_words(*span), PEOPLE).values

    assert tuple(values.values()) == span
