"""What a cell of a strategy list can be, judged by its text: label, project, KPI or section."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from importers.sources.txt_language import DASHES
from importers.sources.txt_lines import Gap, Piece
from importers.sources.txt_programs.heads import is_unit_name
from tsukuba_kpi.lib.japanese_text import parse_node_code


class Column(IntEnum):
    """The columns of a strategy list, from left to right."""

    LABEL = 0
    PROJECT = 1
    KPI = 2
    SECTION = 3


MOST_PIECES = {Column.LABEL: 6, Column.PROJECT: 6, Column.KPI: 10, Column.SECTION: 6}
NEVER = 2_500
NOT_A_UNIT = 900
A_UNIT = 500  # a section's name elsewhere than in the section's column

# How names of measured quantities and of undertakings end, whatever the city.
_KPI_END = re.compile(
    r"(?:数|率|割合|額|量|度|比|人口|件|回|人|者|面積|収入|支出|費|費用|時間|日|距離|冊|点|点数|指数|順位|値|平均|"
    r"状況|有無|増加|減少|向上|抑制|増|減|ほか|など|等|実績|得点|スコア|寿命|総生産|所得|密度|普及|達成|開催|"
    r"(?:増加|減少|向上|維持|低下)させる)(?:[（(].*[）)])?(?:　?ほか)?$"
)
_PROJECT_END = re.compile(
    r"(?:事業|プロジェクト|プログラム|業務|計画|モデル|構想|推進|促進|活用|整備|支援|創出|ラボ|キャンパス|拠点化|実証)"
    r"(?:[（(].*[）)])?$"
)


def is_dash(text: str) -> bool:
    """Whether a cell holds only the sign for nothing."""
    return bool(text) and all(character in DASHES for character in text)


def cell_of(pieces: Sequence[Piece]) -> str:
    """Return a cell's text: lines joined, half-width spaces of the document kept."""
    text = ""
    for index, piece in enumerate(pieces):
        if index:
            text += _joint(pieces[index - 1], piece)
        text += piece.text
    return text


def _joint(before: Piece, after: Piece) -> str:
    if after.before is Gap.SPACE:
        return " "
    both_latin = _is_latin(before.text[-1]) and _is_latin(after.text[0])
    return " " if both_latin else ""


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


@dataclass(frozen=True, slots=True)
class Character:
    """What a text is like, whatever column it may stand in."""

    coded: bool
    dash: bool
    unit: bool
    kpi_end: bool
    project_end: bool


@lru_cache(maxsize=20_000)
def character_of(text: str) -> Character:
    """Return what a text is like."""
    return Character(
        coded=parse_node_code(text) is not None,
        dash=is_dash(text),
        unit=is_unit_name(text),
        kpi_end=_KPI_END.search(text) is not None,
        project_end=_PROJECT_END.search(text) is not None,
    )


def text_cost(column: Column, text: str, seen: Counter[str]) -> int:
    """Return what speaks against a text in a column, in hundredths of a logarithm.

    `seen` counts the texts that other rows have in this place.
    """
    like = character_of(text)
    if column is Column.LABEL:
        if like.dash:
            return NEVER
        return (0 if like.coded else 350) + (0 if seen[text] < 2 else -40) + (A_UNIT if like.unit else 0)
    if like.coded:
        return NEVER
    if column is Column.SECTION:
        if like.dash:
            return 500
        return (0 if like.unit else NOT_A_UNIT) - (40 if seen[text] >= 2 else 0)
    if column is Column.PROJECT:
        return 0 if like.dash else 120 + _against_project(like)
    return 200 if like.dash else _against_kpi(like)


def _against_project(like: Character) -> int:
    if like.unit:
        return A_UNIT
    if like.project_end:
        return 0
    return 260 if like.kpi_end else 120


def _against_kpi(like: Character) -> int:
    if like.kpi_end:
        return 0
    if like.project_end:
        return 220
    return A_UNIT if like.unit else 90


def kpi_likeness(text: str) -> int:
    """Return how much a text reads like a KPI (positive) rather than an undertaking (negative)."""
    like = character_of(text)
    return _against_project(like) - _against_kpi(like)
