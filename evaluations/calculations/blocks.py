"""A block pasted from a spreadsheet, laid over a table of KPIs × fiscal years.

Nothing is guessed: a name that two KPIs share, a year that may be a value, a second line of headings lead
nowhere, and all that finds no cell is told. An empty cell of the block changes nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tsukuba_kpi.lib.figures import read_figure
from tsukuba_kpi.lib.fiscal_year import read_year
from tsukuba_kpi.lib.japanese_text import match_key

MOST_LINES, MOST_COLUMNS, MOST_CHARACTERS, LONGEST_CELL = 2_000, 60, 500_000, 200
_HEADINGS_WITHIN = 5  # a title or two may stand above the headings
_OUTSIDE = -1  # below the table's last row
_SHOWN = 20  # of each kind of thing told
_SUFFIX = re.compile(r"[\s(（]*(?:実績)(?:値)?[)）]?$")
_SECOND_HEADING = re.compile(r"(?:年度|当初|最終)?(?:目標|計画|実績|見込み?|基準|従前)(?:値|数)?")
_UNIT_SAID = re.compile(r"単位\s*[:：]\s*([^\s:：()（）]+)")
_UNIT_HEADING = match_key("単位")
_PLAIN_NUMBER = re.compile(r"[-+−－▲△]?[0-9０-９][0-9０-９,，.．]*")
_BARE = re.compile(r"[0-9０-９]{4}")
# What Excel puts on the clipboard: tabs, line ends, and quotes around cells that hold either.
_CELLS = re.compile(r'(?:^|(?<=[\t\n]))"((?:[^"]|"")*)"(?=[\t\n]|\Z)|[^\t\n]+|\t|\n')


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A KPI by the names under which a block may call it; `is_here` whether the table shows its row.

    `unit` is the one that a number without a unit is taken to be in.
    """

    key: int
    names: tuple[str, ...]
    is_here: bool = True
    unit: str = ""


Cell = tuple[int, int]  # the row's key, the fiscal year


