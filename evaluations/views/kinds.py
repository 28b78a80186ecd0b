"""What differs between the two kinds of sheets: form, values, template, saving."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from evaluations.forms.sheets import (
    KpiEntryForm,
    ProgramEntryForm,
    SheetForm,
    kpi_values,
    program_values,
)
from evaluations.models import KpiSheet
from evaluations.permissions import AnySheet
from evaluations.selectors.pages import SheetPage, kpi_sheet_page, program_page
from evaluations.services.sheets import (
    correct_kpi_sheet,
    correct_program_evaluation,
    save_kpi_sheet,
    save_program_evaluation,
)
from evaluations.views.requests import (
    authorship_of,
    kpi_sheet_or_404,
    program_evaluation_or_404,
    user_of,
)
from tsukuba_kpi import clock


@dataclass(frozen=True)
class Kind:
    """What differs between a KPI's and a program's sheet: form, values, template, saving."""

    template: str
    form: Callable[..., SheetForm]
    values: Callable[[Any], dict[str, str]]
    save: Callable[[HttpRequest, AnySheet, Any], bool]
    correct: Callable[[HttpRequest, AnySheet, Any, str], bool]
    load: Callable[[HttpRequest, int], SheetPage]


def _save_kpi(request: HttpRequest, sheet: AnySheet, form: KpiEntryForm) -> bool:
    assert isinstance(sheet, KpiSheet)
    return save_kpi_sheet(
        sheet=sheet,
        figure=form.figure_entry,
        entry=form.answers_entry,
        seen=form.seen,
        authorship=authorship_of(request),
    )


def _correct_kpi(request: HttpRequest, sheet: AnySheet, form: KpiEntryForm, reason: str) -> bool:
    assert isinstance(sheet, KpiSheet)
    return correct_kpi_sheet(
        sheet=sheet,
        figure=form.figure_entry,
        entry=form.answers_entry,
        reason=reason,
        seen=form.seen,
        authorship=authorship_of(request),
    )


def _save_program(request: HttpRequest, sheet: AnySheet, form: ProgramEntryForm) -> bool:
    assert not isinstance(sheet, KpiSheet)
    return save_program_evaluation(
        evaluation=sheet,
        texts=form.texts,
        costs=form.costs,
        entry=form.answers_entry,
        seen=form.seen,
        authorship=authorship_of(request),
    )


def _correct_program(request: HttpRequest, sheet: AnySheet, form: ProgramEntryForm, reason: str) -> bool:
    assert not isinstance(sheet, KpiSheet)
    return correct_program_evaluation(
        evaluation=sheet,
        texts=form.texts,
        costs=form.costs,
        entry=form.answers_entry,
        reason=reason,
        seen=form.seen,
        authorship=authorship_of(request),
    )


def _kpi_form(*args: Any, **kwargs: Any) -> KpiEntryForm:
    return KpiEntryForm(*args, today=clock.today(), **kwargs)


KPI = Kind(
    template="evaluations/kpi_sheet_detail.html",
    form=_kpi_form,
    values=kpi_values,
    save=_save_kpi,
    correct=_correct_kpi,
    load=lambda request, pk: kpi_sheet_page(user_of(request), kpi_sheet_or_404(request, pk)),
)
PROGRAM = Kind(
    template="evaluations/program_evaluation_detail.html",
    form=ProgramEntryForm,
    values=program_values,
    save=_save_program,
    correct=_correct_program,
    load=lambda request, pk: program_page(user_of(request), program_evaluation_or_404(request, pk)),
)


def kind_named(name: str) -> Kind:
    """Return the kind of sheet an address names (kpi or program)."""
    return KPI if name == "kpi" else PROGRAM
