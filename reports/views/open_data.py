"""Open data of what is published: tables, their dictionary, and the same as JSON. Read by everybody."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reports.calculations.open_data import LICENCE, DataSet, described
from reports.calculations.published import Content
from reports.paper import words
from reports.selectors.publications import Issue, latest_issues
from tsukuba_kpi.lib.flat_table import to_csv, to_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENCODINGS = {"csv": "utf-8-sig", "cp932.csv": "cp932"}


@login_not_required
@require_safe
def public_data(request: HttpRequest) -> HttpResponse:
    """Show which tables there are, and what every column means."""
    issues = latest_issues()
    sets = _sets_of(issues[0]) if issues else ()
    is_demo = bool(issues) and all(words.is_demo(issue.content) for issue in issues)
    context = {"issues": issues, "sets": sets, "is_demo": is_demo}
    return render(request, "reports/public/data.html", context)


@login_not_required
@require_safe
def public_data_file(request: HttpRequest, pk: str, key: str, form: str) -> HttpResponse:
    """Send one table as csv (cp932.csv for older Excel) or json, or all of them as xlsx."""
    issue = next((found for found in latest_issues() if str(found.publication.pk) == pk), None)
    if issue is None:
        raise Http404
    if form == "xlsx":
        if key != "all":
            raise Http404
        tables = [found.as_table() for found in _sets_of(issue)]
        return _download(to_xlsx(tables, cut_long=True).content, XLSX, f"{_stem(issue.content)}_all.xlsx")
    found = next((each for each in _sets_of(issue) if each.key == key), None)
    if found is None:
        raise Http404
    if form in ENCODINGS:
        encoding = ENCODINGS[form]
        written = to_csv(found.as_table(), encoding)
        charset = "Shift_JIS" if encoding == "cp932" else "utf-8"
        response = _download(
            written.content, f"text/csv; charset={charset}", f"{_stem(issue.content)}_{key}.{form}"
        )
        if written.lost:
            response["X-Replaced-Characters"] = str(len(written.lost))
        return response
    return JsonResponse(_as_json(issue, found), json_dumps_params={"ensure_ascii": False})


def _sets_of(issue: Issue) -> tuple[DataSet, ...]:
    return described(
        issue.content,
        city=settings.CITY_NAME,
        published_at=issue.publication.published_at.isoformat(),
        edition_number=issue.publication.edition_number,
    )


def _stem(content: Content) -> str:
    return f"kpi_{content.fiscal_year}_{content.edition}"


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _as_json(issue: Issue, found: DataSet) -> dict[str, object]:
    published_at: datetime = issue.publication.published_at
    keys = [column.key for column in found.columns]
    return {
        "dataset": found.key,
        "title": found.title,
        "round": issue.content.round_name,
        "fiscal_year": issue.content.fiscal_year,
        "edition_code": issue.content.edition,
        "publication": issue.publication.edition_number,
        "published_at": published_at.isoformat(),
        "license": LICENCE,
        "columns": [
            {"key": column.key, "label": column.label, "meaning": column.meaning} for column in found.columns
        ],
        "rows": [
            dict(
                zip(
                    keys,
                    (format(cell, "f") if isinstance(cell, Decimal) else cell for cell in row),
                    strict=True,
                )
            )
            for row in found.rows
        ],
    }
