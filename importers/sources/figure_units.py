"""Units of figures that stand over a table, not in its rows: （単位：千人） in the title, or in a heading."""

import re
from dataclasses import dataclass
from functools import cached_property

from importers.sources.table_body import Table
from tsukuba_kpi.lib.units import is_known_unit, parse_unit

_IN_TITLE = re.compile(
    r"単\s*位\s*[:：]\s*(?P<unit>[^\s\u3000()（）\[\]【】、,，]{1,10})(?P<more>\s*[、,，])?"
)
_IN_HEADING = re.compile(r"[（(\[［]\s*(?:単位\s*[:：]?\s*)?(?P<unit>[^（）()\[\]［］\s]{1,10})\s*[)）\]］]")
_OF_TIME = frozenset(("年", "月", "日", "週"))  # in a heading's brackets these say when, not what


@dataclass(frozen=True)
class StatedUnits:
    """The units that a table's title and headings state."""

    table: Table
    columns: tuple[int, ...]  # those with figures

    @cached_property
    def by_column(self) -> dict[int, str]:
        """The unit in the heading of each column that has one."""
        found: dict[int, str] = {}
        for column in self.columns:
            for match in _IN_HEADING.finditer(self.table.header.columns[column].heading):
                if match["unit"] not in _OF_TIME and is_known_unit(match["unit"]):
                    found[column] = match["unit"]
        return found

    @cached_property
    def of_headings(self) -> str | None:
        """The unit of all figures, where all headings state the same one."""
        units = set(self.by_column.values())
        return units.pop() if len(units) == 1 and len(self.by_column) == len(self.columns) else None

    @cached_property
    def differ(self) -> bool:
        """Whether the headings of the figures state units that are not the same."""
        return len({parse_unit(unit) for unit in self.by_column.values()}) > 1

    @cached_property
    def of_title(self) -> str | None:
        """The unit that the title states for the whole table, None for none, several or an unknown one."""
        units = {match["unit"] for match in self._matches}
        if len(units) != 1 or any(match["more"] for match in self._matches):
            return None
        unit = units.pop()
        return unit if is_known_unit(unit) else None

    @property
    def is_unclear(self) -> bool:
        """Whether the title states units, but not one that holds for all figures."""
        return bool(self._matches) and self.of_title is None

    @cached_property
    def _matches(self) -> list[re.Match[str]]:
        texts = (*self.table.title_rows, self.table.grid.title)
        return [match for text in texts for match in _IN_TITLE.finditer(text)]

    def contradicts(self, column: int, unit: str | None) -> str | None:
        """Return the unit in a column's heading if the row states another one."""
        stated = self.by_column.get(column)
        return stated if stated is not None and unit and parse_unit(stated) != parse_unit(unit) else None
