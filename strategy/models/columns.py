"""Columns and invariants that several models share."""

from typing import Any

from django.db import models
from django.db.models import F, Q


def figure(verbose_name: str, **options: Any) -> "models.DecimalField[Any, Any]":
    """Return a column for a figure: up to 18 digits before the point and 8 behind it."""
    return models.DecimalField(
        verbose_name, max_digits=26, decimal_places=8, null=True, blank=True, **options
    )


def fiscal_year(verbose_name: str, **options: Any) -> "models.PositiveSmallIntegerField[Any, Any]":
    """Return a column for a fiscal year, kept as the year in which it begins."""
    return models.PositiveSmallIntegerField(verbose_name, **options)


def years_in_order(
    name: str, first: str = "first_fiscal_year", last: str = "last_fiscal_year"
) -> models.CheckConstraint:
    """Return the invariant that a span of fiscal years does not end before it begins."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{first}__isnull": True})
        | Q(**{f"{last}__isnull": True})
        | Q(**{f"{last}__gte": F(first)}),
        violation_error_message="最後の年度は最初の年度より前にできません。",
    )
