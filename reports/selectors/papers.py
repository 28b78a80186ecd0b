"""What the papers of a publication say, and where set ones are kept."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime

from reports.calculations.published import Content, from_json
from reports.models import Publication
from reports.paper.words import report_data
from reports.selectors.publications import editions_of

# A report of more records takes longer than a reader waits: it is set behind the page.
MOST_AT_ONCE = 400


def papers_folder() -> Path:
    """Return the folder of kept papers; nothing but the papers' views reads it."""
    return Path(settings.PAPERS_ROOT)


def report_words(publication: Publication) -> dict[str, Any]:
    """Return the data of a publication's annual report."""
    return report_data(
        from_json(publication.content),
        city=settings.CITY_NAME,
        issued=issued_words(publication),
        amendment=publication.amendment,
        editions=editions_in_words(publication),
    )


def issued_words(publication: Publication) -> str:
    """Return when a publication came out."""
    return f"{_day(publication.published_at)}公表"


def editions_in_words(publication: Publication) -> list[tuple[str, str, str]]:
    """Return day, number and amendment of a publication and those before it, the newest first."""
    return [
        (_day(each.published_at), f"第{each.edition_number}版", _what_happened(each))
        for each in editions_of(publication)
        if each.edition_number <= publication.edition_number
    ]


def is_long(content: Content) -> bool:
    """Tell whether a report is better set behind the page."""
    return sum(len(plan.kpis) for plan in content.plans) + len(content.programs) > MOST_AT_ONCE


def _what_happened(publication: Publication) -> str:
    words = publication.amendment or "はじめての公表"
    if publication.withdrawn_at is None:
        return words
    return f"{words}\n{_day(publication.withdrawn_at)}に取り下げました。{publication.withdrawal}"


def _day(at: datetime) -> str:
    return date_format(localtime(at), "Y年n月j日")
