"""A city that is asked two KPIs, and a clerk's desk at which workbooks are taken and brought back."""

import pytest

from evaluations.enums import QuestionKind
from tests.factories.evaluations import KpiSheetFactory, RoundQuestionFactory
from tests.factories.strategy import KpiFactory
from tests.importers.round_books.desk import SECOND, Desk


@pytest.fixture
def city(world):
    """Ask 産業振興課 two KPIs, a text and a choice."""
    RoundQuestionFactory(round=world.round, key="problems", label="課題", is_required=True)
    RoundQuestionFactory(
        round=world.round, key="overall", label="総合評価", kind=QuestionKind.CHOICE.value, choices=["A", "B"]
    )
    kpi = KpiFactory(name=SECOND)
    KpiSheetFactory(round=world.round, kpi=kpi, section=world.industry)
    return world


@pytest.fixture
def desk(city, as_user, django_capture_on_commit_callbacks):
    """Return the clerk's desk: take a workbook, bring one, press a button."""
    return Desk(city, as_user(city.of_industry.clerk), django_capture_on_commit_callbacks)
