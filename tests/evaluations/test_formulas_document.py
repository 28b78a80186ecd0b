"""Every worked example of docs/formulas.md, computed and compared with what the document says."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from evaluations.calculations.composition import Part, total_of_parts
from evaluations.calculations.exact import exact, scaled_half_up
from evaluations.calculations.judgement import judge
from evaluations.calculations.outlook import outlook
from evaluations.calculations.quantities import ActualValue, Baseline, Definition, SeriesBreak, Target
from evaluations.calculations.ratios import ratio_of_parts
from evaluations.calculations.rollup import weighted_score
from evaluations.calculations.succession import join_series
from evaluations.calculations.wording import fixed, percent
from evaluations.enums import Reason, ValueStatus
from strategy.calculations.rating import Band
from strategy.calculations.ready_schemes import READY_SCHEMES, ready_scheme
from strategy.enums import Aggregation, Direction, EnteredAs, PathRule, TargetQualifier

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "formulas.md"
NONE = "－"

DIRECTIONS = {member.label: member for member in Direction}
AGGREGATIONS = {
    "単年度": Aggregation.YEARLY,
    "年度末": Aggregation.YEAR_END,
    "累計": Aggregation.CUMULATIVE,
    "平均": Aggregation.AVERAGE,
    "増加分": Aggregation.INCREMENT,
}
ENTRIES = {
    "水準": EnteredAs.LEVEL,
    "各年度の増加分": EnteredAs.INCREMENT,
    "増加分の累計": EnteredAs.CUMULATIVE_INCREMENT,
}
RULES = {"直線": PathRule.LINEAR, "段階": PathRule.STEPS, "定めない": PathRule.NONE}
STATUSES = {member.label: member for member in ValueStatus}
MET = {True: "達成", False: "未達成", None: NONE}

INPUTS = {
    "例", "向き", "集計", "入力方法", "経路", "調査間隔", "幅", "単位", "定義変更", "基準", "目標",
    "実績", "年度", "評価基準", "内訳", "分子", "分母", "区分の点数", "指標の区分と重み",
    "前の実績", "交代",
}  # fmt: skip


def examples() -> list[dict[str, str]]:
    """Return the rows of all tables whose first column is 例."""
    rows, columns = [], None
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            columns = None
        elif cells[0] == "例":
            columns = cells
        elif columns and not cells[0].startswith("---"):
            rows.append(dict(zip(columns, cells, strict=True)))
    return rows


def by_year(cell: str) -> dict[int, str]:
    """Read 2017=191、2019=227."""
    if cell == NONE:
        return {}
    return {int(each.split("=")[0]): each.split("=")[1] for each in cell.split("、")}


def target(text: str) -> Target:
    """Read a target: a number, a bound, a range or a word."""
    if found := re.fullmatch(r"(.+)(以上|以下)", text):
        bound = TargetQualifier.AT_LEAST if found[2] == "以上" else TargetQualifier.AT_MOST
        return Target(Decimal(found[1]), bound)
    if "～" in text:
        low, high = text.split("～")
        return Target(Decimal(low), TargetQualifier.RANGE, Decimal(high))
    if re.fullmatch(r"-?[\d.]+", text):
        return Target(Decimal(text))
    return Target(None, TargetQualifier.WORD, word=text)


def actual(text: str) -> ActualValue:
    """Read an actual: a number, or the word of a status."""
    return ActualValue(None, STATUSES[text]) if text in STATUSES else ActualValue(Decimal(text))


def baseline(cell: str) -> Baseline | None:
    """Read 180（2014）."""
    found = re.fullmatch(r"(-?[\d.]+)（(\d+)）", cell)
    return Baseline(Decimal(found[1]), int(found[2])) if found else None


def breaks(cell: str) -> tuple[SeriesBreak, ...]:
    """Read 2016 or 2016=104 (with the baseline of the new definition)."""
    if cell == NONE:
        return ()
    year, _, restated = cell.partition("=")
    return (SeriesBreak(int(year), "", Baseline(Decimal(restated), int(year)) if restated else None),)


def definition(row: dict[str, str]) -> Definition:
    """Return the KPI of an example."""
    band = row.get("幅", NONE)
    return Definition(
        direction=DIRECTIONS[row.get("向き", "上向き")],
        aggregation=AGGREGATIONS[row.get("集計", "単年度")],
        baseline=baseline(row.get("基準", NONE)),
        unit=row.get("単位", "％" if "分子" in row else ""),
        maintain_band=None if band == NONE else Decimal(band),
        path_rule=RULES[row.get("経路", "直線")],
        survey_interval=int(row.get("調査間隔", "1")),
        entered_as=ENTRIES[row.get("入力方法", "水準")],
        breaks=breaks(row.get("定義変更", NONE)),
        first_year=2016 if "分子" in row and "平均" in row.values() else None,
    )


def figures(row: dict[str, str]):
    """Return an example's definition, targets, actuals and year, its parts put together."""
    kpi = definition(row)
    targets = {year: target(text) for year, text in by_year(row["目標"]).items()}
    actuals = {year: actual(text) for year, text in by_year(row.get("実績", NONE)).items()}
    year = int(row["年度"]) if "年度" in row else max(actuals)
    if "交代" in row:
        return succeeded(row, kpi, targets, actuals, year)
    composed = None
    if "内訳" in row:
        parts = [part(*each.split(":")) for each in row["内訳"].split("／")]
        composed = total_of_parts(kpi, targets, actuals, parts, year)
    elif "分子" in row:
        sides = part("分子", row["分子"]), part("分母", row["分母"])
        composed = ratio_of_parts(kpi, targets, actuals, *sides, year)
    if composed:
        return composed.definition, composed.targets, composed.actuals, year
    return kpi, targets, actuals, year


