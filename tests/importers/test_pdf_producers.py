"""Drawn lists printed to PDF by a browser: another producer's order of text, cells and page breaks."""

import html
import random
import subprocess
from pathlib import Path

import pytest

from importers.enums import DocumentKind
from tests.conftest import chromium_path
from tests.importers.made_files import Made
from tests.importers.made_programs import ProgramSheet, draw_layout, program_records
from tests.importers.made_strategies import make_strategy
from tests.importers.reading import compare, read_here

BROWSER = chromium_path()
STYLES = [
    "@page{size:A4 landscape;margin:12mm}",
    "@page{size:A4}body{font-size:7pt}tr{break-inside:avoid}",
    "@page{size:A4 landscape}td{border:1px dotted #444}thead td{background:#ddd}",
    "@page{size:A5 landscape}td{padding:6px}tr{break-inside:avoid}",
]
BASE = (
    "body{font-family:'Noto Sans CJK JP',sans-serif;font-size:9pt}table{border-collapse:collapse;width:100%}"
    "td{border:1px solid black;padding:2px 4px;white-space:pre-wrap;overflow-wrap:anywhere}"
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here to print with")


def page(made: Made, style: str, *, repeat_header: bool) -> str:
    """Return a page with the list's rows as a table; rows above the header are paragraphs."""
    titles = next(number for number, row in enumerate(made.rows) if sum(map(bool, row)) > 1)
    header = 2 if any(merge[0] == titles for merge in made.merges) else 1
    covered = {
        (row, column): (top, left)
        for top, left, bottom, right in made.merges
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in made.merges}
    lines = []
    for number, row in enumerate(made.rows[titles:], start=titles):
        cells = []
        for column, value in enumerate(row):
            if covered.get((number, column), (number, column)) == (number, column):
                down, across = spans.get((number, column), (1, 1))
                cells.append(f"<td rowspan={down} colspan={across}>{html.escape(str(value))}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    head, body = "".join(lines[:header]), "".join(lines[header:])
    head = f"<thead>{head}</thead>" if repeat_header else head
    above = "".join(f"<p>{html.escape(str(row[0]))}</p>" for row in made.rows[:titles])
    return f"<meta charset=utf-8><style>{BASE}{style}</style>{above}<table>{head}{body}</table>"


def printed(made: Made, folder: Path, style: str, *, repeat_header: bool, page_numbers: bool) -> Path:
    """Print the list with the browser, with its own head and foot of pages or without."""
    source, path = folder / "list.html", folder / "list.pdf"
    source.write_text(page(made, style, repeat_header=repeat_header), encoding="utf-8")
    options = [] if page_numbers else ["--no-pdf-header-footer"]
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--print-to-pdf={path}",
        *options,
    ]
    subprocess.run([*command, source.as_uri()], check=True, capture_output=True, timeout=120)
    return path


@pytest.mark.parametrize("seed", [4000, 4001, 4002])
def test_printed_list_of_programs_is_read(tmp_path, seed):
    draw = random.Random(seed)
    records = program_records(draw, 25)
    sheet = ProgramSheet(draw_layout(draw), draw)
    sheet.layout.titles, sheet.layout.notes = 1, False
    sheet.fill(records)
    with_order = "order" in sheet.layout.columns
    expected = [record | {"order": record["order"] if with_order else None} for record in records]
    made = Made(tmp_path, expected, repr(sheet.layout), sheet.rows, sheet.merges)
    style = STYLES[seed % len(STYLES)]

    path = printed(made, tmp_path, style, repeat_header=seed % 3 != 0, page_numbers=seed % 2 == 0)

    score = compare(expected, read_here(path, DocumentKind.PROGRAMS).rows)
    assert score.wrong == [], made.layout
    assert score.marked * 99 <= score.right, made.layout


@pytest.mark.parametrize("seed", [4100, 4101, 4103])
def test_printed_strategy_is_read(tmp_path, seed):
    made = make_strategy(tmp_path, seed)
    style = STYLES[seed % len(STYLES)]

    path = printed(made, tmp_path, style, repeat_header=seed % 3 != 0, page_numbers=seed % 2 == 0)

    score = compare(made.expected, read_here(path, DocumentKind.STRATEGY).rows)
    assert score.wrong == [], made.layout
    assert score.marked * 99 <= score.right, made.layout
