"""What KPI names tell: totals, repeats, several numbers, sums, directions."""

from decimal import Decimal
from pathlib import Path

import pytest

from importers.calculations.kpi_relations import (
    cumulative,
    lower_is_better,
    relate_kpis,
    relate_totals,
    several_numbers,
    without_window,
)
from importers.calculations.rows import Location, SourceRow
from importers.enums import KpiRelationKind
from importers.sources.txt_strategy import parse_strategy_text

FIXTURES = Path(__file__).parents[2] / "fixtures"


def row(kpi: str | None, *sections: str, node: str = "産業を育てる", goal: str = "Ⅰ") -> SourceRow:
    fields = {
        "kind": "goal", "goal": goal, "policy": None, "measure": None, "node": node, "project": None,
        "kpi": kpi, "sections": list(sections),
    }  # fmt: skip
    return SourceRow(Location("a.txt"), fields)


def test_a_total_is_found_by_names_that_extend_it_in_brackets():
    rows = [
        row("就職者数", "甲課", "乙課"),
        row("就職者数（窓口）", "甲課"),
        row("就職者数（農業）", "乙課"),
        row("創業数", "甲課"),
    ]

    (relation,) = relate_totals(rows)

    assert relation.kind is KpiRelationKind.TOTAL_AND_PARTS
    assert relation.rows == (0, 1, 2)
    assert relation.confidence == Decimal("0.95")
    assert "「就職者数（窓口）」「就職者数（農業）」" in relation.reason


def test_a_total_has_no_parts_at_another_node():
    rows = [row("就職者数", "甲課"), row("就職者数（窓口）", "甲課", node="別の目標", goal="Ⅱ")]

    assert relate_totals(rows) == ()


def test_sections_that_do_not_match_lower_the_confidence():
    rows = [row("就職者数", "甲課"), row("就職者数（窓口）", "丙課"), row("就職者数（農業）", "丁課")]

    assert relate_totals(rows)[0].confidence == Decimal("0.70")


def test_the_citys_strategy_gives_its_totals_and_repeats():
    rows = parse_strategy_text(
        (FIXTURES / "tsukuba" / "strategy_kpi_h27_h31.txt").read_text(encoding="utf-8"), "a.txt"
    ).rows

    relations = relate_kpis(rows)

    assert [r.rows for r in relations if r.kind is KpiRelationKind.TOTAL_AND_PARTS] == [
        (0, 1, 2, 3),
        (69, 70, 71),
    ]
    sure = [r for r in relations if r.kind is KpiRelationKind.SAME_KPI and r.confidence > Decimal("0.9")]
    assert [rows[r.rows[0]].fields["kpi"] for r in sure] == [
        "つくバス利用者数",
        "まちなか居住人口",
        "まちなか人口密度",
    ]
    assert [r.rows for r in relations if r.kind is KpiRelationKind.SEVERAL_NUMBERS] == [(45,), (75,)]
    assert [(r.rows, r.data) for r in relations if r.kind is KpiRelationKind.CUMULATIVE] == [
        ((12,), {"first": 2017, "last": 2019}),
        ((14,), {"first": 2015, "last": 2019}),
        ((15,), {"first": 2017, "last": 2019}),
        ((17,), {"first": 2015, "last": 2019}),
    ]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        (
            "国際会議の開催回数，参加者数及び外国人数",
            ["国際会議の開催回数", "国際会議の参加者数", "国際会議の外国人数"],
        ),
        ("入場者数と売上額", ["入場者数", "売上額"]),
        ("公民館の利用者数及び貸出冊数", ["公民館の利用者数", "公民館の貸出冊数"]),
    ],
)
def test_several_numbers_are_named_one_by_one(name, numbers):
    proposal = several_numbers(name)

    assert proposal is not None
    assert proposal.data == {"numbers": numbers, "open": False}


def test_more_than_is_named_is_told():
    proposal = several_numbers("創業した若者（35歳以下）の人数　ほか")

    assert proposal is not None
    assert proposal.data["open"] is True


@pytest.mark.parametrize(
    "name",
    [
        "担い手（認定農業者，新規就農者）農家数",
        "シーズの商品化，事業化，産業化等の創出件数",
        "関係・交流人口の延べ人数",
        "「仕事」と「家庭生活」の両方を優先していると感じる市民の割合",
    ],
)
def test_a_list_inside_one_quantity_is_one_number(name):
    assert several_numbers(name) is None


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("平成27年度から平成31年度までの新規創業数", 2015, 2019),
        ("立地件数（平成30年度からの累計）", 2018, None),
        ("農家数（累計）", None, None),
    ],
)
def test_sums_over_years_tell_their_window(name, first, last):
    proposal = cumulative(name)

    assert proposal is not None
    assert proposal.data == {"first": first, "last": last}


@pytest.mark.parametrize(
    "name", ["年間利用者数", "25歳から39歳までの転入超過数", "平成29年度までに整備した数"]
)
def test_yearly_figures_are_no_sums(name):
    assert cumulative(name) is None


def test_a_name_is_known_without_its_window():
    assert without_window("平成27年度から平成31年度までの新規創業数") == "新規創業数"
    assert without_window("年間出生数") == "年間出生数"


@pytest.mark.parametrize(
    "name",
    [
        "保育所の待機児童数", "一人当たりの年間医療費", "年間転出者数の増加数抑制", "街頭犯罪の年間認知件数",
        "市内で出産したくても出産できなかった人数", "ごみの排出量", "不登校児童生徒の割合", "交通事故件数",
        "平均待ち時間", "市税の滞納額",
    ],
)  # fmt: skip
def test_what_nobody_wants_is_to_fall(name):
    assert lower_is_better(name) is not None


@pytest.mark.parametrize(
    "name",
    [
        "空き店舗への新規出店数", "温室効果ガス排出量の削減率", "転入超過数", "空き家の活用件数",
        "家具の転倒防止対策を行っている世帯の割合", "年少人口の転入超過数を増加させる",
        "合計特殊出生率の向上", "市内総生産", "つくバス利用者数",
    ],
)  # fmt: skip
def test_what_is_wanted_is_not_to_fall(name):
    assert lower_is_better(name) is None