@dataclass(frozen=True, slots=True)
class Laid:
    """What goes into which cell, what is to be told, and why nothing could be laid at all.

    `by_year`: the block has headings of years.
    """

    texts: Mapping[Cell, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    problem: str = ""
    by_year: bool = False


class _Unclear(Exception):
    """The block can be read in two ways, or in none."""


def read_block(text: str) -> list[list[str]]:
    """Return the cells of a pasted text, line by line, without blanks at their ends."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    lines: list[list[str]] = [[]]
    cell = ""
    for found in _CELLS.finditer(plain):
        if found[0] in {"\t", "\n"}:
            lines[-1].append(cell.strip())
            cell = ""
            if found[0] == "\n":
                lines.append([])
        else:
            cell = found[0] if found[1] is None else found[1].replace('""', '"')
    lines[-1].append(cell.strip())
    return lines


def lay_block(text: str, rows: Sequence[BlockRow], years: Sequence[int], *, at: Cell | None = None) -> Laid:
    """Lay a pasted block over a table.

    `rows` are the table's in its order, those of other pages behind them (`is_here` False). With headings
    of years each column goes to its year; with a column of names (or codes) each line to its KPI; without
    them the block lies to the right of and down from `at`.
    """
    if len(text) > MOST_CHARACTERS:
        return Laid(problem=f"貼り付けられるのは{MOST_CHARACTERS:,}文字までです。")
    lines = read_block(text)
    if len(lines) > MOST_LINES or max(map(len, lines)) > MOST_COLUMNS:
        return Laid(problem=f"貼り付けられるのは{MOST_LINES:,}行・{MOST_COLUMNS}列までです。")
    if not any(cell for line in lines for cell in line):
        return Laid(problem="貼り付ける表が空です。")
    laying = _Laying(rows, years, at)
    try:
        return laying.lay(lines)
    except _Unclear as unclear:
        return Laid(problem=str(unclear), by_year=laying.by_year)


class _Laying:
    """One block on its way over one table."""

    def __init__(self, rows: Sequence[BlockRow], years: Sequence[int], at: Cell | None) -> None:
        self.rows = [row for row in rows if row.is_here]
        self.here = {row.key: row for row in self.rows}
        self.years, self.at = list(years), at
        self.named: dict[str, set[int]] = {}
        for row in rows:
            for name in row.names:
                if key := match_key(name):
                    self.named.setdefault(key, set()).add(row.key)
        self.texts: dict[Cell, str] = {}
        self.clashing: dict[Cell, None] = {}
        self.told: dict[str, None] = {}
        self.outside = 0
        self.by_year = False

    def lay(self, lines: list[list[str]]) -> Laid:
        position = self._position_of_headings(lines)
        self.by_year = position is not None
        if position is None:
            self._without_headings(lines)
        else:
            for line in lines[:position]:
                if any(line):
                    self._tell(f"見出しの上の行は使いませんでした：{_words(line)}")
            # A title or a note below may say in which unit the whole table is.
            cells = (cell for line in lines for cell in line)
            said = next((found[1] for cell in cells if (found := _UNIT_SAID.search(cell))), "")
            self._with_headings(lines[position], lines[position + 1 :], said)
        for place in self.clashing:
            self.texts.pop(place, None)
        if self.clashing:
            self._tell(f"同じ欄に違う値が{len(self.clashing)}個あるため、どちらも使いませんでした。")
        if self.outside:
            self._tell(f"表の外になる{self.outside}個の値は使いませんでした。")
        return Laid(self.texts, tuple(self.told), by_year=self.by_year)

    # --- headings

    def _position_of_headings(self, lines: list[list[str]]) -> int | None:
        filled = [position for position, line in enumerate(lines) if any(line)]
        for position in filled[:_HEADINGS_WITHIN]:
            line = lines[position]
            if self._is_headings(line):
                below = [other for other in lines[position + 1 :] if any(other)]
                return position if below and self._are_years(line, below) else None
            if self._known(line) or sum(map(bool, line)) > 1 or _is_figure(_first(line)):
                return None
        return None

    def _is_headings(self, line: Sequence[str]) -> bool:
        others = [cell for cell in line if cell and year_of(cell) is None]
        has_year = any(year_of(cell) is not None for cell in line)
        return has_year and not self._known(line) and not any(map(_is_figure, others))

    def _are_years(self, line: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
        """Return whether years are years: 2019 alone may be a count, unless names stand before the values."""
        places = [place for place, cell in enumerate(line) if year_of(cell) is not None]
        if any(not _BARE.fullmatch(line[place]) for place in places):
            return True
        if any(cell for other in below for cell in other[: places[0]]):
            return True
        raise _Unclear(
            "１行目の4桁の数が、年度なのか値なのか決められません。年度なら「2024年度」「R6」のように、"
            "値なら「2,024」のように書くか、指標名の列も一緒に貼り付けてください。"
        )

    def _with_headings(self, headings: Sequence[str], lines: Sequence[Sequence[str]], unit_said: str) -> None:
        columns = {place: year for place, cell in enumerate(headings) if (year := year_of(cell)) is not None}
        if len(set(columns.values())) < len(columns):
            raise _Unclear("同じ年度の列が二つあります。使う列だけを貼り付けてください。")
        first = min(columns)
        self._check_single_headings(headings, columns, lines)
        for place, year in columns.items():
            if year not in self.years and any(_at(line, place) for line in lines):
                self._tell(f"表にない年度（{headings[place]}）の列は使いませんでした。")
        shown = {place: year for place, year in columns.items() if year in self.years}
        labelled = any(cell for line in lines for cell in line[:first])
        start = None if labelled else self._start_row()
        units = [place for place, heading in enumerate(headings) if match_key(heading) == _UNIT_HEADING]
        for down, line in enumerate(lines):
            figures = {year: _at(line, place) for place, year in shown.items()}
            row = self._key(line[:first], line) if start is None else self._down(start + down)
            unit = next((_at(line, place) for place in units if _at(line, place)), unit_said)
            self._put(row, {year: self._in_unit(text, unit, row) for year, text in figures.items()})

    def _check_single_headings(
        self, headings: Sequence[str], columns: Mapping[int, int], lines: Sequence[Sequence[str]]
    ) -> None:
        """Refuse a second line of headings (目標・実績) and columns without a heading of their own."""
        unused: dict[str, None] = {}
        for line in lines:
            for place, cell in enumerate(line):
                if place < min(columns) or not cell:
                    continue
                if place in columns and _SECOND_HEADING.fullmatch(cell):
                    raise _Unclear(
                        "見出しが二段（目標・実績など）の表は、どの列が実績か決められません。"
                        "年度と実績の列だけにして貼り付けてください。"
                    )
                heading = _at(headings, place)
                if not heading:
                    raise _Unclear("見出しのない列に値があります。どの列にも年度の見出しを付けてください。")
                if place not in columns and match_key(heading) != _UNIT_HEADING:
                    unused[heading] = None
        if unused:
            self._tell(f"年度でない列は使いませんでした：{_words(unused)}")

    def _in_unit(self, text: str, unit: str, row: int | None) -> str:
        """Return a bare number with the unit of its block, where that is not the KPI's own."""
        known = self.here.get(row) if row is not None else None
        if not unit or known is None or not _PLAIN_NUMBER.fullmatch(text):
            return text
        return text if match_key(unit) == match_key(known.unit) else f"{text}{unit}"

    # --- no headings

    def _without_headings(self, lines: Sequence[Sequence[str]]) -> None:
        place = max((self._place_of_name(line) for line in lines), default=-1)
        width = max(map(len, lines))
        for column in range(place + 1, width):
            cells = [cell for line in lines if (cell := _at(line, column))]
            if cells and not any(map(_is_figure, cells)):
                raise _Unclear(
                    f"値として読めない列があります（{cells[0][:20]}）。指標名が表と合っているか確かめるか、"
                    "年度の見出しの行も一緒に貼り付けてください。"
                )
        if self.at is None or self.at[1] not in self.years:
            raise _Unclear(
                "年度の見出しがありません。見出しの行も貼り付けるか、左上の指標と年度を選んでください。"
            )
        left = self.years.index(self.at[1])
        start = None if place >= 0 else self._start_row()
        for down, line in enumerate(lines):
            row = self._key(line[: place + 1], line) if start is None else self._down(start + down)
            values = line[place + 1 :]
            if row is not None:
                self.outside += sum(map(bool, values[len(self.years) - left :]))
            self._put(row, dict(zip(self.years[left:], values, strict=False)))

    def _place_of_name(self, line: Sequence[str]) -> int:
        return max((place for place, cell in enumerate(line) if self._known([cell])), default=-1)

    # --- rows

    def _known(self, cells: Iterable[str]) -> bool:
        return any(cell and match_key(cell) in self.named for cell in cells)

    def _key(self, labels: Iterable[str], line: Sequence[str]) -> int | None:
        """Return the row that a line's labels name together; None, told, where that is not exactly one."""
        if not any(line):
            return None
        named = [self.named[key] for label in labels if label and (key := match_key(label)) in self.named]
        if not named:
            self._tell(f"どの指標の値か分からないため、使いませんでした：{_words(line)}")
            return None
        both: set[int] = set.intersection(*named)
        if len(both) != 1:
            why = "同じ名前の指標が二つ以上ある" if both else "指標名と番号が別の指標を指している"
            self._tell(f"{why}ため、使いませんでした：{_words(line)}")
            return None
        (found,) = both
        if found not in self.here:
            self._tell(f"このページに出ていない指標のため、使いませんでした：{_words(line)}")
            return None
        return found

    def _start_row(self) -> int:
        keys = [row.key for row in self.rows]
        if self.at is None or self.at[0] not in keys:
            raise _Unclear("指標名の列がありません。指標名も貼り付けるか、左上の指標を選んでください。")
        return keys.index(self.at[0])

    def _down(self, position: int) -> int:
        return self.rows[position].key if position < len(self.rows) else _OUTSIDE

    def _put(self, key: int | None, figures: Mapping[int, str]) -> None:
        for year, text in figures.items():
            if not text or key is None:
                continue
            if key == _OUTSIDE:
                self.outside += 1
                continue
            if self.texts.setdefault((key, year), text[:LONGEST_CELL]) != text[:LONGEST_CELL]:
                self.clashing[key, year] = None

    def _tell(self, words: str) -> None:
        if len(self.told) < _SHOWN:
            self.told[words] = None


def year_of(cell: str) -> int | None:
    """Return the fiscal year that a heading names (R6, 令和6年度, 2024, R6実績), None for anything else."""
    reading = read_year(_SUFFIX.sub("", cell)) if cell else None
    return reading.fiscal_year if reading is not None and reading.kind == "fiscal" else None


def _is_figure(cell: str) -> bool:
    return read_figure(cell).kind in {"number", "missing"}


def _at(line: Sequence[str], place: int) -> str:
    return line[place] if place < len(line) else ""


def _first(line: Sequence[str]) -> str:
    return next((cell for cell in line if cell), "")


def _words(line: Iterable[str]) -> str:
    return "　".join(cell for cell in line if cell)[:80]
