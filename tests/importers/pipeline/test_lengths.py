"""What is longer than its column is refused with a sentence: PostgreSQL would break off, SQLite keep it."""

import contextlib
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import models

from importers.enums import DocumentKind
from importers.services.imports import ImportRefused
from tests.factories.strategy import KpiFactory
from tests.importers.pipeline.documents import document, imported, indicator, program, programs, strategy
from tests.importers.pipeline.test_plan_actuals import actuals, yearly
from tests.importers.pipeline.test_plan_definitions import definition, definitions

pytestmark = pytest.mark.django_db
LONG = "長" * 400
REFUSED = {
    "program's bureau": lambda: programs(program(4, bureau=LONG)),
    "program's section": lambda: programs(program(4, section=LONG)),
    "strategy's section": lambda: strategy(indicator(sections=["交通課", LONG])),
    "bureau of a section": lambda: document(
        DocumentKind.SECTIONS,
        [{"section": "交通課", "bureau": LONG, "code": None, "opened": 2020, "closed": None}],
    ),
}
KEPT = {
    "program's name": lambda: programs(program(4, name=LONG)),
    "strategy's texts": lambda: strategy(indicator(LONG, node=LONG)),
    "figure's texts": lambda: actuals(
        yearly(
            target=None, actual=None, extra={"target_word": LONG, "target_text": LONG, "actual_text": LONG}
        )
    ),
    "unit": lambda: actuals(yearly(actual=Decimal(5), target=None, extra={"target_unit": LONG})),
    "definition": lambda: definitions(
        definition(
            unit=LONG, method=LONG, statistic_source=LONG, final_note=LONG, extra={"baseline_text": LONG}
        )
    ),
}


def overfull() -> list[tuple[str, str]]:
    """Return the columns that hold a longer text than they are made for."""
    return [
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField) and field.max_length
        for text in model._default_manager.values_list(field.name, flat=True)
        if text and len(text) > field.max_length
    ]


@pytest.mark.parametrize("name", REFUSED)
def test_name_that_no_column_holds_refuses_its_row(name):
    with pytest.raises(ImportRefused, match="長すぎます（80文字まで）"):
        imported(REFUSED[name]())


@pytest.mark.parametrize("name", KEPT)
def test_other_long_texts_fit_where_they_are_kept(name):
    KpiFactory(name="バス利用者数")

    with contextlib.suppress(ImportRefused):
        imported(KEPT[name]())

    assert overfull() == []
