"""Prints drawn lists as PDFs that are ruled only in part: level rules, a frame, shading instead of lines …"""

import json
import random
from pathlib import Path
from typing import Final

import typst

from tests.importers.made_files import Made

FONTS = Path(__file__).parents[2] / "static" / "fonts"
# Which sides of a cell have a line: x and y are its first column and row, `right` and `low` the last ones.
RULINGS: Final = {
    "full": "(left: line, top: line, right: line, bottom: line)",
    "rows": "(top: line, bottom: line)",
    "header": "if y < head {(left: line, top: line, right: line, bottom: line)} else {none}",
    "header_rules": "(top: if y == 0 {line}, bottom: if low == head - 1 or low == last {line})",
    "frame": "(left: if x == 0 {line}, right: if right == wide {line}, top: if y == 0 {line}, "
    "bottom: if low == last {line})",
    "frame_header": "(left: if x == 0 {line}, right: if right == wide {line}, top: if y == 0 {line}, "
    "bottom: if low == head - 1 or low == last {line})",
    "frame_rows": "(left: if x == 0 {line}, right: if right == wide {line}, top: line, bottom: line)",
    "dotted": "if y < head {(left: line, top: line, right: line, bottom: line)} else {(bottom: dots)}",
    "dotted_only": "(top: if y == 0 {dots}, bottom: dots)",
    "columns": "(left: line, right: line, top: if y == 0 {line}, "
    "bottom: if low == head - 1 or low == last {line})",
    "columns_open": "(left: if x > 0 {line}, top: if y == 0 {line}, bottom: if low == head - 1 {line})",
    "shaded_columns": "none",
    "shaded_columns_rows": "(top: line, bottom: line)",
    "zebra": "none",
}
FILLS: Final = {
    "shaded_columns": 'if y < head {rgb("#999999")} else if calc.even(x) {rgb("#dddddd")}',
    "shaded_columns_rows": 'if calc.even(x) {rgb("#e8f0ff")}',
    "zebra": 'if y < head {rgb("#bbccee")} else if calc.even(y) {rgb("#eeeeee")}',
}
_TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set page(width: data.page.at(0) * 1pt, height: data.page.at(1) * 1pt, margin: data.margin * 1pt,
  numbering: if data.numbered { "1" } else { none })
#set text(font: "BIZ UDPGothic", size: data.size * 1pt, lang: "ja")
#set par(leading: 0.5em, spacing: 0.7em)
#let head = data.head
#let last = data.rows - 1
#let wide = data.widths.len() - 1
#let line = 0.5pt + black
#let dots = (thickness: 0.5pt, dash: data.dash)
#let ruled(x, y, right, low) = RULING
#let filled(x, y) = FILL
#let shown(cell) = table.cell(x: cell.x, y: cell.y, colspan: cell.across, rowspan: cell.down,
  stroke: ruled(cell.x, cell.y, cell.x + cell.across - 1, cell.y + cell.down - 1),
  fill: filled(cell.x, cell.y), breakable: data.breakable,
  cell.lines.join(linebreak()))
#for title in data.titles [#title #parbreak()]
#table(columns: data.widths.map(w => w * 1fr), stroke: none, inset: data.inset * 1pt,
  align: if data.middle { left + horizon } else { left + top },
  table.header(repeat: data.repeat, ..data.cells.filter(cell => cell.y < head).map(shown)),
  ..data.cells.filter(cell => cell.y >= head).map(shown))
#for note in data.notes [#note #parbreak()]
"""


def print_ruled(made: Made, path: Path, ruling: str, draw: random.Random) -> Path:
    """Print the rows of a list with one of RULINGS; page, type size, widths and breaks are drawn."""
    first = next(number for number, row in enumerate(made.rows) if sum(map(bool, row)) > 1)
    height = 2 if any(merge[0] == first for merge in made.merges) else 1
    end = len(made.rows)
    while sum(map(bool, made.rows[end - 1])) == 1 and str(made.rows[end - 1][0]).startswith(("※", "（注")):
        end -= 1
    rows = made.rows[first:end]
    cells = _cells(rows, [merge for merge in made.merges if first <= merge[0] < end], first)
    size = draw.choice([7, 8, 9])
    data = {
        "page": draw.choice([(842, 595), (842, 595), (1191, 842)]),
        "margin": draw.choice([28, 40]),
        "numbered": draw.random() < 0.5,
        "size": size,
        "inset": draw.choice([3, 4, 6]),
        "middle": draw.random() < 0.3,
        "repeat": draw.random() < 0.6,
        "breakable": draw.random() < 0.3,
        "dash": draw.choice(["dotted", "dashed", "densely-dotted"]),
        "titles": [str(row[0]) for row in made.rows[:first] if row[0]],
        "notes": [str(row[0]) for row in made.rows[end:]],
        "head": height,
        "rows": len(rows),
        "widths": _widths(rows, draw),
        "cells": cells,
    }
    source = _TEMPLATE.replace("RULING", RULINGS[ruling]).replace("FILL", FILLS.get(ruling, "none"))
    path.write_bytes(
        typst.compile(
            source.encode(),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
    )
    return path


def _cells(rows, merges, first: int) -> list[dict[str, object]]:
    spans = {(top - first, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in merges}
    covered = {
        (row, column)
        for (top, left), (down, across) in spans.items()
        for row in range(top, top + down)
        for column in range(left, left + across)
        if (row, column) != (top, left)
    }
    found: list[dict[str, object]] = []
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            if (y, x) in covered:
                continue
            down, across = spans.get((y, x), (1, 1))
            lines = [] if value is None else str(value).split("\n")
            found.append({"x": x, "y": y, "down": down, "across": across, "lines": lines})
    return found


def _widths(rows, draw: random.Random) -> list[float]:
    """Return widths of columns by their longest texts, a little at random."""
    wide = max(map(len, rows))
    longest = [
        max(
            max((len(line) for line in str(row[column] or "").split("\n")), default=0)
            if column < len(row)
            else 0
            for row in rows
        )
        for column in range(wide)
    ]
    return [min(max(length, 4), 22) * draw.uniform(0.9, 1.25) + 1 for length in longest]
