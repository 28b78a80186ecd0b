"""Questions to the person who enters a figure: asked of what is stored, and of what is only typed yet."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evaluations.calculations.questions import Question, questions_about
from evaluations.enums import Edition
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.figures import KpiFigures, actuals_of, definition_of, targets_of
from evaluations.selectors.judged import judged_sheets
from evaluations.selectors.judgements import composed_part
from organization.models import User
from strategy.enums import PartKind
from strategy.models import Plan


def questions_of_sheet(
    sheet: KpiSheet, figures: KpiFigures, plan: Plan | None, *, text: str = ""
) -> tuple[Question, ...]:
    """Ask about a sheet's figure among the KPI's others, and about the texts written with it. No queries.

    Half a year's figure compares with nothing, and is not asked about.
    """
    if sheet.round.edition == Edition.HALF:
        return ()
    year = sheet.round.fiscal_year
    addends = [part for part in figures.parts if part.kind is PartKind.ADDEND]
    return questions_about(
        definition_of(figures, plan),
        targets_of(figures, plan),
        actuals_of(figures),
        year,
        parts=[composed_part(part, plan, year) for part in addends],
        text=text,
    )


def questions_if(
    sheet: KpiSheet, figures: KpiFigures, plan: Plan | None, typed: Actual | None, *, text: str = ""
) -> tuple[Question, ...]:
    """Ask about a figure that is only typed yet (None: nothing is typed, nothing is asked)."""
    if typed is None:
        return ()
    actuals = {**figures.actuals, sheet.round.fiscal_year: typed}
    return questions_of_sheet(sheet, replace(figures, actuals=actuals), plan, text=text)


def questions_of_sheets(
    user: User, sheets: Sequence[KpiSheet], typed: Mapping[int, Actual | None]
) -> dict[int, tuple[Question, ...]]:
    """Ask about many sheets by sheet id, with what is typed in place of what is stored.

    `typed` holds by sheet id what a row's boxes say (None: nothing). The number of queries does not grow
    with the sheets.
    """
    judged = judged_sheets(user, sheets)
    return {
        sheet.pk: questions_if(
            sheet,
            judged[sheet.pk].figures,
            judged[sheet.pk].plan,
            typed[sheet.pk],
            text=texts_of(sheet),
        )
        for sheet in sheets
        if sheet.pk in typed
    }


def texts_of(sheet: KpiSheet) -> str:
    """Return what the section wrote, in which 達成 may stand."""
    return "\n".join(sheet.answers.values())
