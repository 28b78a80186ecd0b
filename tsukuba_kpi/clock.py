"""The only place that reads the clock: views and commands ask here and pass the answer down."""

from datetime import date, datetime

from django.utils import timezone

from tsukuba_kpi.lib.fiscal_year import fiscal_year_of


def now() -> datetime:
    """Return the present moment, aware of its zone."""
    return timezone.now()


def today() -> date:
    """Return the present day in the city's time zone."""
    return timezone.localdate()


def current_fiscal_year() -> int:
    """Return the fiscal year of today as the year in which it began."""
    return fiscal_year_of(today())
