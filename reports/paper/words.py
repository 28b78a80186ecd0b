"""A publication's content in the words that stand on paper."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from evaluations.enums import NUMERIC_STATUSES, ValueStatus
from reports.calculations.plain_words import overview, rate_notes
from reports.calculations.published import (
    Content,
    PublishedAnswer,
    PublishedKpi,
    PublishedNode,
    PublishedPlan,
    PublishedProgram,
    PublishedYear,
)
from reports.charts.series import Point, SeriesPicture, describe, series_svg
from tsukuba_kpi.lib.figures import format_figure, round_half_up
from tsukuba_kpi.lib.fiscal_year import era_and_western

METHOD = (
    "達成率は、実績値÷目標値です。目標値は当該年度の目標値、定めがないときは最終年度の目標値を用います。",
    "進捗率は、（実績値－基準値）÷（最終目標値－基準値）です。下げることを目指す指標も同じ式で計算します。",
    "値がないことを０とはみなしません。集計中・調査未実施などの指標は、評価せずに理由を示します。",
)


def report_data(
    content: Content,
    *,
    city: str,
    issued: str,
    amendment: str = "",
    editions: Sequence[tuple[str, str, str]] = (),
) -> dict[str, Any]:
    """Return the data of the annual report; `editions` are day, number and amendment, the newest first."""
    title = content.plans[0].name if content.plans else "事務事業評価"
    schemes = [f"{plan.name}の{words}" for plan in content.plans if (words := _scheme_words(plan))]
    return {
        "title": title,
        "city": city,
        "period": period_words(content),
        "issued": issued,
        "amendment": amendment,
        "editions": [{"date": day, "number": number, "amendment": words} for day, number, words in editions],
        "demo": is_demo(content),
        "plans": [_plan(plan, content.fiscal_year) for plan in content.plans],
        "programs": [program_data(program) for program in content.programs],
        "method": [*METHOD, *schemes],
    }


def sheet_data(
    content: Content,
    *,
    city: str,
    kpis: tuple[PublishedKpi, ...] = (),
    programs: tuple[PublishedProgram, ...] = (),
) -> dict[str, Any]:
    """Return the data of single sheets."""
    names = [*(kpi.name for kpi in kpis), *(program.name for program in programs)]
    return {
        "title": names[0] if names else content.round_name,
        "city": city,
        "period": period_words(content),
        "demo": any(program.is_demo for program in programs) or bool(kpis and is_demo(content)),
        "scheme": next(
            (_scheme_words(plan) for plan in content.plans if any(plan.kpi(kpi.code) for kpi in kpis)), ""
        ),
        "kpis": [kpi_data(kpi, content.fiscal_year) for kpi in kpis],
        "programs": [program_data(program) for program in programs],
    }


def _scheme_words(plan: PublishedPlan) -> str:
    """Return by what the plan is judged: no paper shows grades of proposed thresholds as settled ones."""
    if not plan.scheme_name:
        return ""
    proposal = "しきい値は案であり、確定したものではありません。" if plan.scheme_is_proposal else ""
    return f"評価基準は「{plan.scheme_name}」です。{proposal}"


def is_demo(content: Content) -> bool:
    """Tell whether anything of the content belongs to a demonstration."""
    return any(plan.is_demo for plan in content.plans) or any(p.is_demo for p in content.programs)


def period_words(content: Content) -> str:
    """Return the fiscal year and edition in words."""
    return f"{era_and_western(content.fiscal_year)}（{content.edition_label}）"


def measure_data(content: Content, plan: PublishedPlan, node: PublishedNode, *, city: str) -> dict[str, Any]:
    """Return the data of a goal's or measure's summary."""
    by_code = {kpi.code: kpi for kpi in plan.kpis}
    parts = node.children or (node,)
    return {
        "title": f"{node.code} {node.name}".strip(),
        "plan": plan.name,
        "scheme": _scheme_words(plan),
        "city": city,
        "period": period_words(content),
        "demo": plan.is_demo,
        "description": node.description,
        "sentence": overview(plan, content.fiscal_year, node).sentence,
        "bands": [band.label for band in plan.bands],
        "counts": [_goal(plan, part, by_code, content.fiscal_year) for part in parts],
        "opinions": [
            {"name": f"{each.code} {each.name}".strip(), "answers": _said(each.answers)}
            for each in node.walk()
            if each.answers
        ],
        "rows": [_row(by_code[code], content.fiscal_year) for code in node.all_kpis()],
    }


def _said(answers: Sequence[PublishedAnswer]) -> list[dict[str, str]]:
    return [{"label": answer.label, "text": answer.text} for answer in answers]


def list_data(content: Content, plan: PublishedPlan, *, city: str) -> dict[str, Any]:
    """Return the data of a plan's list of KPIs, each at every goal where it stands."""
    by_code = {kpi.code: kpi for kpi in plan.kpis}
    return {
        "title": f"{plan.name}　指標の一覧",
        "scheme": _scheme_words(plan),
        "city": city,
        "period": period_words(content),
        "demo": plan.is_demo,
        "goals": [
            {
                "name": f"{node.code} {node.name}".strip(),
                "rows": [_row(by_code[code], content.fiscal_year) for code in node.all_kpis()],
            }
            for node in plan.nodes
        ],
    }


