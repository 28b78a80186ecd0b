"""The sheet that the pages' tests work on."""

import pytest

from evaluations.enums import QuestionKind
from tests.factories.evaluations import RoundQuestionFactory


@pytest.fixture
def sheet(world):
    RoundQuestionFactory(round=world.round, key="problems", label="課題", is_required=True)
    RoundQuestionFactory(
        round=world.round,
        key="effect",
        label="有効性",
        kind=QuestionKind.CHOICE.value,
        choices=["高", "低"],
    )
    return world.industry_sheet


@pytest.fixture
def clerk(world, as_user):
    return as_user(world.of_industry.clerk)
