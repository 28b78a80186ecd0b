"""Read a round's workbook back: lines by their hidden identity, cells by the hidden keys of their columns.

What stands where is of no account: people sort, insert, hide and delete. A cell that cannot be taken at its
word (an error, a formula without result, crossed out, merged away) is a problem of that cell alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from importers.calculations.round_book import (
    ANSWER_PREFIX,
    COST_PREFIX,
    FIELD_LABELS,
    IDENTITY,
    MARKER,
    OUR_REMARK,
)
from importers.calculations.rows import Location, SourceDocument, SourceRow
from importers.enums import DocumentKind, SourceFormat
from importers.sources.grids import Grid, Mark, Value, decimal_of, text_of
from importers.sources.refusals import refuse
from tsukuba_kpi.lib.decimals import to_plain
from tsukuba_kpi.lib.figures import read_figure

_FAMILY = MARKER.rpartition("/")[0]
_KEY_ROWS = 200  # people put lines above a table, hardly more
_HEADINGS = frozenset({"指標番号", "事業番号"})
_LOST = (
    "この行には控え（隠れた列の文字）がないため、どの指標・事業の行か確かめられません。"
    "取り出したままの行に書き写してください。"
)
_NOT_OURS = (
    "には、照会のExcelの印（見出しの上の隠れた行）がないため読めません。"
    "「Excelで取り出す」で取り出したファイルに書き写してください。"
)
_OTHER_LAYOUT = (
    "は、いまの版と違う様式です。「Excelで取り出す」で取り出し直したファイルに書き写してください。"
)
_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says; with a problem the text is not to be relied on."""

    text: str = ""
    problem: str = ""
    remark: str = ""


@dataclass(slots=True)
class _Keys:
    """The columns of one sheet by key, and those that stand there twice."""

    row: int
    columns: dict[str, int] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)

    @property
    def inputs(self) -> list[str]:
        return [
            key for key in self.columns if key in FIELD_LABELS or key.startswith((ANSWER_PREFIX, COST_PREFIX))
        ]

    @property
    def identities(self) -> list[int]:
        pieces = {
            int(key.removeprefix(f"{IDENTITY}.")): column
            for key, column in self.columns.items()
            if key.startswith(f"{IDENTITY}.") and key.removeprefix(f"{IDENTITY}.").isdecimal()
        }
        return [pieces[number] for number in sorted(pieces)]


def read_round_book(grids: Sequence[Grid], file: str) -> SourceDocument:
    """Return the lines of a round's workbook.

    :raises RefusedFile: no sheet has our keys.
    """
    rows: list[SourceRow] = []
    found = False
    for grid in grids:
        keys = _find_keys(grid, file)
        if keys is not None:
            found = True
            rows.extend(_read_sheet(grid, keys, file))
    if not found:
        raise refuse("no_round_book", Location(file), _NOT_OURS)
    return SourceDocument(file, DocumentKind.ROUND, tuple(rows), format=SourceFormat.XLSX)


def _find_keys(grid: Grid, file: str) -> _Keys | None:
    for number, row in enumerate(grid.rows[:_KEY_ROWS]):
        texts = [value if isinstance(value, str) else "" for value in row]
        if not any(text.startswith(_FAMILY) for text in texts):
            continue
        if not any(text.startswith(f"{MARKER}:") for text in texts):
            raise refuse("other_layout", Location(file, sheet=grid.name), _OTHER_LAYOUT)
        keys = _Keys(number)
        for column, text in enumerate(texts):
            key = text.strip().removeprefix(f"{MARKER}:")
            if key in keys.columns:
                keys.doubled.add(key)
            elif key:
                keys.columns[key] = column
        return keys
    return None


