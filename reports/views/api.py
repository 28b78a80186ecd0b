"""The read API: the same records for everybody, each person's from what they may see."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from reports.calculations.api_description import (
    ADDRESSES,
    INTRODUCTION,
    MOST,
    USUAL,
    VERSION,
    field_lines,
    openapi,
)
from reports.calculations.api_records import as_json
from reports.selectors import api
from reports.selectors.api import Slice

DIGITS = 9


class Refused(Exception):
    """The request cannot be answered: an HTTP status, a code and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


Answer = Callable[..., Any]


def _answers(view: Answer) -> Callable[..., HttpResponse]:
    """Turn what a view returns into JSON with an ETag; a refusal into its error."""

    @login_not_required
    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, **arguments: Any) -> HttpResponse:
        try:
            return _json(request, view(request, **arguments))
        except Refused as refused:
            told = {"code": refused.code, "message": str(refused)}
            return _json(request, told, status=refused.status)

    return answer


def _json(request: HttpRequest, data: Any, status: int = 200) -> HttpResponse:
    body = json.dumps(as_json(data), ensure_ascii=False, separators=(",", ":")).encode()
    response = HttpResponse(body, content_type="application/json; charset=utf-8", status=status)
    response["X-API-Version"] = VERSION
    patch_vary_headers(response, ["Cookie"])
    if request.user.is_authenticated:
        response["Cache-Control"] = "private, no-cache"
    else:
        # Anybody's program may read what is public; a signed-in person's browser lends its rights to none.
        response["Access-Control-Allow-Origin"] = "*"
        response["Cache-Control"] = "public, no-cache"
    if status != 200:
        return response
    response["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def _listed(request: HttpRequest, ask: Callable[[int, int], Slice | None]) -> dict[str, Any]:
    """Return a list's page with the addresses of its neighbours."""
    start, size = _number(request, "offset", 0), _number(request, "limit", USUAL)
    if not 1 <= size <= MOST:
        raise Refused(400, "invalid_limit", f"limit は1から{MOST}までの整数で指定してください。")
    found = ask(start, size)
    if found is None:
        raise _missing()
    return {
        "count": found.count,
        "next": _address(request, start + size, size) if start + size < found.count else None,
        "previous": _address(request, max(start - size, 0), size) if start > 0 else None,
        "results": found.results,
    }


def _number(request: HttpRequest, name: str, usual: int) -> int:
    asked = request.GET.get(name, "")
    if not asked:
        return usual
    if not (asked.isascii() and asked.isdigit() and len(asked) <= DIGITS):
        raise Refused(400, f"invalid_{name}", f"{name} は0以上の整数で指定してください。")
    return int(asked)


def _address(request: HttpRequest, start: int, size: int) -> str:
    query = {**request.GET.dict(), "offset": start, "limit": size}
    return f"{request.path}?{urlencode(query)}"


def _missing() -> Refused:
    return Refused(404, "not_found", "この番地のものはないか、公表されていません。")


def _one(found: Any) -> Any:
    if found is None:
        raise _missing()
    return found


@_answers
def api_plan_list(request: HttpRequest) -> Any:
    """List plans."""
    return _listed(request, api.source_for(request.user).plans)


@_answers
def api_plan(request: HttpRequest, code: str) -> Any:
    """Show a plan."""
    return _one(api.source_for(request.user).plan(code))


@_answers
def api_node_list(request: HttpRequest, code: str) -> Any:
    """List a plan's nodes."""
    source = api.source_for(request.user)
    return _listed(request, lambda start, size: source.nodes(code, start, size))


@_answers
def api_kpi_list(request: HttpRequest) -> Any:
    """List KPIs' definitions."""
    source, plan = api.source_for(request.user), request.GET.get("plan") or None
    return _listed(request, lambda start, size: source.kpis(plan, start, size))


@_answers
def api_kpi(request: HttpRequest, code: str) -> Any:
    """Show a KPI's definition."""
    return _one(api.source_for(request.user).kpi(code))


@_answers
def api_series(request: HttpRequest, code: str) -> Any:
    """List a KPI's years."""
    source, plan = api.source_for(request.user), request.GET.get("plan") or None
    return _listed(request, lambda start, size: source.series(code, plan, start, size))


@_answers
def api_program_list(request: HttpRequest) -> Any:
    """List programs."""
    source = api.source_for(request.user)
    year = _number(request, "fiscal_year", 0) or None
    return _listed(request, lambda start, size: source.programs(year, start, size))


@_answers
def api_program(request: HttpRequest, fiscal_year: int, key: str) -> Any:
    """Show a program in a fiscal year."""
    return _one(api.source_for(request.user).program(fiscal_year, key))


@_answers
def api_publication_list(request: HttpRequest) -> Any:
    """List publications and corrections."""
    return _listed(request, api.publications)


@_answers
def api_code_list(request: HttpRequest) -> Any:
    """List the meanings of codes."""
    return _listed(request, api.codes)


@_answers
def api_openapi(request: HttpRequest) -> Any:
    """Describe the API as OpenAPI 3.1."""
    return openapi(_root())


@login_not_required
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Describe the API in words: its addresses, parameters and fields."""
    records = {address.record: field_lines(address.record) for address in ADDRESSES}
    context = {
        "introduction": INTRODUCTION,
        "root": request.build_absolute_uri(_root()),
        "addresses": ADDRESSES,
        "records": [
            (record.__name__, (record.__doc__ or "").strip(), lines) for record, lines in records.items()
        ],
        "usual": USUAL,
        "most": MOST,
    }
    return render(request, "reports/public/api.html", context)


def _root() -> str:
    return reverse("reports:api_docs")
