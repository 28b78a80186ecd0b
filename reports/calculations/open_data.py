"""A publication as tables that machines compute with, after the state's rule of March 2026.

One table a file, header in row 1, every column named, one datum a cell, one record a line, long format;
western and era years side by side, ASCII codes beside names, units and states in columns of their own.
A blank is "no value" and never 0; what stands behind it says the column `status_code`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from evaluations.enums import Edition, Reason, ValueStatus
from reports.calculations.published import (
    Content,
    PublishedKpi,
    PublishedNode,
    PublishedPlan,
    PublishedYear,
)
from tsukuba_kpi.lib.choices import LabelledEnum
from tsukuba_kpi.lib.figures import round_half_up
from tsukuba_kpi.lib.fiscal_year import era_label
from tsukuba_kpi.lib.flat_table import Cell, FlatTable

RATE_PLACES = 6
LICENCE = "CC BY 4.0"


class Item(LabelledEnum):
    """What a line of the values table holds."""

    TARGET = "target", "目標値"
    TARGET_UPPER = "target_upper", "目標値の上限"
    ACTUAL = "actual", "実績値"
    PROGRESS_RATE = "progress_rate", "進捗率"
    ACHIEVEMENT_RATE = "achievement_rate", "達成率"


@dataclass(frozen=True)
class Column:
    """One column with what it means: the data dictionary is made of these."""

    key: str
    label: str
    meaning: str


@dataclass(frozen=True)
class DataSet:
    """One table with its dictionary."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_table(self) -> FlatTable:
        """Return the table with its keys as the header."""
        return FlatTable(self.title, [column.key for column in self.columns], self.rows)


YEAR = Column("fiscal_year", "年度", "4月に始まる年度を、始まる西暦年で表す")
ERA_YEAR = Column("fiscal_year_era", "年度（和暦）", "同じ年度の和暦")
EDITION = Column("edition_code", "版の符号", "符号表 edition")
PLAN = Column("plan_code", "計画の符号", "計画を識別する変わらない符号")
KPI = Column("kpi_code", "指標番号", "指標を識別する変わらない番号")