def succeeded(row: dict[str, str], kpi, targets, actuals, year):
    """Return an example whose KPI follows another: 2017, or 2017（同じ測り方）."""
    before = {each: actual(text) for each, text in by_year(row["前の実績"]).items()}
    seam, is_comparable = int(row["交代"][:4]), "同じ測り方" in row["交代"]
    joined = join_series(before, actuals, seam, comparable=is_comparable, baseline=kpi.baseline)
    first = min(before) if is_comparable else seam
    return replace(kpi, breaks=joined.breaks, first_year=first), targets, joined.actuals, year


def part(name: str, cell: str) -> Part:
    """Return a part with its actuals."""
    kpi = Definition(Direction.UP, first_year=2016)
    return Part(name, kpi, {}, {year: actual(text) for year, text in by_year(cell).items()})


def rate(value: Decimal | None) -> str:
    """Write a rate as the document does."""
    return NONE if value is None else percent(value)


def number(value: Decimal | None, places: int | None = None) -> str:
    """Write a figure as the document does."""
    if value is None:
        return NONE
    if places is not None:
        return fixed(scaled_half_up(exact(value), places), places)
    return f"{value.normalize():f}"


@dataclass(frozen=True)
class Graded:
    """A KPI of which only the grade is told."""

    grade: Band | None
    reason: Reason | None = Reason.NO_ACTUAL
    is_provisional: bool = False
    scheme_key: tuple[str, int | None] = ("", None)


def score(row: dict[str, str]) -> dict[str, str]:
    """Compute a weighted score from the bands' points, and from grades with their weights."""
    points = {
        label: Decimal(number) for label, number in re.findall(r"([^、=]+)=([0-9.]+)", row["区分の点数"])
    }
    graded = re.findall(r"([^、×]+)×([0-9.]+)", row["指標の区分と重み"])
    kpis = [(Graded(Band(label) if label in points else None), Decimal(weight)) for label, weight in graded]
    found = weighted_score(kpis, points)
    assert found is not None
    return {"点数": number(found.value, 1), "除いた件数": str(found.left_out)}


def computed(row: dict[str, str]) -> dict[str, str]:
    """Compute everything the document may say of an example."""
    if "区分の点数" in row:
        return score(row)
    kpi, targets, actuals, year = figures(row)
    scheme = ready_scheme(row.get("評価基準", "three_bands"))
    if "評価基準" not in row and "区分" not in row:
        scheme = None
    judgement = judge(kpi, targets, actuals, year, scheme)
    reason = judgement.reason
    if scheme is None and "評価基準" not in row and reason is Reason.NO_SCHEME:
        reason = None  # the example is about rates only
    seen = outlook(kpi, targets, actuals, year)
    return {
        "値": number(judgement.value),
        "期待値": number(judgement.expected),
        "進捗率": rate(judgement.progress_rate),
        "達成率": rate(judgement.achievement_rate),
        "向きを考慮した達成率": rate(judgement.directed_achievement_rate),
        "期待値に対する達成率": rate(judgement.path_rate),
        "期待値までの進捗率": rate(judgement.path_progress),
        "達成": MET[judgement.met],
        "区分": judgement.grade.label if judgement.grade else NONE,
        "理由": reason.value if reason else NONE,
        "説明": judgement.explanation,
        "見込み": number(seen.projected, 1),
        "判断": seen.verdict.value,
    }


@pytest.mark.parametrize("row", examples(), ids=lambda row: row["例"])
def test_worked_example_comes_out_as_written(row):
    said = {column: cell for column, cell in row.items() if column not in INPUTS}
    found = computed(row)

    assert said
    assert {column: found[column] for column in said} == said


def test_examples_are_numbered_once_and_there_are_many():
    names = [row["例"] for row in examples()]

    assert len(names) == len(set(names))
    assert len(names) > 90


def test_document_names_every_reason_and_every_ready_scheme():
    text = DOCUMENT.read_text(encoding="utf-8")

    assert [reason.value for reason in Reason if f"| {reason.value} | {reason.label}" not in text] == []
    assert [scheme.code for scheme in READY_SCHEMES if f"| {scheme.code} |" not in text] == []


def test_every_ready_scheme_has_an_example():
    assert {row.get("評価基準") for row in examples()} >= {scheme.code for scheme in READY_SCHEMES}