def _read_sheet(grid: Grid, keys: _Keys, file: str) -> list[SourceRow]:
    rows = []
    covered = _covered(grid)
    for number in range(keys.row + 1, len(grid.rows)):
        identity = "".join(_plain(grid, number, column) for column in keys.identities).strip()
        cells = {key: _cell(grid, number, keys.columns[key], covered) for key in keys.inputs}
        for key in keys.doubled & cells.keys():
            cells[key] = Cell(problem="この列が二つあります。増えた列を消してください。")
        place = Location(file, sheet=grid.name, row=number + 1)
        if identity:
            rows.append(_line(place, identity, cells, _names(grid, number, keys)))
        elif any(cell.text or cell.problem for cell in cells.values()):
            lost = _lost(place, cells, _names(grid, number, keys))
            rows.extend([lost] if lost else [])
    return rows


def _names(grid: Grid, row: int, keys: _Keys) -> dict[str, str]:
    """Return what the line is called, as far as its columns are still there."""
    return {key: _plain(grid, row, keys.columns[key]) for key in ("code", "name") if key in keys.columns}


def _line(place: Location, identity: str, cells: Mapping[str, Cell], names: Mapping[str, str]) -> SourceRow:
    return SourceRow(
        place,
        {key: cell.text for key, cell in cells.items()},
        extra={
            "identity": identity,
            "names": dict(names),
            "problems": {key: cell.problem for key, cell in cells.items() if cell.problem},
            "remarks": {key: cell.remark for key, cell in cells.items() if cell.remark},
        },
    )


def _lost(place: Location, cells: Mapping[str, Cell], names: Mapping[str, str]) -> SourceRow | None:
    if names.get("code") in _HEADINGS:
        return None
    content = "　".join(text for text in (*names.values(), *(cell.text for cell in cells.values())) if text)
    return SourceRow(place, {}, raw=content, extra={"names": dict(names)}, refused=_LOST)


def _covered(grid: Grid) -> set[tuple[int, int]]:
    """Return the cells that a merged range hides."""
    return {
        (row, column)
        for merge in grid.merges
        for row in range(merge.first_row, min(merge.last_row, len(grid.rows) - 1) + 1)
        for column in range(merge.first_column, min(merge.last_column, grid.width - 1) + 1)
        if (row, column) != (merge.first_row, merge.first_column)
    }


def _value(grid: Grid, row: int, column: int) -> Value:
    cells = grid.rows[row]
    return cells[column] if column < len(cells) else None


def _plain(grid: Grid, row: int, column: int) -> str:
    return text_of(_value(grid, row, column))


def _cell(grid: Grid, row: int, column: int, covered: set[tuple[int, int]]) -> Cell:
    mark = grid.marks.get((row, column), Mark())
    if (row, column) in covered:
        return Cell(problem="結合されたセルの中にあり、値が分かりません。結合を外して入力してください。")
    if mark.error is not None:
        return Cell(problem=f"セルがエラー（{mark.error}）になっています。値に直してください。")
    if mark.formula and not mark.has_cache:
        return Cell(problem="数式の計算結果が保存されていません。値に直してください。")
    remark = mark.comment or ""
    if remark.startswith(OUR_REMARK) or OUR_REMARK in remark[:_QUOTE]:
        remark = ""
    value = _value(grid, row, column)
    if mark.struck and value not in (None, ""):
        return Cell(
            problem="取り消し線の引かれた文字があります。消すなら空欄に、残すなら取り消し線を外してください。"
        )
    text, problem = _shown(value, mark)
    return Cell(text, problem, remark[:_QUOTE])


def _shown(value: Value, mark: Mark) -> tuple[str, str]:
    """Return a cell's value as its sheet shows it, or why that cannot be told."""
    if isinstance(value, datetime | date) or not isinstance(value, int | float) or isinstance(value, bool):
        return text_of(value), ""
    if mark.number_format is None:
        return text_of(value), ""
    figure = read_figure(decimal_of(value), number_format=mark.number_format)
    if figure.problem is not None or figure.value is None:
        return text_of(value), figure.problem or "セルの表示形式から値が分かりません。"
    qualifier = (figure.qualifier or "").replace("・", "")
    return f"{qualifier}{to_plain(figure.value)}{figure.unit or ''}", ""
