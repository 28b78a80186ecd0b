"""What holds for every number, every spelling and every text that is none."""

import re
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tsukuba_kpi.lib.decimals import round_half_up, to_plain
from tsukuba_kpi.lib.figures import format_figure, read_figure
from tsukuba_kpi.lib.units import parse_unit, power_between

numbers = st.decimals(min_value=Decimal("-999999999999"), max_value=Decimal("999999999999"), places=4)
units = st.sampled_from(
    [None, "人", "件", "％", "千円", "億円", "万人", "㎡", "ha", "か所", "人/日", "t-CO2", "世帯", "ポイント"]
)

FULL = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
MINUS_SIGNS = "-−－‐‑‒–—―△▲ー"


@given(numbers, units, st.one_of(st.none(), st.integers(0, 4)))
def test_what_is_shown_reads_back(value: Decimal, unit: str | None, decimals: int | None) -> None:
    shown = value if decimals is None else round_half_up(value, decimals)

    figure = read_figure(format_figure(value, decimals, unit), unit=unit)

    assert (figure.value, figure.problem) == (shown, None)


@given(
    numbers, units, st.sampled_from(MINUS_SIGNS), st.booleans(), st.booleans(), st.booleans(),
    st.sampled_from(["", " ", "　", "\n"]),
)  # fmt: skip
def test_every_spelling_of_one_number_reads_alike(
    value: Decimal, unit: str | None, minus: str, full_width: bool, grouped: bool, with_unit: bool, space: str
) -> None:
    digits = f"{abs(value):,f}" if grouped else f"{abs(value):f}"
    if full_width:
        digits = digits.translate(FULL)
    text = (
        space
        + (minus if value < 0 else "")
        + digits
        + (f"{space}{unit}" if with_unit and unit else "")
        + space
    )

    figure = read_figure(text, unit=unit)

    assert (figure.value, figure.status, figure.problem) == (value, "final", None)


@given(
    st.integers(0, 9999),
    st.integers(0, 9999),
    st.integers(1, 9999),
    st.sampled_from(["円", "千円", "百万円", "億円"]),
)
def test_myriads_are_exact_in_every_unit(ones: int, myriads: int, hundred_millions: int, unit: str) -> None:
    text = (
        f"{hundred_millions}億" + (f"{myriads:,}万" if myriads else "") + (f"{ones}" if ones else "") + "円"
    )
    wanted = parse_unit(unit)
    assert wanted is not None
    exact = Decimal(hundred_millions * 10**8 + myriads * 10**4 + ones).scaleb(-wanted.power)

    figure = read_figure(text, unit=unit)

    assert figure.value == exact


@given(
    st.integers(-(10**9), 10**9),
    st.sampled_from(["円", "千円", "万円", "百万円", "億円"]),
    st.sampled_from(["円", "千円", "万円", "百万円", "億円"]),
)
def test_changing_the_unit_scales_exactly(value: int, written: str, wanted: str) -> None:
    one, other = parse_unit(written), parse_unit(wanted)
    assert one is not None
    assert other is not None
    power = power_between(one, other)
    assert power is not None

    figure = read_figure(f"{value:,}{written}", unit=wanted)

    assert figure.value == Decimal(value).scaleb(power)


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    units,
    st.sampled_from([None, "General", "0.0%", "#,##0", '0"人"', "ge.m.d"]),
)
def test_no_float_raises(cell: float, unit: str | None, number_format: str | None) -> None:
    figure = read_figure(cell, unit=unit, number_format=number_format)

    assert (figure.value is None) == (figure.status != "final")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_floats_of_decimals_read_as_the_decimal(value: Decimal) -> None:
    assume(len(value.as_tuple().digits) <= 15)

    assert read_figure(float(value)).value == value


@given(st.text(), units)
def test_no_text_raises_and_every_reading_is_one_of_six_kinds(text: str, unit: str | None) -> None:
    _check_shape(text, unit)


figure_like = st.text(
    alphabet="0123456789０５.,，．-－−△▲ー+＋()（）[]【】 　\n%％人件円千万億兆約概ね速報値以上下未満～~から"
    "※*注うち男女増減/:年度月日R令和eE_①②²中止なし",
    max_size=14,
)


@given(figure_like, units)
def test_no_figure_like_text_raises(text: str, unit: str | None) -> None:
    _check_shape(text, unit)


def _check_shape(text: str, unit: str | None) -> None:
    figure = read_figure(text, unit=unit)
    assert figure.text == text
    if figure.kind == "number":
        assert figure.value is not None
        assert figure.value.is_finite()
        assert figure.status in {"final", "preliminary", "estimated"}
        assert abs(figure.value) < 10**18
        assert round_half_up(figure.value, 8) == figure.value
    elif figure.kind == "range":
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.high
    else:
        assert (figure.value, figure.low, figure.high) == (None, None, None)
        assert (figure.problem is None) == (figure.code is None)
        assert figure.kind != "missing" or figure.status in {
            "pending",
            "not_surveyed",
            "unknown",
            "not_applicable",
        }


@given(
    st.text(alphabet=st.characters(exclude_categories=["Nd", "No", "Nl"], exclude_characters="零ゼ")), units
)
def test_a_text_without_digits_never_has_a_value(text: str, unit: str | None) -> None:
    assert read_figure(text, unit=unit).value is None


pieces = st.lists(
    st.sampled_from(
        [
            *"0123456789０５",
            *".,，．-－△+()（） 　人%％約※*_'eE/:～①²",
            "速報",
            "以上",
            "うち",
            "（うち5人）",
            "(3)",
            "12",
            "1,234",
            "人",
        ]
    ),
    min_size=1,
    max_size=8,
).map("".join)


@given(pieces, st.sampled_from([None, "人", "％"]))
def test_a_value_is_always_the_only_number_outside_brackets(text: str, unit: str | None) -> None:
    """An independent reading by elimination: whatever is read must be the one number that is seen."""
    figure = read_figure(text, unit=unit)
    if figure.value is None:
        return

    seen = unicodedata.normalize("NFKC", text)
    outside = re.sub(r"\([^()]*\)", "", seen)
    outside = re.sub(r"※ ?(?:[1-9][0-9]?(?![0-9.,]))?[^0-9]*$", "", outside.strip())
    if not re.search("[0-9]", outside):  # (5) is the only number that stands in brackets
        outside = seen.strip().strip("()")
    found = re.findall(r"[0-9.,]*[0-9][0-9.,]*", outside)

    assert len(found) == 1
    assert abs(figure.value) == Decimal(found[0].replace(",", ""))
    assert "²" not in text
    assert "①" not in text


@given(numbers)
def test_to_plain_is_the_value_without_exponent(value: Decimal) -> None:
    text = to_plain(value)

    assert Decimal(text) == value
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]*[1-9])?", text)


@pytest.mark.parametrize("places", [-3, 0, 2])
@given(value=numbers)
def test_round_half_up_is_within_half_a_step_and_symmetric(value: Decimal, places: int) -> None:
    rounded = round_half_up(value, places)

    assert abs(rounded - value) <= Decimal("0.5").scaleb(-places)
    assert round_half_up(-value, places) == -rounded
