"""Where the value of a label on a card stands: beside it or under it; what could be both is for a person."""

from collections import Counter
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import replace
from typing import Final

from importers.sources.card_cells import CardCell, Cells, Place

_ENOUGH: Final = 3  # labels of a column, or of a card, that make clear how it is laid out
_LONGEST_LABEL: Final = 20
_IN_A_ROW: Final = 2
_EITHER: Final = "見出しの右と下のどちらにも文字があります。元の文書と見比べてください。"
_SEVERAL: Final = "見出しの右に欄がいくつもあるので、続けて読みました。元の文書と見比べてください。"
_MORE: Final = "値の右にも見出しのない文字があります。元の文書と見比べてください。"
_BLANK: Final = "見出しの右が空で、その先に文字があります。元の文書と見比べてください。"
_SHARED: Final = "同じ欄がいくつかの見出しの値になっています。元の文書と見比べてください。"

Found = tuple[CardCell | None, str]


class ValueFinder:
    """Finds the values of one card's labels. `inside` are the places of its blocks of years.

    `varying` are the places, counted from the card's first row, at which it differs from other cards: there
    stands no label.
    """

    def __init__(
        self,
        cells: Cells,
        first: int,
        end: int,
        labels: Sequence[CardCell],
        inside: set[Place],
        varying: set[Place],
    ) -> None:
        self._cells = cells
        self._first, self._end = first, end
        self._labels = labels
        self._known = {label.place for label in labels} | inside
        self._inside = inside
        self._varying = varying
        self._used: set[Place] = set()
        self._over = {label.row for label in labels if self._is_label(self._right(label))}
        beside = [
            label.column
            for label in labels
            if label.row not in self._over and self._is_value(self._right(label))
        ]
        self._beside = Counter(beside)

    @property
    def has_beside(self) -> bool:
        """Whether a label has something beside it that is no label."""
        return bool(self._beside)

    @property
    def is_list(self) -> bool:
        """Whether several rows stand under a row of labels: these are columns."""
        return any(self._rows_under(row) > 1 for row in self._over)

    def _rows_under(self, row: int) -> int:
        """Return how many rows with values under most labels follow a row of labels."""
        labels = [label for label in self._labels if label.row == row]
        count = 0
        for below in range(max(label.last_row for label in labels) + 1, self._end):
            under = [self._cells.at(below, label.column) for label in labels]
            fitting = [
                cell
                for cell, label in zip(under, labels, strict=True)
                if cell is not None
                and self._is_value(cell)
                and (cell.column, cell.last_column) == (label.column, label.last_column)
            ]
            if len(fitting) < _IN_A_ROW or len(fitting) * 5 < len(labels) * 3:
                break
            count += 1
        return count

    def value(self, label: CardCell) -> Found:
        """Return the cell of a label's value, None for a blank one, and what a person should look at."""
        found, unclear = self._value(label)
        if found is not None:
            self._used.add(found.place)
        return found, unclear

    def unknown_labels(self) -> Iterator[CardCell]:
        """Yield the words that stand like labels: in a column of labels, with something beside them."""
        for cell in list(self._cells.between(self._first, self._end)):
            if cell.place in self._known or cell.place in self._used or len(cell.text) > _LONGEST_LABEL:
                continue
            right = self._right(cell)
            if right is None or not self._is_value(right) or right.place in self._used:
                continue
            if self._beside[cell.column] and (cell.row - self._first, cell.column) not in self._varying:
                yield cell

    def doubt_shared(self, values: MutableMapping[tuple[str, ...], Found]) -> None:
        """Mark the values that several labels have taken."""
        counts = Counter(cell.place for cell, _ in values.values() if cell is not None)
        for heading, (cell, _) in values.items():
            if cell is not None and counts[cell.place] > 1:
                values[heading] = (cell, _SHARED)

    def _value(self, label: CardCell) -> Found:
        right, below = self._right(label), self._below(label)
        if label.row in self._over:
            return (below, "") if below is not None else (None, "")
        if right is not None and self._is_value(right):
            parts = self._parts(label)
            if len(parts) > 1:
                text = "\n".join(self._row_text(part) for part in parts)
                return replace(parts[0], value=text, text=text), _SEVERAL
            if below is not None and not self._is_beside(label, right, below):
                return right, _EITHER
            return right, _MORE if self._has_more(right) else ""
        if below is not None and self._stands_over(label, right):
            wide = right is None or self._is_alone(label)
            return below, "" if wide else _EITHER
        if right is not None and not right.text and self._beside[label.column] < _ENOUGH:
            after = self._right(right)
            if after is not None and self._is_value(after):
                return replace(right, text=""), _BLANK
        if below is not None and not self._is_value(self._right(below)) and not self._is_alone(below):
            return below, _EITHER
        return None, ""

    def _right(self, cell: CardCell) -> CardCell | None:
        return self._cells.at(cell.row, cell.last_column + 1)

    def _below(self, cell: CardCell) -> CardCell | None:
        """Return what stands under a cell, if it could be its value."""
        row = cell.last_row + 1
        found = self._cells.at(row, cell.column) if row < self._end else None
        if found is None or not self._is_value(found) or found.column != cell.column:
            return None
        return None if found.text.startswith(("※", "（注", "(注")) else found

    def _is_label(self, cell: CardCell | None) -> bool:
        return cell is not None and cell.place in self._known and cell.place not in self._inside

    def _is_value(self, cell: CardCell | None) -> bool:
        return cell is not None and bool(cell.text) and cell.place not in self._known

    def _is_beside(self, label: CardCell, right: CardCell, below: CardCell) -> bool:
        """Tell whether a label's value is the one to its right though something stands under it, too.

        What differs from card to card is a value. Under a label in a column of labels stands the next one.
        """
        if (right.row - self._first, right.column) in self._varying:
            return True
        if (below.row - self._first, below.column) in self._varying:
            return False
        return self._beside[label.column] >= _ENOUGH and self._is_value(self._right(below))

    def _stands_over(self, label: CardCell, right: CardCell | None) -> bool:
        """Tell whether a label without a value beside it is the heading of what stands under it."""
        return right is None or self._is_label(right) or not self._beside[label.column]

    def _is_alone(self, cell: CardCell) -> bool:
        return len(self._cells.in_row(cell.row)) == 1

    def _parts(self, label: CardCell) -> list[CardCell]:
        """Return the cells beside a label that is as tall as several of them."""
        found: list[CardCell] = []
        for row in range(label.row, label.last_row + 1):
            cell = self._cells.at(row, label.last_column + 1)
            if cell is not None and self._is_value(cell) and cell not in found:
                found.append(cell)
        return found

    def _row_text(self, part: CardCell) -> str:
        """Return what stands on a row from a cell on, up to the next label."""
        texts = [part.text]
        for cell in self._cells.in_row(part.row):
            if cell.column > part.column:
                if cell.place in self._known:
                    break
                texts.append(cell.text)
        return "\u3000".join(texts)

    def _has_more(self, value: CardCell) -> bool:
        """Tell whether one more text stands behind a value that is neither a label nor a label's value."""
        after: list[CardCell] = []
        for cell in self._cells.in_row(value.row):
            if cell.column > value.last_column:
                if cell.place in self._known:
                    break
                after.append(cell)
        return len(after) % 2 == 1
