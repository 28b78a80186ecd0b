"""Two people on one sheet: both texts are shown, a person chooses field by field, nothing is lost."""

import json
from collections.abc import Mapping

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from evaluations.forms.sheets import SheetForm, versions_of
from evaluations.permissions import AnySheet
from evaluations.selectors.conflicts import Box, differences
from evaluations.selectors.pages import SheetPage
from evaluations.selectors.tasks import key_of, title_of
from evaluations.services import drafts
from evaluations.views.kinds import Kind
from evaluations.views.requests import user_of
from tsukuba_kpi import clock
from tsukuba_kpi.unsent import DRAFT_OF

CONFLICT = 409
_NOT_TYPED = {"sheet_version", "figure_version", "cost_version", "base", "taken_over", "confirmed"}


def conflict_page(
    request: HttpRequest, kind: Kind, page: SheetPage, form: SheetForm, *, correction: str = ""
) -> HttpResponse:
    """Show what was typed beside what is stored by now.

    Where the sheet is with somebody else by now nothing can be saved: what was typed stays as a draft.
    `correction` is the address of a correction, to which the choice is sent with its reason.
    """
    may_save = page.may_edit or bool(correction)
    boxes = {name: _box(field) for name, field in form.fields.items() if name not in _NOT_TYPED}
    mine = {name: str(form.data.get(name, "")) for name in boxes}
    theirs = kind.values(page)
    form.is_valid()
    found = differences(boxes, base=form.base_values, mine=mine, theirs=theirs)
    differing = {each.name for each in found}
    if not may_save:
        _keep(request, page.sheet, form, {name: mine[name] for name in differing})
    context = {
        "page": page,
        "sheet": page.sheet,
        "title": title_of(page.sheet),
        "may_save": may_save,
        "action": correction or page.sheet.get_absolute_url(),
        "reason": form.data.get("reason", "") if correction else "",
        "clashes": [each for each in found if each.clashes],
        "settled": [each for each in found if not each.clashes],
        "kind": key_of(page.sheet).split("-")[0],
        "drafts_of_form": [
            each for each in request.POST.getlist(DRAFT_OF) if not each.startswith("sheet_conflict.")
        ],
        "same": {name: text for name, text in mine.items() if name not in differing},
        "versions": versions_of(page.sheet, page),
        "base": json.dumps(theirs, ensure_ascii=False),
        "taken_over": form.data.get("taken_over", ""),
        "confirmed": form.data.get("confirmed", ""),
        "is_demo": page.sheet.round.is_demo,
    }
    return render(request, "evaluations/sheet_conflict.html", context, status=CONFLICT)


def _box(field: forms.Field) -> Box:
    choices = {}
    if isinstance(field, forms.ChoiceField):
        choices = {str(value): str(label) for value, label in field.widget.choices}
    return Box(str(field.label), isinstance(field.widget, forms.Textarea), choices)


def _keep(request: HttpRequest, sheet: AnySheet, form: SheetForm, typed: Mapping[str, str]) -> None:
    # No page was opened on a version that is still to come.
    version = min(form.cleaned_data.get("sheet_version") or sheet.version, sheet.version)
    kept = {name: text for name, text in typed.items() if len(text) <= drafts.MAX_TEXT}
    drafts.keep(sheet=sheet, user=user_of(request), typed=kept, version=version, at=clock.now())


def _clashing(data: QueryDict) -> list[str]:
    return [name.removeprefix("mine.") for name in data if name.startswith("mine.")]


def merge(data: QueryDict) -> list[str]:
    """Put what was chosen on the page of a conflict into the form's fields; return what was not chosen."""
    unchosen = []
    for name in _clashing(data):
        choice = data.get(f"choose.{name}", "")
        if choice not in {"mine", "theirs", "edit"}:
            unchosen.append(name)
        else:
            data[name] = str(data.get(f"{choice}.{name}", ""))
    return unchosen


def as_typed(data: QueryDict) -> QueryDict:
    """Put what the person had typed back into the form's fields: the choice begins anew."""
    for name in _clashing(data):
        data[name] = str(data[f"mine.{name}"])
    data["base"] = ""
    return data
