"""The page that explains how everything is computed: the document docs/formulas.md itself."""

from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from tsukuba_kpi.lib.plain_markdown import to_html
from tsukuba_kpi.requests import SignedInRequest

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "formulas.md"


@require_safe
def formulas(request: SignedInRequest) -> HttpResponse:
    """Show the document whose examples the tests compute."""
    text = DOCUMENT.read_text(encoding="utf-8")
    title, _, body = text.partition("\n")
    context = {"title": title.removeprefix("# ").strip(), "body": mark_safe(to_html(body))}
    return render(request, "strategy/formulas.html", context)
