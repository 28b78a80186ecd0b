"""Pages on which administrators keep sections and bureaus."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from history.selectors import revisions_for
from organization import services
from organization.forms import BureauForm, SectionForm
from organization.models import Bureau, Section
from organization.selectors import bureaus_with_sections
from organization.views.users import authorship_of, for_administrators
from tsukuba_kpi import clock
from tsukuba_kpi.lib.fiscal_year import parse_fiscal_year
from tsukuba_kpi.requests import SignedInRequest

EARLIEST = 1947  # Local Autonomy Act


@require_safe
@for_administrators
def section_list(request: SignedInRequest) -> HttpResponse:
    """List bureaus and sections of a fiscal year."""
    this_year = clock.current_fiscal_year()
    year = parse_fiscal_year(request.GET.get("year", "")) or this_year
    year = min(max(year, EARLIEST), this_year + 1)
    context = {
        "bureaus": bureaus_with_sections(year, today=clock.today()),
        "year": year,
        "years": range(this_year + 1, this_year - 10, -1),
        "this_year": this_year,
    }
    return render(request, "organization/section_list.html", context)


@require_http_methods(["GET", "POST"])
@for_administrators
def section_create(request: SignedInRequest) -> HttpResponse:
    """Create a section."""
    return _create(request, SectionForm(request.POST or None), "課室の登録")


@require_http_methods(["GET", "POST"])
@for_administrators
def bureau_create(request: SignedInRequest) -> HttpResponse:
    """Create a bureau."""
    return _create(request, BureauForm(request.POST or None), "部局の登録")


@require_http_methods(["GET", "POST"])
@for_administrators
def section_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Correct a section."""
    section = get_object_or_404(Section, pk=pk)
    return _edit(request, section, SectionForm(request.POST or None, instance=section), "課室の修正")


@require_http_methods(["GET", "POST"])
@for_administrators
def bureau_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Correct a bureau."""
    bureau = get_object_or_404(Bureau, pk=pk)
    return _edit(request, bureau, BureauForm(request.POST or None, instance=bureau), "部局の修正")


def _create(request: SignedInRequest, form: SectionForm | BureauForm, title: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        services.create_unit(form.save(commit=False), authorship=authorship_of(request))
        messages.success(request, "登録しました。")
        return redirect("organization:section_list")
    return render(request, "organization/unit_form.html", {"form": form, "title": title})


def _edit(
    request: SignedInRequest, unit: Section | Bureau, form: SectionForm | BureauForm, title: str
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        changed = services.change_unit(unit, form.cleaned_data, authorship=authorship_of(request))
        messages.success(request, "保存しました。" if changed else "変更はありませんでした。")
        return redirect("organization:section_list")
    context = {"form": form, "title": title, "unit": unit, "history": revisions_for([unit])}
    return render(request, "organization/unit_form.html", context)
