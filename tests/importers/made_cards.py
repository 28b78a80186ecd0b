"""Makes cards: a small table of labels and values per program or KPI, in layouts drawn by a seed.

Knows nothing of the readers it tests.
"""

import json
import random
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import typst

from tests.importers.made_actuals import UNITS, year_word
from tests.importers.made_files import Made, Merges, Rows, write_xlsx
from tests.importers.made_programs import program_records
from tests.importers.made_ruled_pdfs import FONTS
from tests.importers.made_strategies import MEASURES, SECTIONS

WIDTH = 8
LABELS = {
    "number": ["事業番号", "事務事業番号", "整理番号", "事業コード", "事務事業コード"],
    "name": ["事務事業名", "事業名", "事業名称", "事務事業の名称"],
    "bureau": ["部局", "担当部", "所管部", "部局名"],
    "section": ["担当課", "所管課", "課名", "担当課名"],
    "purpose": ["事業の目的", "目的", "①事業の目的", "目的・ねらい", "（１）目的"],
    "summary": ["事業の概要", "事業内容", "概要", "②事業の概要"],
    "results": ["成果", "事業の成果", "主な成果", "③成果", "令和６年度の成果"],
    "kpi": ["指標名", "指標・KPI名", "ＫＰＩ", "指標の名称"],
    "unit": ["単位"],
    "baseline": ["基準値", "現状値"],
    "method": ["算出方法", "計算方法"],
    "rationale": ["設定根拠", "目標値の根拠"],
}
UNKNOWN = {
    "根拠法令": ["地方自治法", "なし", "市条例第12号"],
    "予算額（千円）": ["1,234", "56,700", "980"],
    "開始年度": ["平成20年度", "不明", "令和元年度"],
    "実施方法": ["直営", "委託", "補助"],
    "対象": ["市民", "市内の事業者", "小学生とその保護者"],
}
TITLES = ["令和６年度　事務事業評価シート", "個票", "【令和６年度】事務事業シート"]


@dataclass
class Sheet:
    """The rows and merged ranges of the cards on one sheet."""

    rows: Rows = field(default_factory=list)
    merges: Merges = field(default_factory=list)

    def line(self, *cells: tuple[object, int], height: int = 1) -> None:
        """Add a row of cells, each with a number of columns; `height` rows are merged into one."""
        top, column = len(self.rows), 0
        self.rows.extend([""] * WIDTH for _ in range(height))
        for value, width in cells:
            self.rows[top][column] = value
            if width > 1 or height > 1:
                self.merges.append((top, column, top + height - 1, column + width - 1))
            column += width

    def blank(self, count: int) -> None:
        """Add blank rows."""
        self.rows.extend([""] * WIDTH for _ in range(count))


@dataclass
class CardLayout:
    """How the cards of a document are laid out; the same for all of them."""

    short: str  # pairs, single, over
    long: str  # beside, over, tall
    block: str  # across, down, none
    words: tuple[str, str]
    style: str
    unknown: list[str]
    labels: dict[str, str]
    titles: str  # none, once, each
    gap: int
    note: bool
    rate: bool


def draw_card_layout(draw: random.Random, *, block: bool) -> CardLayout:
    """Draw a layout."""
    return CardLayout(
        short=draw.choice(["pairs", "pairs", "single", "over"]),
        long=draw.choice(["beside", "beside", "over", "tall"]),
        block=draw.choice(["across", "across", "down"]) if block else "none",
        words=draw.choice([("目標値", "実績値"), ("目標", "実績"), ("計画値", "実績値")]),
        style=draw.choice(["era", "letter", "letter_year", "western"]),
        unknown=draw.sample(sorted(UNKNOWN), k=draw.randint(0, 3)),
        labels={name: draw.choice(words) for name, words in LABELS.items()},
        titles=draw.choice(["none", "once", "each", "each"]),
        gap=draw.choice([0, 1, 1, 2]),
        note=draw.random() < 0.4,
        rate=draw.random() < 0.5,
    )


