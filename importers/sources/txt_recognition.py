"""Which kind of document a text is, by its header row or, without one, by the shape of its records."""

import re

from importers.enums import DocumentKind
from importers.sources.txt_language import Continuity
from importers.sources.txt_lines import Line, read_lines, split_pieces
from importers.sources.txt_programs.records import find_starts
from tsukuba_kpi.lib.japanese_text import parse_node_code

_HEADER_LINES = 15
_LOOKED_AT = 600
_PROGRAM_HEADER = re.compile(r"事務事業|事業名|部署|目的|概要|成果|実績")
_STRATEGY_HEADER = re.compile(r"種別|目標|施策|個別事業|指標|ＫＰＩ|KPI|担当課|担当部署")


def recognise_text(text: str) -> DocumentKind | None:
    """Return what a text is: a strategy's list of KPIs, a list of programs, or None for anything else."""
    lines = read_lines(text[: 400 * _LOOKED_AT])[:_LOOKED_AT]
    programs = _header_cells(lines, _PROGRAM_HEADER)
    strategy = _header_cells(lines, _STRATEGY_HEADER)
    coded = _coded_lines(lines)
    starts = _program_starts(lines) if coded < 3 else 0
    if starts >= 2 or (starts == 1 and programs >= 3):
        return DocumentKind.PROGRAMS
    if coded >= 3 or (coded >= 1 and strategy >= 3):
        return DocumentKind.STRATEGY
    if programs >= 4 and programs > strategy:
        return DocumentKind.PROGRAMS
    return DocumentKind.STRATEGY if strategy >= 4 and strategy > programs else None


def _header_cells(lines: tuple[Line, ...], words: re.Pattern[str]) -> int:
    """Return how many cells of the likeliest header row name a column (commas and tabs: another format)."""
    return max(
        (
            sum(words.search(cell) is not None and len(cell) <= 20 for cell in line.text.split(" "))
            for line in lines[:_HEADER_LINES]
            if "," not in line.text and "\t" not in line.text
        ),
        default=0,
    )


def _coded_lines(lines: tuple[Line, ...]) -> int:
    return sum(parse_node_code(line.text) is not None for line in lines)


def _program_starts(lines: tuple[Line, ...]) -> int:
    pieces = split_pieces(tuple(line for line in lines if len(line.text) < 400))
    starts = find_starts(pieces, Continuity([]))
    return sum(start.order is not None or start.head_cost <= 250 for start in starts)
