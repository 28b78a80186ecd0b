"""Rows of a list of KPIs with nothing but one text: a heading of a group, or a KPI without figures.

A heading shows it: by its marks, its code, its words, its width over the table. Without these the words
of a KPI (…数, …率) or the lack of any KPI below decide for a KPI, which a person has to look at. A
sentence, or the title of another year, is no KPI.
"""

import re
from dataclasses import dataclass

from importers.calculations.rows import Doubt
from importers.sources.node_labels import read_label
from importers.sources.table_body import Table, clean_text
from tsukuba_kpi.lib.fiscal_year import find_years
from tsukuba_kpi.lib.japanese_text import match_key

_FRAMED = re.compile(r"^[■□◆◇●○▼▽▲★☆・〇◎【〔\[<＜〈《「]")
_NUMBERED = re.compile(
    r"^(?:第?[0-9０-９一二三四五六七八九十]{1,3}[章節編部][\s　]|[0-9０-９]{1,2}[.．、\s　-]"
    r"|[(（][0-9０-９ア-ン]{1,2}[)）]|[①-⑳])"
)
_OF_PLAN = re.compile(
    r"^(?:数値|基本|個別|重点|具体的)?(?:目標|施策|政策|戦略|分野|方針|方向|柱|テーマ)"
    r"(?:[\s　:：.．]|[0-9０-９Ⅰ-Ⅻ一二三四五六七八九十])"
    r"|(?:目標|施策|政策|戦略|分野|方針|柱|体系|交付金|KPI|指標)\Z"
)
_UNIT = re.compile(r".{1,12}(?:部|局|課|公室|室|センター|事務局|委員会)\Z")
_BRACKETS = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]\Z")
_OF_KPI = re.compile(
    "(?:数|率|割合|比率|比|人口|件|量|額|面積|延長|時間|日|回|順位|指数|(?<!年)度|者|所得|収入|消費|寿命|密度|単価|価格|"
    "点|値|高|得点|偏差値|スコア|KPI|人員|世帯|台|箇所|か所|ha|㎡|km|%|％)\\Z"
)
_LONGEST_HEADING = 40


@dataclass(frozen=True, slots=True)
class LoneRow:
    """The one text of a row, whether it is a heading, and whether that is beyond doubt."""

    text: str
    is_heading: bool
    is_sure: bool

    @property
    def doubt(self) -> Doubt:
        """What a person is asked where the row was taken for a KPI."""
        message = f"「{self.text[:40]}」の行は名称だけです。値のない指標か、区分の見出しか確かめてください。"
        return Doubt("name_alone", "kpi", message)


def lone_row(table: Table, row: int, kpi_column: int) -> LoneRow | None:
    """Return what a row with one text is, None where it has none; `kpi_column` is the column of KPIs."""
    cells = table.grid.rows[row]
    column = next((at for at, value in enumerate(cells) if clean_text(value) is not None), None)
    if column is None:
        return None
    text = clean_text(cells[column]) or ""
    name = text.replace("\n", "")
    if column != kpi_column or _spans(table, row, column) or _is_heading(name):
        return LoneRow(name, is_heading=True, is_sure=True)
    is_kpi = _OF_KPI.search(_BRACKETS.sub("", match_key(name))) is not None
    if len(name) > _LONGEST_HEADING or name.endswith("。") or (find_years(name) and not is_kpi):
        return LoneRow(name, is_heading=True, is_sure=False)
    return LoneRow(name, is_heading=not is_kpi and _leads_names(table, row, column), is_sure=False)


def _is_heading(text: str) -> bool:
    if _FRAMED.match(text) or _NUMBERED.match(text) or _UNIT.match(text):
        return True
    return read_label(text).has_code or _OF_PLAN.search(text) is not None


def _spans(table: Table, row: int, column: int) -> bool:
    return any(
        merge.first_row == row and merge.first_column == column and merge.last_column > column
        for merge in table.grid.merges
    )


def _leads_names(table: Table, row: int, column: int) -> bool:
    """Tell whether the next row with more than one value has a name of its own."""
    for below in range(row + 1, table.end):
        filled = [at for at, value in enumerate(table.grid.rows[below]) if clean_text(value) is not None]
        if len(filled) > 1:
            return table.text(below, column) is not None
    return False
