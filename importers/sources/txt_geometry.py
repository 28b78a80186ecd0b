"""Which gap the extractor writes between two cells, given how many lines they have.

PDF text extraction as in Apache Tika works on positions: it goes on on the same line while the height
on the page is the same, starts a new line when it is not, and adds an empty line when the height
differs by more than a set distance (the drop), or when the text moves sideways and the line before did
not itself open a paragraph. In a table whose rows centre their cells vertically the heights follow from the
numbers of lines: from the last of n lines to the first of m lines it is (n + m - 2) half lines.
So every gap tells something about the cells on its two sides, and a division into cells that does
not agree with the gaps is wrong.
"""

from dataclasses import dataclass
from enum import Enum

from importers.sources.txt_lines import Gap


class Alignment(Enum):
    """How a table sets a cell of few lines beside one of many."""

    CENTRE = "centre"
    TOP = "top"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class PageGeometry:
    """A document's alignment and its drop: the largest distance, in half lines, that gives no empty line.

    Extractors other than Tika write no empty lines at all: `beside` is then the largest distance, in half
    lines, at which they go on with the same line, None for Tika's own rule.
    """

    alignment: Alignment
    drop: int
    beside: int | None = None

    @property
    def gap_in_cell(self) -> Gap:
        """The gap between two lines of one cell (two half lines apart, at the same left edge)."""
        return Gap.BLANK if self.drop < 2 and self.beside is None else Gap.NEXT

    def gap_between(self, lines_before: int, lines_after: int, opened_paragraph: bool) -> Gap:
        """Return the gap between two neighbouring cells of one row.

        `opened_paragraph` tells whether the line that ends the first cell came after an empty line.
        """
        distance = self._half_lines(lines_before, lines_after)
        if self.beside is not None:
            return Gap.SPACE if distance <= self.beside else Gap.NEXT
        if distance == 0:
            return Gap.SPACE
        if distance > self.drop:
            return Gap.BLANK
        return Gap.NEXT if opened_paragraph else Gap.BLANK

    def _half_lines(self, lines_before: int, lines_after: int) -> int:
        if self.alignment is Alignment.CENTRE:
            return lines_before + lines_after - 2
        if self.alignment is Alignment.TOP:
            return 2 * (lines_before - 1)
        return 2 * (lines_after - 1)


STREAMED = (
    *(PageGeometry(alignment, 3, beside) for beside in (0, 1) for alignment in Alignment),
    PageGeometry(Alignment.CENTRE, 3, -1),  # every cell begins a line
)
