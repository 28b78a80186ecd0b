"""Which spellings are one unit, and which units are never turned into each other."""

import pytest

from tsukuba_kpi.lib.units import Unit, is_known_unit, parse_unit, power_between


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("人", Unit("人", 0)), ("名", Unit("人", 0)), ("延べ人数", Unit("人", 0)),
        ("人（累計）", Unit("人", 0)), ("（人）", Unit("人", 0)), ("単位：人", Unit("人", 0)),
        ("千円", Unit("円", 3)), ("百万円", Unit("円", 6)), ("億円", Unit("円", 8)),
        ("十億円", Unit("円", 9)), ("万人", Unit("人", 4)), ("千㎡", Unit("m2", 3)),
        ("％", Unit("%", 0)), ("ヶ所", Unit("か所", 0)), ("箇所数", Unit("か所", 0)),
        ("人／日", Unit("人/日", 0)), ("千人/年", Unit("人/年", 3)), ("百貨店", Unit("百貨店", 0)),
        ("万", Unit("", 4)), ("t-CO₂", Unit("t-CO2", 0)), ("kWh", Unit("kWh", 0)), ("か月", Unit("か月", 0)),
    ],
)  # fmt: skip
def test_parse_unit(text: str, unit: Unit) -> None:
    assert parse_unit(text) == unit


@pytest.mark.parametrize("text", [None, "", "－", "-", "なし", "　", "単位なし"])
def test_parse_unit_of_no_unit(text: str | None) -> None:
    assert parse_unit(text) is None


@pytest.mark.parametrize(
    ("written", "wanted", "power"),
    [
        ("千円", "円", 3), ("円", "千円", -3), ("百万円", "億円", -2), ("万人", "名", 4), ("割", "％", 1),
        ("人", "人/年", 0), ("千人", "人/年", 3), ("人/年", "人/年", 0),
    ],
)  # fmt: skip
def test_power_between_units_of_one_kind(written: str, wanted: str, power: int) -> None:
    one, other = parse_unit(written), parse_unit(wanted)

    assert one is not None
    assert other is not None
    assert power_between(one, other) == power


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("ha", "㎡"), ("㎡", "km²"), ("％", "‰"), ("ポイント", "％"), ("人", "件"), ("戸", "世帯"),
        ("kWh", "MWh"), ("kg", "t"), ("人/年", "人"), ("人/日", "人/年"),
        ("MW", "mW"), ("円", "人"),
    ],
)  # fmt: skip
def test_power_between_never_joins_different_units(written: str, wanted: str) -> None:
    one, other = parse_unit(written), parse_unit(wanted)

    assert one is not None
    assert other is not None
    assert power_between(one, other) is None


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("人", True),
        ("千円", True),
        ("人/日", True),
        ("だった", False),
        ("", False),
        ("xyz", False),
        ("人/だ", False),
    ],
)
def test_is_known_unit(text: str, known: bool) -> None:
    assert is_known_unit(text) == known
