"""Rating schemes: ready ones are sound, limits are checked, quantities fall into one band."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.calculations.rating import Band, Scheme, classify, scheme_problems
from strategy.calculations.ready_schemes import READY_SCHEMES, SABC, THREE_BANDS, ready_scheme
from strategy.enums import RatingMeasure


def scheme(*bands: Band, **more) -> Scheme:
    """Return a scheme of some bands."""
    return Scheme("test", "試し", 1, RatingMeasure.PATH_RATE, bands, **more)


@pytest.mark.parametrize("ready", READY_SCHEMES, ids=lambda ready: ready.code)
def test_ready_schemes_are_sound(ready):
    assert scheme_problems(ready) == []
    assert ready.source
    assert ready.bands[-1].minimum is None
    assert all(band.sentence and band.symbol and band.colour and band.pattern for band in ready.bands)
    assert len({band.pattern for band in ready.bands}) == len(ready.bands)


def luminance(colour: str) -> float:
    """Return how light a colour prints in grey (0 to 255)."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ready", READY_SCHEMES, ids=lambda ready: ready.code)
def test_ready_schemes_keep_their_order_in_grey_print(ready):
    shades = [luminance(band.colour) for band in ready.bands]

    assert all(lighter - darker >= 12 for darker, lighter in pairwise(shades))


def test_ready_schemes_have_their_own_codes_and_names():
    assert len({ready.code for ready in READY_SCHEMES}) == len(READY_SCHEMES)
    assert all(ready_scheme(ready.code) is ready for ready in READY_SCHEMES)
    assert all(ready_scheme(ready.name) is ready for ready in READY_SCHEMES)
    assert ready_scheme("nothing") is None


def test_tsukubas_thresholds_are_marked_as_our_proposal():
    assert ready_scheme("tsukuba").is_proposal
    assert "公表されておらず" in ready_scheme("tsukuba").source


@pytest.mark.parametrize(
    ("rate", "label"),
    [
        ("1", "着実に進んでいる"),
        ("0.999999999999999999999999999999", "概ね進んでいる"),
        ("0.6", "概ね進んでいる"),
        ("0.59", "改善や工夫が必要"),
        ("-3", "改善や工夫が必要"),
    ],
)
def test_classify_at_the_limits(rate, label):
    assert classify(THREE_BANDS, {RatingMeasure.PATH_RATE: Decimal(rate)}).label == label


def test_classify_takes_fractions_exactly():
    assert classify(THREE_BANDS, {RatingMeasure.PATH_RATE: Fraction(3, 5)}).label == "概ね進んでいる"
    assert classify(THREE_BANDS, {RatingMeasure.PATH_RATE: Fraction(3, 5) - Fraction(1, 10**60)}).label == (
        "改善や工夫が必要"
    )


def test_classify_without_the_quantity_is_none():
    assert classify(THREE_BANDS, {RatingMeasure.PROGRESS_RATE: Decimal(1)}) is None
    assert classify(THREE_BANDS, {RatingMeasure.PATH_RATE: None}) is None


def test_classify_asks_a_bands_own_measure_only_when_no_better_band_applies():
    assert classify(SABC, {RatingMeasure.MET: Decimal(1)}).label == "S"
    assert classify(SABC, {RatingMeasure.MET: Decimal(0)}) is None
    rates = {RatingMeasure.MET: Decimal(0), RatingMeasure.BASELINE_RATE: Decimal("1.1")}
    assert classify(SABC, rates).label == "B"


HIGH, LOW, REST = Band("高", Decimal("0.8")), Band("中", Decimal("0.6")), Band("低")


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ((), "区分がありません"),
        ((HIGH, LOW), "すき間"),
        ((LOW, HIGH, REST), "順序が逆です"),
        ((HIGH, replace(LOW, minimum=Decimal("0.8")), REST), "重なって"),
        ((HIGH, REST, LOW), "重なり"),
        ((HIGH, replace(LOW, label="高"), REST), "２つ以上"),
        ((HIGH, replace(REST, label=" ")), "名前がありません"),
        ((replace(HIGH, minimum=Decimal("NaN")), REST), "数値ではありません"),
    ],
)
def test_problems_of_a_scheme_are_told_in_japanese(bands, said):
    problems = scheme_problems(scheme(*bands))

    assert any(said in problem for problem in problems)


def test_a_limit_shared_by_exclusive_and_inclusive_bands_is_no_overlap():
    above = replace(HIGH, includes_minimum=False)
    exactly = replace(LOW, minimum=Decimal("0.8"))

    assert scheme_problems(scheme(above, exactly, REST)) == []
    assert classify(scheme(above, exactly, REST), {RatingMeasure.PATH_RATE: Decimal("0.8")}) == exactly


def test_bands_for_met_and_not_met_have_to_exist():
    problems = scheme_problems(scheme(HIGH, REST, met_label="高", not_met_label="なし"))

    assert problems == ["未達成のときの区分「なし」が区分の中にありません。"]


@given(
    limits=st.lists(st.decimals(-3, 3, places=2), min_size=1, max_size=6, unique=True),
    rates=st.lists(st.fractions(-4, 4), min_size=2, max_size=2),
)
def test_a_sound_scheme_grades_everything_and_never_better_for_less(limits, rates):
    bands = [Band(str(limit), limit) for limit in sorted(limits, reverse=True)]
    sound = scheme(*bands, Band("残り"))
    less, more = sorted(rates)

    assert scheme_problems(sound) == []
    places = [sound.bands.index(classify(sound, {RatingMeasure.PATH_RATE: rate})) for rate in (less, more)]
    assert places[0] >= places[1]