def data_sets(content: Content) -> tuple[DataSet, ...]:
    """Return all tables of a publication."""
    return (
        DataSet(
            "kpi_values",
            "指標の値",
            (
                PLAN,
                KPI,
                Column("kpi_name", "指標名", "指標の名称"),
                YEAR,
                ERA_YEAR,
                EDITION,
                Column("item_code", "項目の符号", "符号表 item"),
                Column("item", "項目", "項目の名称"),
                Column("value", "値", "数値。空は値なし（0ではない）。率は1が100％"),
                Column("unit", "単位", "値の単位。率は空"),
                Column("status_code", "値の状態の符号", "実績値のみ。符号表 value_status"),
                Column("status", "値の状態", "値の状態の名称"),
                Column("word", "文言", "文言や以上・以下で定めた目標の表記"),
                Column("note", "注記", "公表した注記"),
            ),
            tuple(_value_rows(content)),
        ),
        DataSet(
            "kpi_grades",
            "指標の評価",
            (
                PLAN,
                KPI,
                Column("kpi_name", "指標名", "指標の名称"),
                YEAR,
                ERA_YEAR,
                EDITION,
                Column("grade", "評価", "評価区分の表示。判定できないときは空"),
                Column("reason_code", "判定できない理由の符号", "符号表 reason"),
                Column("reason", "判定できない理由", "理由の名称"),
                Column("scheme", "評価基準", "判定に使った評価基準の名称"),
                Column("explanation", "計算の説明", "評価に至る計算を述べた文"),
            ),
            tuple(_grade_rows(content)),
        ),
        DataSet(
            "kpis",
            "指標の定義",
            (
                PLAN,
                KPI,
                Column("kpi_name", "指標名", "指標の名称"),
                Column("unit", "単位", "値の単位"),
                Column("decimals", "小数点以下の桁数", "表示する桁数"),
                Column("direction", "方向", "望ましい向き"),
                Column("aggregation", "集計方法", "年度の値のまとめ方"),
                Column("baseline_value", "基準値", "計画前の値。空は値なし"),
                Column("baseline_note", "基準値の表記", "基準年度・期間など"),
                Column("rationale", "目標の設定根拠", ""),
                Column("method", "実績値の計算方法", ""),
                Column("statistic_source", "出典統計", ""),
            ),
            tuple(_kpi_rows(content)),
        ),
        DataSet(
            "kpi_sections",
            "指標の担当",
            (PLAN, KPI, Column("section", "担当課室", "指標を担当する課室（一行に一つ）")),
            tuple(
                (plan.code, kpi.code, section)
                for plan in content.plans
                for kpi in plan.kpis
                for section in kpi.sections
            ),
        ),
        DataSet(
            "plan_nodes",
            "計画の体系",
            (
                PLAN,
                Column("node_code", "項目の符号", "ASCIIの符号（例 1-1-1）"),
                Column("parent_code", "上位の項目の符号", "空は最上位"),
                Column("level_code", "階層の符号", "goal・policy・measure・grant・project"),
                Column("level", "階層", "この計画での階層の呼び名"),
                Column("printed_code", "番号（表記）", "文書での番号（例 Ⅰ-１-（１））"),
                Column("name", "名称", "項目の名称"),
            ),
            tuple(_each_node(content, lambda plan, node, parent: [_node_row(plan, node, parent)])),
        ),
        DataSet(
            "plan_placements",
            "指標の位置",
            (PLAN, Column("node_code", "項目の符号", "表 plan_nodes の符号"), KPI),
            tuple(
                _each_node(
                    content, lambda plan, node, parent: [(plan.code, node.key, code) for code in node.kpis]
                )
            ),
        ),
        DataSet(
            "plan_opinions",
            "施策への意見",
            (
                PLAN,
                Column("node_code", "項目の符号", "表 plan_nodes の符号"),
                YEAR,
                ERA_YEAR,
                Column("text_code", "文章の符号", "opinion（外部評価の意見）・reply（課室の回答）"),
                Column("label", "文章の名称", ""),
                Column("text", "文章", "要約したものは「（要約）」で始まる"),
            ),
            tuple(_each_node(content, lambda plan, node, parent: _opinion_rows(content, plan, node))),
        ),
        DataSet(
            "programs",
            "事務事業",
            (
                YEAR,
                ERA_YEAR,
                Column("program_number", "事業番号", "事業を識別する変わらない番号"),
                Column("name", "事務事業名", ""),
                Column("former_name", "旧名称", ""),
                Column("bureau", "部局", ""),
                Column("section", "課室", ""),
                Column("purpose", "事業の目的", ""),
                Column("summary", "事業の概要", ""),
                Column("results", "成果", ""),
            ),
            tuple(
                (
                    content.fiscal_year,
                    era_label(content.fiscal_year),
                    program.number,
                    program.name,
                    program.former_name or None,
                    program.bureau or None,
                    program.section or None,
                    program.purpose or None,
                    program.summary or None,
                    program.results or None,
                )
                for program in content.programs
            ),
        ),
        code_table(),
    )


def described(content: Content, *, city: str, published_at: str, edition_number: int) -> tuple[DataSet, ...]:
    """Return all tables of a publication with the meaning of every column and what the whole is."""
    sets = data_sets(content)
    columns = _columns(sets)
    return (*sets, columns, _about(content, city, published_at, edition_number))


def _columns(sets: Sequence[DataSet]) -> DataSet:
    return DataSet(
        "columns",
        "列の意味",
        (
            Column("dataset", "表", "表の符号"),
            Column("dataset_title", "表の名称", ""),
            Column("column", "列", "列の名前（1行目）"),
            Column("label", "列の名称", ""),
            Column("meaning", "意味", "空は名称のとおり"),
        ),
        tuple(
            (each.key, each.title, column.key, column.label, column.meaning or None)
            for each in sets
            for column in each.columns
        ),
    )


def _about(content: Content, city: str, published_at: str, edition_number: int) -> DataSet:
    """Return what the state's rule asks to be said of a set of data as a whole."""
    facts: tuple[tuple[str, str, Cell], ...] = (
        ("title", "名称", content.round_name),
        ("publisher", "作成者", city or None),
        ("fiscal_year", "対象年度", content.fiscal_year),
        ("fiscal_year_era", "対象年度（和暦）", era_label(content.fiscal_year)),
        ("edition_code", "版の符号", content.edition),
        ("publication", "公表の版", edition_number),
        ("published_at", "公表日時", published_at),
        ("licence", "利用条件", LICENCE),
        ("encoding", "文字コード", "CSVはUTF-8（BOMあり）。cp932.csvはcp932で、cp932にない文字は〓"),
        ("blank", "空欄", "値なし（0ではない）。理由は status_code か reason_code"),
        ("apostrophe", "CSVの先頭の'", "計算式と見なされる文字で始まる文章に付けた印。内容ではない"),
        ("source", "出典", "各課室の報告。指標ごとの出典統計は表 kpis の statistic_source"),
    )
    return DataSet(
        "metadata",
        "このデータについて",
        (Column("key", "項目", ""), Column("label", "項目の名称", ""), Column("value", "内容", "")),
        facts,
    )


