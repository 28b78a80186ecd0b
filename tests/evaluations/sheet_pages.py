"""Where a sheet's pages are, what they carry and what they say."""

from html import unescape

from django.urls import reverse

from evaluations.models import KpiSheet
from tests.evaluations.acts import fresh, seen


def address(sheet) -> str:
    return sheet.get_absolute_url()


def act_address(name: str, sheet) -> str:
    kind = "kpi" if isinstance(sheet, KpiSheet) else "program"
    return reverse(f"evaluations:{name}", args=[kind, sheet.pk])


def versions(sheet) -> dict:
    now = seen(fresh(sheet))
    return {"sheet_version": now.sheet, "figure_version": now.figure}


def text_of(response) -> str:
    return unescape(response.content.decode())