_NO_YEAR = {
    "label": "",
    "target": "－",
    "actual": "値なし",
    "progress": "－",
    "achievement": "－",
    "grade": None,
    "reason": "実績が未入力",
}


def _row(kpi: PublishedKpi, fiscal_year: int) -> dict[str, Any]:
    year = kpi.year(fiscal_year)
    baseline = _figure(kpi, kpi.baseline_value)
    return {
        "name": kpi.name,
        "sections": "、".join(kpi.sections),
        "published": kpi.is_published,
        "baseline": baseline or "－",
        "final": kpi.final_target or "－",
        "year": _year(kpi, year) if year else _NO_YEAR,
        "explanation": year.explanation if year else "",
        "answers": _said(kpi.answers),
    }


def _plan(plan: PublishedPlan, fiscal_year: int) -> dict[str, Any]:
    by_code = {kpi.code: kpi for kpi in plan.kpis}
    shown: set[str] = set()
    nodes = []
    for node, depth in _walk(plan.nodes):
        fresh = [code for code in node.kpis if code not in shown]
        shown.update(fresh)
        nodes.append(
            {
                "name": f"{node.code} {node.name}".strip(),
                "depth": depth,
                "description": node.description,
                "answers": _said(node.answers),
                "kpis": [kpi_data(by_code[code], fiscal_year) for code in fresh],
                "repeated": [by_code[code].name for code in node.kpis if code not in fresh],
            }
        )
    return {
        "name": plan.name,
        "summary": plan.summary,
        "bands": [band.label for band in plan.bands],
        "goals": [_goal(plan, node, by_code, fiscal_year) for node in plan.nodes],
        "nodes": nodes,
    }


def _walk(nodes: tuple[PublishedNode, ...], depth: int = 0) -> Iterator[tuple[PublishedNode, int]]:
    for node in nodes:
        yield node, depth
        yield from _walk(node.children, depth + 1)


def _goal(
    plan: PublishedPlan, node: PublishedNode, by_code: dict[str, PublishedKpi], fiscal_year: int
) -> dict[str, Any]:
    kpis = [by_code[code] for code in node.all_kpis()]
    years = [kpi.year(fiscal_year) for kpi in kpis if kpi.is_published]
    labels = [year.grade.label for year in years if year and year.grade]
    return {
        "name": f"{node.code} {node.name}".strip(),
        "counts": [labels.count(band.label) for band in plan.bands],
        "ungraded": len(years) - len(labels),
        "unpublished": sum(1 for kpi in kpis if not kpi.is_published),
    }


