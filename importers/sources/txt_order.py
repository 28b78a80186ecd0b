"""The order in which a text gives the cells of its document: not every extractor goes cell by cell.

Without empty lines (pdftotext -raw, the text of PDFium) the cells follow one another as they were drawn, but
nothing tells how far apart they stood. Other extractors go down the columns, or across all cells at one
height: from these no row can be put together again.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from importers.calculations.rows import Doubt, Location, SourceError
from importers.enums import DocumentKind
from importers.sources.heading_match import match_heading
from importers.sources.txt_lines import Gap, Line

_LEAST_LINES = 8
_BLANKS = 50  # one line in so many may stand behind an empty one
_SEARCHED = 60  # lines
_LONE_HEADINGS = 3
_LEAST_STARTS = 3  # programs of a text with a line for every cell
_PAIR = re.compile("[0-9０-９]+ [0-9０-９]+\\Z")
_JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
_SEVERAL = 3  # characters of a cell, or a piece of one, and not of a number with its unit
_ACROSS = 4  # one line in so many holds pieces of several cells


def one_cell_a_line(lines: Sequence[Line], kind: DocumentKind) -> tuple[Line, ...] | None:
    """Return a text that begins a line with every cell (mutool) as if its rows began on one, None for others.

    The position and the number of each program stand alone on two lines, and positions count on from 1. Its
    empty lines say nothing of cells and are left out; headings stand on one line again.
    """
    starts = {at: found for at in range(len(lines)) if (found := _start(lines, at)) is not None}
    orders = [int(text.split(" ")[0]) for text, _ in starts.values()]
    if len(starts) < _LEAST_STARTS or orders != list(range(1, len(orders) + 1)):
        return None
    joined: list[Line] = []
    words: list[Line] = []
    at = 0
    while at < len(lines):
        text, count = starts.get(at, (lines[at].text, 1))
        before = Gap.NEXT if lines[at].before is Gap.BLANK else lines[at].before
        line = replace(lines[at], text=text, before=before)
        if _is_heading(text, kind):
            words.append(line)
        else:
            joined.extend([*(_one_line(words) if len(words) >= _LONE_HEADINGS else words), line])
            words = []
        at += count
    return (*joined, *words)


def _start(lines: Sequence[Line], at: int) -> tuple[str, int] | None:
    """Return a position and a number that stand alone, as one text, and on how many lines they do."""
    if _PAIR.match(lines[at].text):
        return lines[at].text, 1
    if at + 1 == len(lines):
        return None
    around = [lines[place].text for place in (at - 1, at + 2) if 0 <= place < len(lines)]
    pair = (lines[at].text, lines[at + 1].text)
    if not all(text.isdecimal() for text in pair) or any(text.isdecimal() for text in around):
        return None
    return " ".join(pair), 2


def _one_line(words: Sequence[Line]) -> list[Line]:
    return [replace(words[0], text=" ".join(word.text for word in words))]


def is_streamed(lines: Sequence[Line]) -> bool:
    """Tell whether a text has no empty lines to speak of: cells follow one another as they were drawn."""
    blanks = sum(line.before is Gap.BLANK for line in lines)
    return len(lines) >= _LEAST_LINES and blanks * _BLANKS <= len(lines)


def goes_down(lines: Sequence[Line], kind: DocumentKind) -> bool:
    """Tell whether the headings stand on several lines: the cells of a row do so, too, or go by column."""
    found: set[tuple[str, ...]] = set()
    for line in lines[:_SEARCHED]:
        words = tuple(line.text.split(" "))
        if _is_heading("".join(words), kind):
            found.add(("".join(words),))
        elif all(_is_heading(word, kind) for word in words):
            found.add(words)
    fullest = max(map(len, found), default=0)
    return len(found) > _LONE_HEADINGS and sum(map(len, found)) - fullest >= _LONE_HEADINGS


def goes_across(lines: Sequence[Line], one_in: int = _ACROSS) -> bool:
    """Tell whether one line in so many holds pieces of several cells at one height."""
    others = [line for line in lines if not line.text[0].isdigit()]
    across = sum(sum(_is_text(piece) for piece in line.text.split(" ")) > 1 for line in others)
    return across * one_in > len(others)


def _is_heading(word: str, kind: DocumentKind) -> bool:
    return match_heading((word,), kind)[1] == "heading" and len(word) > 1


def _is_text(piece: str) -> bool:
    return len(_JAPANESE.findall(piece)) >= _SEVERAL


def other_order(file_name: str) -> SourceError:
    """Return why a text in another order is refused, and which form of the document to take."""
    return SourceError(
        "other_order",
        Location(file=file_name),
        f"{file_name}：欄の文字が列ごとや行をまたいで並ぶテキストで、どの欄のものか決まりません。元のPDFをそのまま取り込むか、"
        "欄の位置を空白で残すテキスト（pdftotext -layout など）に書き出し直してください。",
    )


def streamed_doubt() -> Doubt:
    """Return what a person is asked about every row of a text without empty lines."""
    return Doubt(
        "no_blank_lines",
        None,
        "空行のないテキストなので、欄の境目を行の長さと言葉だけから読みました。元の文書と見比べてください。",
    )
