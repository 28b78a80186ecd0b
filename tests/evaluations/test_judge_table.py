"""The table of `manage.py judge`: what it prints, and what it says of input it cannot read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evaluations.calculations.judge_table import TableError, judge_table

ROOT = Path(__file__).resolve().parents[2]

RECORD = {
    "kpi": "起業相談件数",
    "direction": "up",
    "aggregation": "yearly",
    "baseline": {"value": 180, "fiscal_year": 2014},
    "targets": {"2019": 227},
    "actuals": {"2017": {"value": 191, "status": "final"}},
    "fiscal_year": 2017,
    "band": None,
    "parts": None,
    "scheme": "three_bands",
}


def judged(**changes):
    """Judge the record with some fields changed."""
    return judge_table(json.dumps([{**RECORD, **changes}]))[0]


def test_result_has_exactly_the_fields_of_the_interface():
    result = judged()

    assert list(result) == [
        "kpi",
        "progress_rate",
        "achievement_rate",
        "expected",
        "grade",
        "reason",
        "explanation",
    ]
    assert result["kpi"] == "起業相談件数"
    assert result["progress_rate"] == "0.234043"
    assert result["achievement_rate"] == "0.841410"
    assert result["expected"] == "208.200000"
    assert result["grade"] == "概ね進んでいる"
    assert result["reason"] is None


@pytest.mark.parametrize(
    ("actual", "printed"),
    [
        ("0.0000005", "0.000001"),
        ("0.00000049", "0.000000"),
        ("-0.0000005", "-0.000001"),
        ("-0.0000004", "0.000000"),
    ],
)
def test_rates_are_rounded_half_up_away_from_zero_at_six_places(actual, printed):
    result = judged(
        baseline={"value": 0, "fiscal_year": 2014},
        targets={"2019": "1"},
        actuals={"2017": {"value": actual, "status": "final"}},
    )

    assert result["progress_rate"] == printed


def test_json_floats_are_read_as_they_are_written():
    """The double nearest to 1.0000005 lies below it and would be rounded down."""
    text = json.dumps([RECORD]).replace('"value": 191', '"value": 1.0000005').replace("227", "1")

    assert judge_table(text)[0]["achievement_rate"] == "1.000001"


@pytest.mark.parametrize("status", ["pending", "not_surveyed", "unknown", "not_applicable"])
def test_a_status_without_a_figure_is_the_reason(status):
    result = judged(actuals={"2017": {"value": None, "status": status}})

    assert (result["progress_rate"], result["achievement_rate"], result["grade"]) == (None, None, None)
    assert result["reason"] == status


def test_a_figure_beside_a_status_without_one_is_not_used_and_said_so():
    result = judged(actuals={"2017": {"value": 999, "status": "pending"}})

    assert (result["progress_rate"], result["reason"]) == (None, "pending")
    assert "書かれている値は使っていません" in result["explanation"]


@pytest.mark.parametrize("actuals", [{}, {"2017": None}, {"2017": {"value": None, "status": "final"}}])
def test_no_figure_is_no_actual(actuals):
    assert judged(actuals=actuals)["reason"] == "no_actual"


def test_null_baseline_target_and_scheme():
    assert judged(baseline=None)["reason"] == "no_baseline"
    assert judged(targets={})["reason"] == "no_target"
    assert judged(targets={"2019": None})["reason"] == "no_target"
    assert judged(scheme=None)["reason"] == "no_scheme"
    assert judged(targets={"2019": 0}, scheme="bands_80_60", baseline=None)["reason"] == "target_zero"
    assert judged(targets={"2019": 180})["reason"] == "target_equals_baseline"


@pytest.mark.parametrize(
    ("target", "direction", "grade", "reason"),
    [
        ("現状維持", "up", "着実に進んでいる", "word_target"),
        ("減少", "up", "改善や工夫が必要", "word_target"),
        ("185～195", "maintain", "着実に進んでいる", "range_target"),
        ("195～200", "maintain", "改善や工夫が必要", "range_target"),
        ("190以上", "up", "着実に進んでいる", None),
    ],
)
def test_targets_may_be_words_ranges_and_bounds(target, direction, grade, reason):
    result = judged(targets={"2017": target}, direction=direction)

    assert (result["grade"], result["reason"]) == (grade, reason)


def test_a_range_the_wrong_way_round_is_refused():
    with pytest.raises(TableError, match="範囲の順が逆です"):
        judged(targets={"2019": "50～40"})


def test_parts_are_summed_when_the_total_is_not_stated():
    parts = [
        {"kpi": "甲", "targets": {}, "actuals": {"2017": {"value": "100", "status": "final"}}},
        {"kpi": "乙", "targets": {}, "actuals": {"2017": {"value": 91, "status": "preliminary"}}},
    ]

    result = judged(actuals={}, parts=parts)

    assert result["progress_rate"] == "0.234043"
    assert "内訳2件の合計" in result["explanation"]
    assert "速報値" in result["explanation"]


def test_a_missing_part_is_a_reason_with_its_coverage():
    parts = [
        {"kpi": "甲", "targets": {}, "actuals": {"2017": {"value": 100, "status": "final"}}},
        {"kpi": "乙", "targets": {}, "actuals": {"2017": {"value": None, "status": "pending"}}},
        {"kpi": "丙", "targets": {}, "actuals": {"2017": {"value": 50, "status": "final"}}},
    ]

    result = judged(actuals={}, parts=parts)

    assert (result["progress_rate"], result["reason"]) == (None, "parts_missing")
    assert "内訳3件のうち2件の値があります（「乙」は実績が集計中）" in result["explanation"]


def test_a_stated_total_that_differs_from_its_parts_is_told():
    parts = [{"kpi": "甲", "targets": {}, "actuals": {"2017": {"value": 100, "status": "final"}}}]

    result = judged(parts=parts)

    assert result["progress_rate"] == "0.234043"
    assert "合計191が内訳の和100と一致しません" in result["explanation"]


BAD = [
    ({"targets": {"2019": "abc"}}, "targets.2019「abc」が数値ではありません"),
    ({"targets": {"2019": True}}, "targets.2019「true」が数値ではありません"),
    ({"targets": {"2019": "１２"}}, "targets.2019「１２」が数値ではありません"),
    ({"targets": {"2019": "1_000"}}, "targets.2019「1_000」が数値ではありません"),
    ({"targets": {"2019": "1,000"}}, "targets.2019「1,000」が数値ではありません"),
    ({"targets": {"2019": ""}}, "targets.2019「」が数値ではありません"),
    ({"targets": {"2019": [1]}}, "targets.2019「一覧」が数値ではありません"),
    ({"targets": {"2019": float("nan")}}, "targets.2019「NaN」が数値ではありません"),
    ({"targets": {"2019": float("-inf")}}, "targets.2019「-Infinity」が数値ではありません"),
    ({"targets": {"2019": "Infinity"}}, "targets.2019「Infinity」が数値ではありません"),
    ({"targets": {"2019": 1e200}}, "桁が多すぎます"),
    ({"targets": {"2019": "9" * 5000}}, "桁が多すぎます"),
    ({"targets": {"R1": 5}}, "targetsの年度「R1」が年度ではありません"),
    ({"targets": {"2019.0": 5}}, "年度ではありません"),
    ({"targets": None}, "targetsが項目の組"),
    ({"fiscal_year": "R1"}, "fiscal_year「R1」が年度ではありません"),
    ({"fiscal_year": 2017.5}, "fiscal_year「2017.5」が年度ではありません"),
    ({"fiscal_year": True}, "fiscal_year「true」が年度ではありません"),
    ({"fiscal_year": None}, "fiscal_year「null」が年度ではありません"),
    ({"direction": "sideways"}, "direction「sideways」が使えない値です"),
    ({"direction": None}, "direction「null」が使えない値です"),
    ({"aggregation": ["yearly"]}, "aggregation「一覧」が使えない値です"),
    ({"baseline": 180}, "baselineが項目の組"),
    ({"baseline": {"fiscal_year": 2014}}, "baselineに value がありません"),
    ({"baseline": {"value": "x", "fiscal_year": 2014}}, "baseline.value「x」が数値ではありません"),
    ({"actuals": {"2017": 191}}, "actuals.2017が項目の組"),
    ({"actuals": {"2017": {"value": 1, "status": "good"}}}, "actuals.2017.status「good」が使えない値です"),
    ({"band": "wide"}, "band「wide」が数値ではありません"),
    ({"band": -1}, "band「-1」が0から1までの割合ではありません"),
    ({"band": 5}, "band「5」が0から1までの割合ではありません"),
    ({"parts": {}}, "parts が一覧ではありません"),
    ({"parts": [{"kpi": "甲", "targets": {}}]}, "内訳1件目（甲）に actuals がありません"),
    ({"kpi": 3}, "kpi が文字列ではありません"),
    ({"kpi": "\ud800"}, "kpi に文字として成り立たない符号があります"),
]


@pytest.mark.parametrize(("changes", "said"), BAD)
def test_what_cannot_be_read_names_the_record_and_the_field(changes, said):
    text = json.dumps([RECORD, {**RECORD, **changes}])

    with pytest.raises(TableError) as refused:
        judge_table(text)

    message = str(refused.value)
    assert message.startswith("2件目")
    assert said in message
    assert message.endswith("。")
    assert len(message) < 300


def test_an_unknown_scheme_is_told_the_ready_ones():
    with pytest.raises(
        TableError, match="tsukuba、three_bands、sabc、bands_80_60、bands_80_50_20"
    ) as refused:
        judged(scheme="はやり")

    assert "「はやり」という評価基準はありません" in str(refused.value)


@pytest.mark.parametrize("field", ["kpi", "direction", "aggregation", "targets", "actuals", "fiscal_year"])
def test_a_missing_field_is_named(field):
    record = {name: value for name, value in RECORD.items() if name != field}

    with pytest.raises(TableError, match=field):
        judge_table(json.dumps([record]))


@pytest.mark.parametrize(
    "text",
    ["", "{}", "null", "[null]", "[1]", "[[]]", "[" * 100_000, "nonsense", '[{"kpi": "a",}]', "\x00"],
)
def test_text_that_is_no_table_is_one_sentence(text):
    with pytest.raises(TableError) as refused:
        judge_table(text)

    assert "\n" not in str(refused.value)


def test_a_field_given_twice_is_refused():
    text = json.dumps([RECORD]).replace('"2019": 227', '"2019": 227, "2019": 500')

    with pytest.raises(TableError, match="同じ項目「2019」が２回"):
        judge_table(text)


def test_an_unknown_field_is_told():
    assert "「basline」は使っていません" in judged(basline=None)["explanation"]


def test_an_empty_table_is_an_empty_list():
    assert judge_table("[]") == []


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a script would."""
    return subprocess.run(
        [sys.executable, "manage.py", "judge", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_command_prints_the_list(tmp_path):
    path = tmp_path / "kpi.json"
    path.write_text("\ufeff" + json.dumps([RECORD]), encoding="utf-8")

    done = command(str(path))

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0]["progress_rate"] == "0.234043"


def test_command_on_a_terminal_that_lacks_a_character(tmp_path):
    path = tmp_path / "kpi.json"
    path.write_text(json.dumps([{**RECORD, "kpi": "𠮷田の件数"}]), encoding="utf-8")

    done = command(str(path), PYTHONIOENCODING="cp932")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0]["kpi"] == "𠮷田の件数"


def test_command_refuses_with_one_sentence_and_status_1(tmp_path):
    path = tmp_path / "kpi.json"
    path.write_bytes(json.dumps([{**RECORD, "targets": {"2019": "x"}}]).encode())

    done = command(str(path))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip().splitlines() == [
        "kpi.json：1件目（起業相談件数）の targets.2019「x」が数値ではありません。"
        '数値か、"12.5" のような十進数の文字列にしてください。'
    ]


@pytest.mark.parametrize("content", [None, b"\x93\xfa\x96\x7b"])
def test_command_refuses_a_file_it_cannot_open_or_decode(tmp_path, content):
    path = tmp_path / "kpi.json"
    if content is not None:
        path.write_bytes(content)

    done = command(str(path))

    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)


def test_command_without_a_file_is_wrong_usage():
    assert command().returncode == 2
