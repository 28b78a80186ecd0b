"""A round as a workbook: taking it out, for one section or as a zip of all."""

import tempfile
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from evaluations.models import Round
from evaluations.permissions import visible_rounds
from importers.calculations.round_book import RoundBook
from importers.permissions import book_sections, can_use_books
from importers.selectors.round_books import Taking, round_books
from importers.workbooks.archive import book_name, write_archive
from importers.workbooks.round_book_file import write_round_book
from organization.models import Section
from tsukuba_kpi import clock
from tsukuba_kpi.requests import SignedInRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Above this the zip goes to a file on the disk while it is made.
IN_MEMORY = 8 * 1024 * 1024


def round_or_404(request: SignedInRequest, pk: int) -> Round:
    """Return a round the person may know of, and whose workbooks they may use.

    :raises PermissionDenied: for those who belong to no section and do not plan
    """
    collection = get_object_or_404(visible_rounds(request.user), pk=pk)
    if not can_use_books(request.user):
        raise PermissionDenied("照会のExcelを扱えるのは、課室の職員と企画部門です。")
    return collection


@require_safe
def round_book_file(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Send the workbook of the person's own section; a zip when there are several."""
    collection = round_or_404(request, pk)
    own = request.user.access.section_ids or book_sections(request.user)
    return _send(request, collection, own)


@require_safe
def round_book_section_file(request: SignedInRequest, pk: int, section_pk: int) -> HttpResponseBase:
    """Send one section's workbook; another section's does not exist for those who do not plan."""
    collection = round_or_404(request, pk)
    allowed = book_sections(request.user)
    if allowed is not None and section_pk not in allowed:
        raise Http404
    get_object_or_404(Section, pk=section_pk)  # a number that no key is would reach the database in a list
    return _send(request, collection, {section_pk})


@require_safe
def round_book_archive(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Send the workbooks of all sections in one zip: planning's."""
    collection = round_or_404(request, pk)
    if book_sections(request.user) is not None:
        raise PermissionDenied("全課室のExcelを取り出せるのは企画部門だけです。")
    return _send(request, collection, None, always_zip=True)


def _send(
    request: SignedInRequest,
    collection: Round,
    section_ids: "frozenset[int] | set[int] | None",
    *,
    always_zip: bool = False,
) -> HttpResponseBase:
    taking = Taking(user=request.user, collection=collection, at=localtime(clock.now()))
    books = round_books(taking, section_ids=section_ids)
    if not books:
        raise Http404("この照会に、取り出せるシートがありません。")
    if len(books) == 1 and not always_zip:
        return workbook_response(write_round_book(books[0]), book_name(books[0]))
    return _archive(collection, books)


def workbook_response(content: bytes, name: str) -> HttpResponse:
    """Return a workbook to be kept under a name."""
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _archive(collection: Round, books: Sequence[RoundBook]) -> FileResponse:
    stream = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    write_archive(books, stream)
    stream.seek(0)
    name = f"{collection.fiscal_year}_{collection.get_edition_display()}_Excel.zip"
    return FileResponse(stream, as_attachment=True, filename=name, content_type="application/zip")