class CardWriter:
    """Writes cards one under another."""

    def __init__(self, layout: CardLayout, draw: random.Random) -> None:
        self.layout = layout
        self.draw = draw
        self.sheet = Sheet()
        self._count = 0

    def begin(self) -> None:
        """Begin a card: the gap, and the title where there is one."""
        if self._count:
            if self.layout.note:
                self.sheet.line(("※金額は決算額である。", WIDTH))
            self.sheet.blank(self.layout.gap)
        if self.layout.titles == "each" or (self.layout.titles == "once" and not self._count):
            self.sheet.line((TITLES[0], WIDTH))
        self._count += 1

    def shorts(self, pairs: list[tuple[str, object]]) -> None:
        """Write short values: two pairs a row, one a row, or labels over values."""
        if self.layout.short == "single":
            for label, value in pairs:
                self.sheet.line((label, 2), (value, WIDTH - 2))
            return
        if self.layout.short == "over":
            for at in range(0, len(pairs), 4):
                part = pairs[at : at + 4]
                widths = [WIDTH // len(part)] * len(part)
                widths[-1] = WIDTH - sum(widths[:-1])
                labels = [label for label, _ in part]
                self.sheet.line(*zip(labels, widths, strict=True))
                self.sheet.line(*((value, width) for (_, value), width in zip(part, widths, strict=True)))
            return
        for at in range(0, len(pairs), 2):
            part = pairs[at : at + 2]
            rest = [(part[1][0], 1), (part[1][1], 3)] if len(part) > 1 else []
            self.sheet.line((part[0][0], 1), (part[0][1], 3 if rest else WIDTH - 1), *rest)

    def long(self, label: str, text: object) -> None:
        """Write a long text beside its label, or under it."""
        if self.layout.long == "over":
            self.sheet.line((label, WIDTH))
            self.sheet.line((text, WIDTH))
        else:
            height = 3 if self.layout.long == "tall" else 1
            self.sheet.line((label, 1), (text, WIDTH - 1), height=height)

    def figures(self, years: list[int], values: dict[tuple[int, str], object]) -> None:
        """Write targets and actuals by year."""
        texts = [year_word(year, self.layout.style) for year in years]
        measures = list(zip(("target", "actual"), self.layout.words, strict=True))
        if self.layout.block == "down":
            self.sheet.line(("年度", 2), *((word, 3) for _, word in measures))
            for year, text in zip(years, texts, strict=True):
                self.sheet.line((text, 2), *((values[year, name], 3) for name, _ in measures))
            return
        blank = WIDTH - 1 - len(years)
        tail: list[tuple[object, int]] = [("", blank)] if blank else []
        self.sheet.line(("区分", 1), *((text, 1) for text in texts), *tail)
        for name, word in measures:
            self.sheet.line((word, 1), *((values[year, name], 1) for year in years), *tail)
        if self.layout.rate:
            self.sheet.line(("達成率", 1), *(("98.5%", 1) for _ in years), *tail)

    def others(self) -> list[tuple[str, object]]:
        """Return labels that no field has, with values."""
        return [(label, self.draw.choice(UNKNOWN[label])) for label in self.layout.unknown]


def write_program(writer: CardWriter, record: dict[str, object]) -> None:
    """Write the card of one program."""
    words = writer.layout.labels
    writer.begin()
    pairs = [(words[name], record[name]) for name in ("number", "name", "bureau", "section")]
    writer.shorts([*pairs, *writer.others()])
    for name in ("purpose", "summary", "results"):
        writer.long(words[name], record[name] or "")


def write_kpi(writer: CardWriter, record: dict[str, object]) -> list[dict[str, object]]:
    """Write the card of one KPI; return its figures by year."""
    words, draw = writer.layout.labels, writer.draw
    writer.begin()
    pairs = [(words[name], record[name]) for name in ("kpi", "section", "unit", "baseline")]
    writer.shorts([*pairs, *writer.others()])
    years = [int(str(year)) for year in record["years"]]  # type: ignore[attr-defined]
    values: dict[tuple[int, str], object] = {}
    found: list[dict[str, object]] = []
    for year in years:
        figures = {
            name: draw.choice([None, 1, 1, 1]) and draw.randint(1, 9000) for name in ("target", "actual")
        }
        values |= {(year, name): "" if value is None else value for name, value in figures.items()}
        found.append(
            {"kpi": record["kpi"], "fiscal_year": year}
            | {name: None if value is None else Decimal(value) for name, value in figures.items()}
        )
    writer.figures(years, values)
    for name in ("method", "rationale"):
        writer.long(words[name], record[name])
    return found


def kpi_records(draw: random.Random, count: int) -> list[dict[str, object]]:
    """Make KPIs with what their cards say of them."""
    years = list(range(first := draw.choice([2019, 2020, 2021]), first + draw.randint(2, 5)))
    units = [unit for unit, digits in UNITS if digits == 0 and unit != "千円"]
    return [
        {
            "kpi": f"{draw.choice(MEASURES)}その{number}",
            "section": draw.choice(SECTIONS[:5]),
            "unit": draw.choice(units),
            "baseline": draw.randint(10, 5000),
            "method": draw.choice(
                ["年度末の名簿による。", "アンケートの回答の割合", "４月から３月までの合計"]
            ),
            "rationale": draw.choice(["過去５年の平均から。", "国の計画に合わせた。"]),
            "years": years,
        }
        for number in range(count)
    ]


def make_cards(folder: Path, seed: int, kind: str, form: str = "xlsx") -> Made:
    """Make the cards of programs (`programs`) or KPIs (`actuals`, `definitions`), as a workbook or a PDF."""
    draw = random.Random(f"{seed}{kind}{form}")
    layout = draw_card_layout(draw, block=kind != "programs")
    expected: list[dict[str, object]] = []
    sheets: list[Sheet] = []
    by_sheet = draw.random() < 0.5
    count = draw.randint(2, 8)
    records = program_records(draw, count) if kind == "programs" else kpi_records(draw, count)
    writer = CardWriter(layout, draw)
    for record in records:
        if kind == "programs":
            write_program(writer, record)
            expected.append(record | {"order": None})
        else:
            figures = write_kpi(writer, record)
            if kind == "actuals":
                expected.extend(figures)
            else:
                texts = {name: record[name] for name in ("kpi", "unit", "method", "rationale")}
                expected.append(texts | {"baseline": Decimal(str(record["baseline"]))})
        if by_sheet:
            sheets.append(writer.sheet)
            writer = CardWriter(layout, draw)
    if not by_sheet:
        sheets.append(writer.sheet)
    path = folder / f"cards{seed}-{kind}.{form}"
    if form == "xlsx":
        pages = {
            f"シート{number}": (sheet.rows, sheet.merges) for number, sheet in enumerate(sheets, start=1)
        }
        write_xlsx(path, pages, draw.choice([0, 0, 1]))
    else:
        print_cards(path, sheets, draw)
    return Made(path, expected, repr((layout, by_sheet)))


_TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set page(width: 595pt, height: 842pt, margin: 40pt, numbering: if data.numbered { "1" } else { none })
#set text(font: "BIZ UDPGothic", size: data.size * 1pt, lang: "ja")
#set par(leading: 0.5em, spacing: 0.9em)
#let shown(cell) = table.cell(x: cell.x, y: cell.y, colspan: cell.across, rowspan: cell.down,
  breakable: data.breakable, fill: if cell.label and data.shaded { rgb("#dddddd") },
  cell.lines.join(linebreak()))
