"""The column of years of a long table: a year in every row, or printed once for the rows under it."""

from importers.sources.figure_cells import YearCell, read_year_cell
from importers.sources.table_body import Printing, Table, printing_of


class YearColumn:
    """Reads the year of one row after the other, from the top of a table."""

    def __init__(self, table: Table, column: int) -> None:
        self._table = table
        self._column = column
        self._printing = printing_of(table, column)
        self._last: int | None = None

    @property
    def is_unsure(self) -> bool:
        """Whether too few cells are blank to tell that they repeat the year above."""
        return self._printing is Printing.UNSURE

    def read(self, row: int) -> tuple[YearCell, bool]:
        """Return the year of a row, and whether it is the one above that an empty cell repeats.

        Where the edges of cells were concluded, an empty one may have lost its year.
        """
        year = read_year_cell(self._table.said(row, self._column))
        if year.year is not None:
            self._last = year.year
            return year, False
        may_repeat = self._printing is not Printing.EVERY_ROW and self._table.grid.certain_edges
        if self._last is None or not may_repeat or self._table.text(row, self._column) is not None:
            return year, False
        return YearCell(self._last), True
