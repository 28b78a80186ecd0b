"""Every cell of the sample workbook reads as its truth says."""

import json
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.cell import Cell

from tsukuba_kpi.lib.figures import Figure, read_figure
from tsukuba_kpi.lib.fiscal_year import find_fiscal_years

SAMPLES = Path(__file__).parents[2] / "fixtures" / "samples"
TRUTH = json.loads((SAMPLES / "truth" / "actuals.json").read_text(encoding="utf-8"))

# The truth has five words; ours are finer.
FIVE_WORDS = {
    "final": "ok",
    "preliminary": "approx",
    "estimated": "approx",
    "pending": "pending",
    "blank": "missing",
    "unknown": "missing",
    "not_surveyed": "missing",
    "not_applicable": "missing",
    None: "error",
}


@pytest.fixture(scope="module")
def cells() -> dict[tuple[str, int, str, str], Cell]:
    """Cells by sheet, row, fiscal year and 目標 or 実績; the years are found in the headings."""
    found: dict[tuple[str, int, str, str], Cell] = {}
    workbook = openpyxl.load_workbook(SAMPLES / "actuals.xlsx", data_only=True)
    for sheet in workbook:
        year: int | None = None
        for column in range(1, sheet.max_column + 1):
            years = find_fiscal_years(str(sheet.cell(3, column).value or ""))
            year = years[0] if years else year if sheet.cell(3, column).value is None else None
            heading = str(sheet.cell(4, column).value or "")[:2]
            if year is not None and heading in {"目標", "実績"}:
                for row in range(5, sheet.max_row + 1):
                    found[sheet.title, row, str(year), heading] = sheet.cell(row, column)
    return found


def _read(cell: Cell, unit: str) -> Figure:
    return read_figure(cell.value, unit=unit, number_format=cell.number_format)


@pytest.mark.parametrize("row", TRUTH["rows"], ids=lambda row: f"{row['sheet']}-{row['row']}")
def test_every_actual_of_the_sample(
    row: dict[str, object], cells: dict[tuple[str, int, str, str], Cell]
) -> None:
    for year, truth in row["years"].items():  # type: ignore[attr-defined]
        cell = cells[row["sheet"], row["row"], year, "実績"]  # type: ignore[index]
        figure = _read(cell, row["unit"])  # type: ignore[arg-type]

        expected = None if truth["actual"] is None else Decimal(str(truth["actual"]))
        assert (figure.value, FIVE_WORDS[figure.status]) == (expected, truth["status"]), (
            year,
            cell.value,
            figure,
        )
        assert figure.notice is None


@pytest.mark.parametrize("row", TRUTH["rows"], ids=lambda row: f"{row['sheet']}-{row['row']}")
def test_every_target_of_the_sample(
    row: dict[str, object], cells: dict[tuple[str, int, str, str], Cell]
) -> None:
    bounds = {"以上": "at_least", "以下": "at_most", None: None}
    for year, truth in row["years"].items():  # type: ignore[attr-defined]
        figure = _read(cells[row["sheet"], row["row"], year, "目標"], row["unit"])  # type: ignore[index, arg-type]

        expected = None if truth["target"] is None else Decimal(str(truth["target"]))
        assert (figure.value, figure.problem) == (expected, None), (year, figure)
        assert figure.bound == bounds[truth.get("target_qualifier")]


def test_the_sample_holds_all_its_figures(cells: dict[tuple[str, int, str, str], Cell]) -> None:
    figures = sum(2 * len(row["years"]) for row in TRUTH["rows"])

    assert figures == 472
    assert all(
        (row["sheet"], row["row"], year, "実績") in cells for row in TRUTH["rows"] for year in row["years"]
    )
