"""The records of a strategy list in the making: printed rows first, then with their displaced cells."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from importers.calculations.rows import Doubt, Inference
from importers.sources.txt_lines import Line, Piece
from importers.sources.txt_strategy.columns import Column, cell_of
from importers.sources.txt_strategy.lattice import Cell
from tsukuba_kpi.lib.japanese_text import NodeCode, parse_node_code


@dataclass(slots=True)
class Record:
    """One record in the making: what its row prints, and what is put back into it.

    `share` is the confidence (0 to 1) of the least sure of its printed cells.
    """

    page: int
    first: Line
    last: Line
    label: str | None = None
    project: str | None = None
    kpi: str | None = None
    sections: list[str] = field(default_factory=list)
    share: float = 1.0
    inferred: dict[str, Inference] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    # Records whose project cell is one merged cell.
    merged_project: int | None = None

    @property
    def code(self) -> NodeCode | None:
        """The code of the record's label, if it has one."""
        return parse_node_code(self.label) if self.label is not None else None

    @property
    def bare(self) -> bool:
        """Whether the row prints nothing but its section."""
        return self.label is None and self.project is None and self.kpi is None

    def infer(self, name: str, confidence: Decimal, reason: str) -> None:
        """Note that a field was concluded."""
        self.inferred[name] = Inference(confidence, reason)


def records_of(pieces: Sequence[Piece], cells: Sequence[Cell], page: int) -> list[Record]:
    """Return the records of a block's reading, a new one wherever the columns begin again from the left."""
    records: list[Record] = []
    column: Column | None = None
    for cell in cells:
        stretch = pieces[cell.start : cell.end]
        if column is None or cell.column <= column:
            records.append(Record(page, stretch[0].line, stretch[-1].line))
        column = cell.column
        record = records[-1]
        record.last = stretch[-1].line
        record.share = min(record.share, cell.share)
        text = cell_of(stretch)
        if column is Column.LABEL:
            record.label = text
        elif column is Column.PROJECT:
            record.project = text
        elif column is Column.KPI:
            record.kpi = text
        else:
            record.sections = sections_of(stretch)
    return records


def sections_of(pieces: Sequence[Piece]) -> list[str]:
    """Return the sections of a cell: usually one."""
    return [cell_of(pieces)]
