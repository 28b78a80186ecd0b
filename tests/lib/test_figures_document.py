"""Every row of docs/figures.md is what the product does."""

import re
from pathlib import Path

import pytest

from evaluations.enums import ValueStatus
from tsukuba_kpi.lib.figures import Figure, read_figure

DOCUMENT = Path(__file__).parents[2] / "docs" / "figures.md"
ROWS = re.findall(
    r"^\| `([^`]+)` \| (\S+) \| (\S+) \| (\S+) \| (\S*) ?\|$", DOCUMENT.read_text(encoding="utf-8"), re.M
)


def _shown(figure: Figure) -> str:
    if figure.problem is not None:
        return "読めません"
    if figure.low is not None:
        return f"{figure.low}～{figure.high}"
    return figure.word or ("なし" if figure.value is None else str(figure.value))


def _remarks(figure: Figure) -> str:
    words = [figure.code, figure.qualifier, "要確認" if figure.notice else None]
    return "、".join(word for word in words if word)


@pytest.mark.parametrize(("cell", "unit", "value", "status", "remarks"), ROWS)
def test_the_document_says_what_is_read(cell: str, unit: str, value: str, status: str, remarks: str) -> None:
    figure = read_figure(cell, unit=unit)

    label = "なし" if figure.status is None else ValueStatus(figure.status).label
    assert (_shown(figure), label, _remarks(figure)) == (value, status, remarks)


def test_the_document_has_its_tables() -> None:
    assert len(ROWS) == len(re.findall(r"^\| `", DOCUMENT.read_text(encoding="utf-8"), re.M)) > 70


def test_every_status_of_a_reading_is_a_status_of_an_actual() -> None:
    """The lib cannot import the vocabulary of actuals; this holds the two together."""
    statuses = {read_figure(cell, unit=unit).status for cell, unit, *_ in ROWS} - {None}

    assert statuses == {status.value for status in ValueStatus}
