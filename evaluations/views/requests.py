"""What every page of the round does first: find the sheet this person may see, say who acts and when."""

from typing import cast

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from evaluations import permissions
from evaluations.models import KpiSheet, ProgramEvaluation, Round
from evaluations.permissions import AnySheet
from evaluations.selectors.tasks import kpi_sheets, program_evaluations
from history.services import Authorship
from organization.models import User
from tsukuba_kpi import clock


def user_of(request: HttpRequest) -> User:
    """Return the signed-in person (LoginRequiredMiddleware has let nobody else in)."""
    return cast(User, request.user)


def authorship_of(request: HttpRequest) -> Authorship:
    """Return who changes something now."""
    return Authorship(by=user_of(request), at=clock.now())


def kpi_sheet_or_404(request: HttpRequest, pk: int) -> KpiSheet:
    """Return a KPI sheet that exists for this person."""
    visible = permissions.visible_to(user_of(request), kpi_sheets().select_related("round__rating_scheme"))
    return cast(KpiSheet, get_object_or_404(visible, pk=pk))


def program_evaluation_or_404(request: HttpRequest, pk: int) -> ProgramEvaluation:
    """Return a program evaluation that exists for this person."""
    visible = permissions.visible_to(user_of(request), program_evaluations())
    return cast(ProgramEvaluation, get_object_or_404(visible, pk=pk))


def sheet_or_404(request: HttpRequest, kind: str, pk: int) -> AnySheet:
    """Return a sheet of either kind (the address says kpi or program)."""
    if kind == "kpi":
        return kpi_sheet_or_404(request, pk)
    return program_evaluation_or_404(request, pk)


def round_or_404(request: HttpRequest, pk: int) -> Round:
    """Return a round this person may know of."""
    return get_object_or_404(permissions.visible_rounds(user_of(request)), pk=pk)
