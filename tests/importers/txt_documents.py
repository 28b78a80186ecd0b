"""Invented documents laid out at random, and the count of what a reader makes of them."""

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importers.calculations.rows import PROGRAM_FIELDS, STRATEGY_FIELDS, SourceDocument, SourceRow
from tests.importers.invented import invented_programs
from tests.importers.invented_strategy import StrategyPaper, invented_strategy, strategy_text, truth_of
from tests.importers.paper import (
    FIXED,
    NARROW_KANA,
    PROPORTIONAL,
    WIDE_PROPORTIONAL,
    Font,
    Paper,
    Run,
    cell_runs,
    extract,
    lines_of,
)

FONTS = (PROPORTIONAL, NARROW_KANA, FIXED, WIDE_PROPORTIONAL)
HEADER = ("事務事業名", "部署名", "事業の目的", "事業の概要", "成果")
TEXTS = ("name", "department", "purpose", "summary", "results")


@dataclass
class Tally:
    """Fields read right, fields wrong but marked for review, fields wrong in silence, rows marked."""

    right: int = 0
    marked: int = 0
    silent: int = 0
    rows_marked: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.right + other.right,
            self.marked + other.marked,
            self.silent + other.silent,
            self.rows_marked + other.rows_marked,
        )

    @property
    def total(self) -> int:
        return self.right + self.marked + self.silent


def plain(value: object) -> object:
    """Return a value as the truth of the samples compares it: NFKC, without white space."""
    if isinstance(value, str):
        return re.sub(r"\s", "", unicodedata.normalize("NFKC", value))
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def tally_row(row: SourceRow | None, truth: Mapping[str, object], fields: Sequence[str]) -> Tally:
    """Compare one row with its truth; a row that is missing is wrong in silence."""
    if row is None:
        return Tally(silent=len(fields))
    wrong = sum(plain(row.fields[name]) != plain(truth[name]) for name in fields)
    right = len(fields) - wrong
    marked = row.needs_review or row.refused is not None
    return Tally(right, wrong if marked else 0, 0 if marked else wrong, int(marked))


def tally_programs(document: SourceDocument, truth: Sequence[Mapping[str, object]]) -> Tally:
    """Compare a list of programs with its truth, by order and number."""
    rows = {(row.fields["order"], row.fields["number"]): row for row in document.rows}
    tallies = [tally_row(rows.get((one["order"], one["number"])), one, PROGRAM_FIELDS) for one in truth]
    return sum(tallies, Tally())


def tally_strategy(document: SourceDocument, truth: Sequence[Mapping[str, object]]) -> Tally:
    """Compare a strategy with its truth: each record with the row that shares most with it."""
    left = list(document.rows)
    total = Tally()
    for one in truth:
        best = max(left, key=lambda row: _alike(row, one), default=None)
        if best is not None and _alike(best, one) < 3:
            best = None
        if best is not None:
            left = [row for row in left if row is not best]
        total += tally_row(best, one, STRATEGY_FIELDS)
    return total


def _alike(row: SourceRow, truth: Mapping[str, object]) -> int:
    weights = {"kpi": 4, "project": 3, "sections": 2}
    return sum(
        weights.get(name, 1) for name in STRATEGY_FIELDS if plain(row.fields[name]) == plain(truth[name])
    )


@dataclass
class ProgramPaper:
    """How a list of programs is printed; widths of the five columns in full-width characters."""

    widths: tuple[float, float, float, float, float]
    font: Font
    paper: Paper
    marked: float = 1.0
    header: bool = True
    header_on_every_page: bool = False
    page_numbers: bool = False
    order: bool = True


def random_program_paper(rng: random.Random) -> ProgramPaper:
    """Return a random layout; summary and results are as wide as each other in half of the cases."""
    summary = rng.uniform(26, 42)
    results = summary if rng.random() < 0.5 else rng.uniform(26, 42)
    return ProgramPaper(
        (rng.uniform(12, 20), rng.uniform(8, 14), rng.uniform(16, 30), summary, results),
        rng.choice(FONTS),
        Paper(1.6, rng.uniform(0.35, 0.6), rng.uniform(40, 70), rng.uniform(0.9, 1.5)),
        marked=rng.choice([1.0, 1.0, 1.0, 0.5]),
        header=rng.random() < 0.9,
        header_on_every_page=rng.random() < 0.3,
        page_numbers=rng.random() < 0.3,
    )


def programs_text(records: Sequence[Mapping[str, object]], how: ProgramPaper, rng: random.Random) -> str:
    """Return the text of a list of programs as an extractor gives it."""
    xs = [0.0, 3.0, 7.0]
    for width in how.widths:
        xs.append(xs[-1] + width + 0.6)
    pages: list[list[list[Run]]] = []
    runs, y = _page_top(how, xs) if how.header else ([], 0.0)
    for record in records:
        cells = _cells(record, how, xs, rng)
        height = max(len(lines) for _, lines in cells) * how.paper.pitch + how.paper.padding
        if y + height > how.paper.page and runs:
            pages.append([_with_page_number(runs, how, len(pages) + 1)])
            runs, y = _page_top(how, xs) if how.header_on_every_page else ([], 0.0)
        for x, lines in cells:
            runs += cell_runs(x, y, height, lines, how.paper)
        y += height
    pages.append([_with_page_number(runs, how, len(pages) + 1)])
    return (" " if how.header else "") + extract(pages, how.paper) + "\n\n\n"


def _page_top(how: ProgramPaper, xs: Sequence[float]) -> tuple[list[Run], float]:
    runs = [
        run
        for x, word in zip(xs[2:], HEADER, strict=False)
        for run in cell_runs(x, 0, 2.0, [word], how.paper)
    ]
    return runs, 2.2


def _with_page_number(runs: list[Run], how: ProgramPaper, number: int) -> list[Run]:
    return [*runs, Run(40.0, how.paper.page + 3, str(number))] if how.page_numbers else runs


def _cells(
    record: Mapping[str, object], how: ProgramPaper, xs: Sequence[float], rng: random.Random
) -> list[tuple[float, list[str]]]:
    cells = [(xs[0], [str(record["order"])])] if how.order else []
    cells.append((xs[1], [str(record["number"])]))
    for x, width, name in zip(xs[2:], how.widths, TEXTS, strict=False):
        text = (
            f"{record['bureau'] or ''}{record['section']}" if name == "department" else record[name] or "－"
        )
        cells.append((x, lines_of(str(text), width, how.font, how.marked, rng)))
    return cells


def random_programs(seed: int) -> tuple[str, list[dict]]:
    """Return the text and the truth of one invented list of programs."""
    rng = random.Random(seed)
    records = invented_programs(rng, rng.choice([8, 20, 30]))
    return programs_text(records, random_program_paper(rng), rng), records


def random_strategy(seed: int) -> tuple[str, list[dict]]:
    """Return the text and the truth of one invented strategy."""
    rng = random.Random(seed)
    records = invented_strategy(rng)
    how = StrategyPaper(
        (rng.uniform(14, 24), rng.uniform(10, 16), rng.uniform(22, 34), rng.uniform(8, 14)),
        rng.choice(FONTS),
        Paper(1.6, rng.uniform(0.66, 0.79), rng.uniform(60, 110), rng.uniform(1.0, 1.6)),
    )
    return strategy_text(records, how, rng), [truth_of(record) for record in records]
