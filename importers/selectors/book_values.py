"""What stands in a sheet's fields, in the words its cells of a workbook hold."""

from evaluations.models import Actual, KpiSheet, RoundQuestion
from evaluations.permissions import AnySheet
from evaluations.selectors.reading import shown_figure
from importers.calculations.round_book import ANSWER_PREFIX, PROGRAM_TEXTS
from tsukuba_kpi.lib.decimals import to_plain
from tsukuba_kpi.lib.japanese_text import clean_control


def values_of(sheet: AnySheet, actual: Actual | None, asked: list[RoundQuestion]) -> dict[str, str]:
    """Return a sheet's values by field. `actual` is the figure of a KPI's sheet."""
    values = kpi_values(sheet, actual) if isinstance(sheet, KpiSheet) else program_values(sheet)
    return values | {f"{ANSWER_PREFIX}{q.key}": as_cell(sheet.answers.get(q.key, "")) for q in asked}


def kpi_values(sheet: KpiSheet, actual: Actual | None) -> dict[str, str]:
    """Return the figure with what belongs to it, and the section's own grade.

    `value` is the number itself, beside `figure`, which is how it was written.
    """
    values = dict.fromkeys(("figure", "status", "value", "expected_on", "as_of", "note"), "")
    if actual is not None:
        values = {
            "figure": as_cell(shown_figure(actual)),
            "status": actual.get_status_display(),
            "value": "" if actual.value is None else to_plain(actual.value),
            "expected_on": actual.expected_on.isoformat() if actual.expected_on else "",
            "as_of": actual.as_of.isoformat() if actual.as_of else "",
            "note": as_cell(actual.note),
        }
    return values | {"self_grade": as_cell(sheet.self_grade), "grade_reason": as_cell(sheet.grade_reason)}


def program_values(sheet: AnySheet) -> dict[str, str]:
    """Return the texts of a program's yearly sheet."""
    assert not isinstance(sheet, KpiSheet)
    return {name: as_cell(getattr(sheet.program_sheet, name)) for name in PROGRAM_TEXTS}


def as_cell(text: str) -> str:
    """Return a text as it is compared: line feeds only, no control characters, no blank ends."""
    return clean_control(text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")).strip()
