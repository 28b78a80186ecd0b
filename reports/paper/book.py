"""The annual report as a workbook for people who go on working with it: one table a sheet."""

from collections.abc import Iterator
from decimal import Decimal

from reports.calculations.open_data import RATE_PLACES
from reports.calculations.plain_words import overview
from reports.calculations.published import Content, PublishedKpi, PublishedPlan
from reports.paper.words import METHOD, kpi_data, period_words
from tsukuba_kpi.lib.figures import round_half_up
from tsukuba_kpi.lib.flat_table import Cell, FlatTable, to_xlsx


def report_book(content: Content, *, issued: str, editions: list[tuple[str, str, str]]) -> bytes:
    """Return the report's tables; texts are never formulas, figures are numbers with their unit beside."""
    tables = [
        FlatTable("概要", ["項目", "内容"], list(_facts(content, issued))),
        FlatTable("目標ごと", ["計画", "番号", "目標・施策", "評価", "件数"], list(_counts(content))),
        FlatTable("指標の年度値", _YEAR_HEADER, list(_years(content))),
        FlatTable(
            "指標の定義と評価", ["計画", "指標番号", "指標", "項目", "内容"], list(_kpi_texts(content))
        ),
    ]
    if said := list(_node_texts(content)):
        tables.append(FlatTable("施策への意見", ["計画", "番号", "目標・施策", "項目", "内容"], said))
    if content.programs:
        programs = list(_programs(content))
        tables.append(FlatTable("事務事業", ["番号", "事務事業名", "項目", "内容"], programs))
    tables.append(FlatTable("公表と訂正", ["公表した日", "版", "前の版からの訂正"], editions))
    return to_xlsx(tables, cut_long=True).content


_YEAR_HEADER = [
    "計画",
    "指標番号",
    "指標",
    "単位",
    "年度",
    "年度（西暦）",
    "目標値",
    "目標値の上限",
    "目標の文言",
    "実績値",
    "値の状態",
    "進捗率",
    "達成率",
    "評価",
    "評価しない理由",
    "判定の説明",
    "注記",
]


def _facts(content: Content, issued: str) -> Iterator[tuple[Cell, ...]]:
    yield "照会", content.round_name
    yield "対象", period_words(content)
    yield "公表", issued
    for plan in content.plans:
        yield plan.name, overview(plan, content.fiscal_year).sentence
        if plan.scheme_name:
            proposal = "（しきい値は案）" if plan.scheme_is_proposal else ""
            yield "評価基準", f"{plan.scheme_name}{proposal}"
    yield from (("評価の方法", words) for words in METHOD)


def _counts(content: Content) -> Iterator[tuple[Cell, ...]]:
    for plan in content.plans:
        for node in plan.all_nodes():
            found = overview(plan, content.fiscal_year, node)
            for band, number in found.grades:
                yield plan.name, node.code, node.name, band.label, number
            for label, number in (("評価なし", found.ungraded), ("未公表", found.unpublished)):
                if number:
                    yield plan.name, node.code, node.name, label, number


def _each(content: Content) -> Iterator[tuple[PublishedPlan, PublishedKpi]]:
    for plan in content.plans:
        yield from ((plan, kpi) for kpi in plan.kpis if kpi.is_published)


def _years(content: Content) -> Iterator[tuple[Cell, ...]]:
    for plan, kpi in _each(content):
        words = kpi_data(kpi, content.fiscal_year)["years"]
        for year, said in zip(kpi.years, words, strict=True):
            yield (
                plan.name,
                kpi.code,
                kpi.name,
                kpi.unit,
                said["label"],
                year.fiscal_year,
                year.target,
                year.target_upper,
                year.target_word or None,
                year.value,
                said["actual"] if year.value is None else said["status"],
                _rate(year.progress_rate),
                _rate(year.achievement_rate),
                year.grade.label if year.grade else None,
                None if year.grade else year.reason_label,
                year.explanation,
                year.note or None,
            )


def _rate(rate: Decimal | None) -> Decimal | None:
    """Return a rate as open data has it; an exact one has more digits than a cell's number."""
    return None if rate is None else round_half_up(rate, RATE_PLACES)


def _kpi_texts(content: Content) -> Iterator[tuple[Cell, ...]]:
    for plan, kpi in _each(content):
        data = kpi_data(kpi, content.fiscal_year)
        for label, text in (*data["facts"], *((a["label"], a["text"]) for a in data["answers"])):
            if text:
                yield plan.name, kpi.code, kpi.name, label, text


def _node_texts(content: Content) -> Iterator[tuple[Cell, ...]]:
    for plan in content.plans:
        for node in plan.all_nodes():
            for answer in node.answers:
                yield plan.name, node.code, node.name, answer.label, answer.text


def _programs(content: Content) -> Iterator[tuple[Cell, ...]]:
    for program in content.programs:
        texts = (
            ("担当", f"{program.bureau} {program.section}".strip()),
            ("旧名称", program.former_name),
            ("事業の目的", program.purpose),
            ("事業の概要", program.summary),
            ("成果", program.results),
            *((answer.label, answer.text) for answer in program.answers),
        )
        for label, text in texts:
            if text:
                yield program.number, program.name, label, text