def kpi_data(kpi: PublishedKpi, fiscal_year: int) -> dict[str, Any]:
    """Return a KPI as its sheet shows it."""
    picture = picture_of(kpi)
    chosen = kpi.year(fiscal_year)
    baseline = _figure(kpi, kpi.baseline_value) + (f"（{kpi.baseline_text}）" if kpi.baseline_text else "")
    return {
        "name": kpi.name,
        "published": kpi.is_published,
        "chart": str(series_svg(picture, identifier=kpi.code)),
        "chart_words": describe(picture),
        "years": [_year(kpi, year) for year in kpi.years],
        "notes": list(rate_notes(kpi)),
        "explanation": chosen.explanation if chosen else "",
        "answers": _said(kpi.answers),
        "facts": [
            ["担当", "、".join(kpi.sections)],
            ["単位", kpi.unit],
            ["方向", kpi.direction],
            ["集計方法", kpi.aggregation],
            ["基準値", baseline if kpi.baseline_value is not None else ""],
            ["目標の設定根拠", kpi.rationale],
            ["実績値の計算方法", kpi.method],
            ["出典統計", kpi.statistic_source],
        ],
    }


def program_data(program: PublishedProgram) -> dict[str, Any]:
    """Return a program as its sheet shows it."""
    return {
        "title": f"{program.number}　{program.name}",
        "facts": [
            ["担当", f"{program.bureau} {program.section}".strip()],
            ["旧名称", program.former_name],
            ["事業の目的", program.purpose],
            ["事業の概要", program.summary],
            ["成果", program.results],
            *([answer.label, answer.text] for answer in program.answers),
        ],
    }


def _figure(kpi: PublishedKpi, value: Decimal | None) -> str:
    return "" if value is None else format_figure(value, kpi.decimals, kpi.unit)


def _percent(rate: Decimal | None) -> str:
    return "－" if rate is None else f"{round_half_up(rate * 100, 1):,f}％"


_BOUNDS = {"at_least": "以上", "at_most": "以下"}


def _year(kpi: PublishedKpi, year: PublishedYear) -> dict[str, Any]:
    target = year.target_word or _figure(kpi, year.target) + _BOUNDS.get(year.target_qualifier, "")
    if year.target_upper is not None:
        target = f"{_figure(kpi, year.target)}～{_figure(kpi, year.target_upper)}"
    return {
        "label": era_and_western(year.fiscal_year),
        "target": target or "－",
        "actual": _actual(kpi, year),
        "status": ValueStatus(year.status).label if year.status else "値なし",
        "progress": _percent(year.progress_rate),
        "achievement": _percent(year.achievement_rate),
        "grade": {
            "label": year.grade.label,
            "symbol": year.grade.symbol,
            "colour": year.grade.colour,
        }
        if year.grade
        else None,
        "reason": year.reason_label,
    }


def _actual(kpi: PublishedKpi, year: PublishedYear) -> str:
    if not year.status:
        return "値なし"
    status = ValueStatus(year.status)
    if year.value is None:
        return status.label
    return _figure(kpi, year.value) + ("" if status is ValueStatus.FINAL else f"（{status.label}）")


def picture_of(kpi: PublishedKpi) -> SeriesPicture:
    """Return the picture of a published KPI: what was judged, against its targets."""
    numeric = {status.value for status in NUMERIC_STATUSES}
    return SeriesPicture(
        title=kpi.name,
        unit=kpi.unit,
        decimals=kpi.decimals,
        years=tuple(year.fiscal_year for year in kpi.years),
        actuals=tuple(
            Point(
                year.fiscal_year,
                year.value if year.judged_value is None else year.judged_value,
                provisional=year.status != ValueStatus.FINAL,
            )
            for year in kpi.years
            if year.value is not None and year.status in numeric
        ),
        targets=tuple(Point(year.fiscal_year, year.target) for year in kpi.years if year.target is not None),
        baseline=kpi.baseline_value,
    )
