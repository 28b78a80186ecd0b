"""Ready schemes go into the database and come out as they were."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from history.services import Authorship
from strategy.calculations.rating import Scheme
from strategy.calculations.ready_schemes import READY_SCHEMES
from strategy.models import RatingScheme
from strategy.selectors.schemes import scheme_of
from strategy.services.schemes import install_ready_schemes

pytestmark = pytest.mark.django_db


def authorship() -> Authorship:
    return Authorship(by=None, at=datetime(2024, 5, 1, tzinfo=UTC))


def in_order(scheme: Scheme) -> Scheme:
    return replace(scheme, cannot_judge=tuple(sorted(scheme.cannot_judge, key=lambda entry: entry.reason)))


def test_ready_schemes_come_out_of_the_database_as_they_went_in():
    install_ready_schemes(authorship=authorship())

    stored = {scheme.code: scheme_of(scheme) for scheme in RatingScheme.objects.all()}
    assert stored == {scheme.code: in_order(scheme) for scheme in READY_SCHEMES}


def test_install_ready_schemes_a_second_time_adds_nothing():
    install_ready_schemes(authorship=authorship())

    assert install_ready_schemes(authorship=authorship()) == []
    assert RatingScheme.objects.count() == len(READY_SCHEMES)