def code_table() -> DataSet:
    """Return the meanings of all codes."""
    tables: Sequence[tuple[str, type[LabelledEnum]]] = (
        ("item", Item),
        ("value_status", ValueStatus),
        ("reason", Reason),
        ("edition", Edition),
    )
    return DataSet(
        "codes",
        "符号表",
        (
            Column("code_table", "符号表", "符号表の名称"),
            Column("code", "符号", ""),
            Column("label", "意味", ""),
        ),
        tuple((name, member.value, member.label) for name, members in tables for member in members),
    )


def _published(content: Content) -> Iterator[tuple[PublishedPlan, PublishedKpi, PublishedYear]]:
    for plan in content.plans:
        for kpi in plan.kpis:
            for year in kpi.years:
                yield plan, kpi, year


def _value_rows(content: Content) -> Iterator[tuple[Cell, ...]]:
    for plan, kpi, year in _published(content):
        head = (
            plan.code,
            kpi.code,
            kpi.name,
            year.fiscal_year,
            era_label(year.fiscal_year),
            content.edition,
        )
        for item, value, status, word, note in _items(year):
            is_rate = item in (Item.PROGRESS_RATE, Item.ACHIEVEMENT_RATE)
            label = ValueStatus(status).label if status else None
            yield (
                *head,
                item.value,
                item.label,
                value,
                None if is_rate else kpi.unit or None,
                status or None,
                label,
                word or None,
                note or None,
            )


_BOUNDS = {"at_least": "以上", "at_most": "以下"}


def _items(year: PublishedYear) -> Iterator[tuple[Item, Decimal | None, str, str, str]]:
    if year.target is not None or year.target_word:
        word = year.target_word or _BOUNDS.get(year.target_qualifier, "")
        yield Item.TARGET, year.target, "", word, ""
    if year.target_upper is not None:
        yield Item.TARGET_UPPER, year.target_upper, "", "", ""
    if year.status:
        yield Item.ACTUAL, year.value, year.status, "", year.note
    for item, rate in (
        (Item.PROGRESS_RATE, year.progress_rate),
        (Item.ACHIEVEMENT_RATE, year.achievement_rate),
    ):
        if rate is not None:
            yield item, round_half_up(rate, RATE_PLACES), "", "", ""


def _grade_rows(content: Content) -> Iterator[tuple[Cell, ...]]:
    for plan, kpi, year in _published(content):
        yield (
            plan.code,
            kpi.code,
            kpi.name,
            year.fiscal_year,
            era_label(year.fiscal_year),
            content.edition,
            year.grade.label if year.grade else None,
            year.reason or None,
            year.reason_label or None,
            plan.scheme_name or None,
            year.explanation or None,
        )


def _kpi_rows(content: Content) -> Iterator[tuple[Cell, ...]]:
    for plan in content.plans:
        for kpi in plan.kpis:
            yield (
                plan.code,
                kpi.code,
                kpi.name,
                kpi.unit or None,
                kpi.decimals,
                kpi.direction or None,
                kpi.aggregation or None,
                kpi.baseline_value,
                kpi.baseline_text or None,
                kpi.rationale or None,
                kpi.method or None,
                kpi.statistic_source or None,
            )


Rows = Callable[[PublishedPlan, PublishedNode, str], Sequence[tuple[Cell, ...]]]


def _each_node(content: Content, rows: Rows) -> Iterator[tuple[Cell, ...]]:
    for plan in content.plans:
        waiting = [(node, "") for node in plan.nodes]
        while waiting:
            node, parent = waiting.pop(0)
            yield from rows(plan, node, parent)
            waiting = [(child, node.key) for child in node.children] + waiting


def _opinion_rows(content: Content, plan: PublishedPlan, node: PublishedNode) -> Sequence[tuple[Cell, ...]]:
    year = content.fiscal_year
    return [
        (plan.code, node.key, year, era_label(year), answer.key, answer.label, answer.text)
        for answer in node.answers
    ]


def _node_row(plan: PublishedPlan, node: PublishedNode, parent: str) -> tuple[Cell, ...]:
    return (
        plan.code,
        node.key,
        parent or None,
        node.level,
        node.level_name,
        node.code or None,
        node.name or None,
    )
