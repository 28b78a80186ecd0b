"""What every page of definitions does first: who may look, who may write, who acts."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from history.services import Authorship
from strategy.permissions import can_define, can_see_definitions
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest

P = ParamSpec("P")
View = Callable[Concatenate[SignedInRequest, P], HttpResponse]
SAFE = frozenset({"GET", "HEAD"})


def for_definers(view: View[P]) -> View[P]:
    """Let planning read and write, administrators read; refuse everybody else with a sentence."""

    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method in SAFE:
            if not can_see_definitions(request.user):
                raise PermissionDenied("指標・計画・評価基準の定義は、企画部門の人だけが開けます。")
        elif not can_define(request.user):
            raise PermissionDenied("指標・計画・評価基準の定義を変えられるのは、企画部門の人だけです。")
        return view(request, *args, **kwargs)

    return guarded


def authorship_of(request: SignedInRequest) -> Authorship:
    """Return who acts now."""
    return Authorship(by=request.user, at=clock.now())