#for (number, piece) in data.pieces.enumerate() {
  if piece.new and number > 0 { pagebreak() }
  if piece.text != "" [#piece.text #parbreak()] else {
    table(columns: data.widths.map(w => w * 1fr), stroke: 0.5pt, inset: data.inset * 1pt,
      ..piece.cells.map(shown))
  }
}
"""


def print_cards(path: Path, sheets: list[Sheet], draw: random.Random) -> None:
    """Print cards as ruled tables: a new one behind each blank row or line of text; a sheet begins a page."""
    pieces: list[dict[str, object]] = []
    for sheet in sheets:
        pieces.extend(_pieces(sheet))
    data = {
        "size": draw.choice([8, 9, 10]),
        "inset": draw.choice([3, 4, 6]),
        "numbered": draw.random() < 0.5,
        "breakable": draw.random() < 0.4,
        "shaded": draw.random() < 0.5,
        "widths": [draw.uniform(1.1, 1.4), *[1.0] * (WIDTH - 1)],
        "pieces": pieces,
    }
    path.write_bytes(
        typst.compile(
            _TEMPLATE.encode(),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
    )


def _pieces(sheet: Sheet) -> list[dict[str, object]]:
    """Return the tables and the lines of text of a sheet from top to bottom."""
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in sheet.merges}
    covered = {
        (top + down, left + across)
        for (top, left), (height, width) in spans.items()
        for down in range(height)
        for across in range(width)
        if (down, across) != (0, 0)
    }
    pieces: list[dict[str, object]] = []
    cells: list[dict[str, object]] = []
    start = 0
    for row, values in enumerate([*sheet.rows, [""] * WIDTH]):
        outside = [value for value in values if value]
        is_text = len(outside) == 1 and str(outside[0]).startswith(("令和６年度　", "※"))
        tall = (row, 0) in covered
        if not tall and (is_text or not outside):
            if cells:
                pieces.append({"new": not pieces, "text": "", "cells": cells})
                cells = []
            if is_text:
                pieces.append({"new": not pieces, "text": str(outside[0]), "cells": []})
            continue
        if not cells:
            start = row
        for column, value in enumerate(values):
            if (row, column) not in covered:
                down, across = spans.get((row, column), (1, 1))
                lines = str(value).split("\n") if value != "" else []
                place = {"x": column, "y": row - start, "down": down, "across": across, "label": column == 0}
                cells.append(place | {"lines": lines})
    return pieces
