"""The way through the product: which pages stand in the head for whom."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from organization.models import Access


@dataclass(frozen=True)
class Entry:
    """One line of the table: the words, the page, which addresses belong to it, and who may open it."""

    label: str
    url_name: str
    may_open: Callable[[Access], bool]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One link of the navigation as a page shows it."""

    label: str
    href: str
    is_current: bool


def _everybody(access: Access) -> bool:
    return True


def _planning(access: Access) -> bool:
    return access.is_planning


def _administrator(access: Access) -> bool:
    return access.is_administrator


def _central(access: Access) -> bool:
    return access.is_planning or access.is_administrator


# `also` are the beginnings of names of pages that lie behind an entry.
TABLE: tuple[Entry, ...] = (
    Entry(
        "わたしの仕事", "evaluations:task_list", _everybody, ("evaluations:kpi_sheet", "evaluations:program_")
    ),
    Entry("計画", "reports:plan_list", _everybody, ("reports:plan", "reports:node", "reports:kpi")),
    Entry("事務事業", "reports:program_list", _everybody, ("reports:program",)),
    Entry("課室", "reports:section_list", _everybody, ("reports:section", "reports:bureau")),
    Entry("照会", "evaluations:round_list", _central, ("evaluations:round",)),
    Entry("年度別の値", "evaluations:plan_figures", _planning),
    Entry("指標の定義", "strategy:kpi_definition_list", _planning, ("strategy:",)),
    Entry("取込", "importers:import_run_list", _central, ("importers:",)),
    Entry(
        "組織",
        "organization:user_list",
        _administrator,
        ("organization:user", "organization:section", "organization:bureau"),
    ),
    Entry("公表ページ", "reports:public_home", _everybody),
)


def navigation_for(request: HttpRequest) -> list[Item]:
    """Return the links a signed-in user may open; a page that is not built yet is left out."""
    user = request.user
    if not user.is_authenticated:
        return []
    here = request.resolver_match.view_name if request.resolver_match else ""
    items = []
    for entry in TABLE:
        if not entry.may_open(user.access):
            continue
        try:
            href = reverse(entry.url_name)
        except NoReverseMatch:
            continue
        items.append(
            Item(entry.label, href, here == entry.url_name or here.startswith(entry.also or ("\0",)))
        )
    return items
