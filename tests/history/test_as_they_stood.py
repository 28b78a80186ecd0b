"""Records as they once stood: rewound from the history, on copies."""

from datetime import UTC, datetime, timedelta

import pytest

from history.enums import Through
from history.selectors import as_they_stood
from history.services import Authorship, change_record, create_record, delete_record
from strategy.models import Target
from tests.factories.strategy import KpiFactory, TargetFactory

pytestmark = pytest.mark.django_db
THEN = datetime(2026, 9, 1, tzinfo=UTC)


def on_day(day: int, through: Through = Through.BROWSER) -> Authorship:
    return Authorship(by=None, at=THEN + timedelta(days=day), through=through)


def stood(gone=None) -> list[tuple[int, int]]:
    """Return years and values of the targets as they stood."""
    found = as_they_stood(Target, Target.objects.order_by("fiscal_year"), THEN, gone=gone)
    return [(target.fiscal_year, int(target.value)) for target in found]


def test_fields_are_rewound_to_before_the_first_later_change():
    target = TargetFactory(fiscal_year=2019, value=100)
    change_record(target, {"value": 200}, authorship=on_day(-1))
    change_record(target, {"value": 300}, authorship=on_day(1))
    change_record(target, {"value": 400}, authorship=on_day(2))

    assert stood() == [(2019, 200)]
    target.refresh_from_db()
    assert target.value == 400


def test_what_was_made_later_is_left_out():
    kpi = KpiFactory()
    create_record(Target(kpi=kpi, fiscal_year=2018, value=1), authorship=on_day(-1))
    create_record(Target(kpi=kpi, fiscal_year=2019, value=2), authorship=on_day(1))

    assert stood() == [(2018, 1)]


def test_what_has_gone_comes_back_as_it_stood_where_it_is_wanted():
    mine, other = TargetFactory(fiscal_year=2018, value=5), TargetFactory(fiscal_year=2017, value=9)
    change_record(mine, {"value": 6}, authorship=on_day(1))
    for target in (mine, other):
        delete_record(Target.objects.get(pk=target.pk), authorship=on_day(2))

    assert stood() == []
    assert stood(gone=lambda target: target.kpi_id == mine.kpi_id) == [(2018, 5)]


def test_what_came_and_went_later_stays_away():
    kpi = KpiFactory()
    passing = create_record(Target(kpi=kpi, fiscal_year=2018, value=1), authorship=on_day(1))
    delete_record(passing, authorship=on_day(2))

    assert stood(gone=lambda target: True) == []


def test_a_correction_is_not_rewound():
    target = TargetFactory(value=100)
    change_record(target, {"value": 101}, authorship=on_day(1, Through.CORRECTION))

    assert stood() == [(2019, 101)]
