"""What is known of a yearly actual: by its cell, or by a column that says so (確定, 速報, 集計中 …)."""

import re

from importers.sources.figure_cells import FigureCell
from importers.sources.table_rows import Reading
from tsukuba_kpi.lib.figures import read_figure

_STATUS_WORDS = (
    (re.compile("速報"), "preliminary"),
    (re.compile("見込"), "estimated"),
    (re.compile("確定"), "final"),
)
_WITH_NUMBER = ("final", "preliminary", "estimated")


def status_of(cell: FigureCell) -> str | None:
    """Return what a cell says of its figure, None for an empty one."""
    status = cell.figure.status
    return None if status == "blank" else status


def stated_status(reading: Reading, text: str | None, actual: FigureCell, status: str | None) -> str | None:
    """Let the text of a status column decide, unless it contradicts the number: then a person is asked."""
    if text is None:
        return status
    stated = next((name for pattern, name in _STATUS_WORDS if pattern.search(text)), None)
    if stated is None:
        said = read_figure(text)
        stated = said.status if said.kind == "missing" else None
    if stated is None:
        return status
    if (actual.figure.value is not None) != (stated in _WITH_NUMBER):
        message = f"状況「{text[:20]}」と実績の値が合わないので確かめてください。"
        reading.doubt("status_conflict", "status", message)
        return status
    return stated
