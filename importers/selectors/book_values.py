"""What stands in a sheet's fields, in the words its cells of a workbook hold."""

from evaluations.calculations.costs import COST_LABELS
from evaluations.models import Actual, KpiSheet, ProgramEvaluation, RoundQuestion
from evaluations.permissions import AnySheet
from evaluations.selectors.reading import shown_figure
from importers.calculations.round_book import ANSWER_PREFIX, COST_PREFIX, IS_FINAL, PROGRAM_TEXTS
from programs.models import ProgramCost
from tsukuba_kpi.lib.decimals import to_plain
from tsukuba_kpi.lib.japanese_text import clean_control


def values_of(
    sheet: AnySheet, stands_on: Actual | ProgramCost | None, asked: list[RoundQuestion]
) -> dict[str, str]:
    """Return a sheet's values by field. `stands_on` is a KPI's figure, a program's costs."""
    if isinstance(sheet, KpiSheet):
        assert not isinstance(stands_on, ProgramCost)
        values = kpi_values(sheet, stands_on)
    else:
        assert not isinstance(stands_on, Actual)
        values = program_values(sheet, stands_on)
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


def program_values(sheet: ProgramEvaluation, cost: ProgramCost | None) -> dict[str, str]:
    """Return the texts of a program's yearly sheet, and its costs where the round asks for them."""
    texts = {name: as_cell(getattr(sheet.program_sheet, name)) for name in PROGRAM_TEXTS}
    return texts | cost_values(cost) if sheet.round.asks_costs else texts


def cost_values(cost: ProgramCost | None) -> dict[str, str]:
    """Return a program's costs as cells hold them, in their own units; blank is unknown."""
    numbers = {name: getattr(cost, name, None) for name in COST_LABELS}
    return {
        f"{COST_PREFIX}budget_code": as_cell(cost.budget_code) if cost else "",
        **{f"{COST_PREFIX}{name}": "" if each is None else to_plain(each) for name, each in numbers.items()},
        f"{COST_PREFIX}is_final": IS_FINAL if cost and cost.is_final else "",
    }


def cost_heading(name: str) -> str:
    """Return what a box of the costs is called."""
    if name in COST_LABELS:
        label, unit = COST_LABELS[name]
        return f"{label}（{unit}）"
    return {"budget_code": "予算科目", "is_final": "決算の額"}[name]


def as_cell(text: str) -> str:
    """Return a text as it is compared: line feeds only, no control characters, no blank ends."""
    return clean_control(text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")).strip()
