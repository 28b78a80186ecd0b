"""Who may open the pages of imports, and fetching a run that exists for the person."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404

from history.enums import Through
from history.services import Authorship
from importers.enums import DocumentKind
from importers.models import ImportRun
from importers.permissions import can_handle, can_import, imports_for_all, visible_runs
from importers.selectors.runs import kpis_of_sections
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest

P = ParamSpec("P")
View = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]
# What a run of any kind needs alike; every other page is for documents alone.
_FOR_EVERY_RUN = frozenset(
    {"import_run_progress", "import_run_file", "import_run_discard", "import_run_undo"}
)
RunView = Callable[Concatenate[SignedInRequest, ImportRun, P], HttpResponseBase]


def for_importers(view: View[P]) -> View[P]:
    """Refuse people who may bring in nothing."""

    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not can_import(request.user):
            raise PermissionDenied("文書を取り込めるのは、管理者と企画部門、実績値では各課室の人です。")
        return view(request, *args, **kwargs)

    return guarded


def with_run(view: RunView[P]) -> Callable[..., HttpResponseBase]:
    """Give the view the run of the address: absent unless it exists for the person.

    A round's workbook has pages of its own, and is absent from the pages of documents.
    """
    return _fetched(view, is_book=None if view.__name__ in _FOR_EVERY_RUN else False)


def with_book_run(view: RunView[P]) -> Callable[..., HttpResponseBase]:
    """Give the view a round's workbook, and nothing else."""
    return _fetched(view, is_book=True)


def _fetched(view: RunView[P], *, is_book: bool | None) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def fetched(request: SignedInRequest, /, pk: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        run = get_object_or_404(visible_runs(request.user).select_related("plan"), pk=pk)
        if is_book is not None and (run.kind == DocumentKind.ROUND.value) is not is_book:
            raise Http404
        if not can_handle(request.user, run):
            raise PermissionDenied("この種類の文書を取り込む権限がありません。")
        return view(request, run, *args, **kwargs)

    return fetched


def authorship_of(request: SignedInRequest) -> Authorship:
    """Return who acts now, through an import."""
    return Authorship(by=request.user, at=clock.now(), through=Through.IMPORT)


def kpis_allowed(request: SignedInRequest) -> frozenset[int] | None:
    """Return the KPIs a person may bring figures for; None: all."""
    if imports_for_all(request.user):
        return None
    return kpis_of_sections(request.user, working_year=clock.current_fiscal_year())
