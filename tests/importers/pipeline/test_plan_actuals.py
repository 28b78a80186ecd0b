"""What importing yearly targets and actuals changes, row by row."""

from datetime import date
from decimal import Decimal

import pytest

from evaluations.enums import SheetState
from evaluations.models import Actual
from history.models import Revision
from history.services import change_record
from importers.enums import DocumentKind
from importers.selectors.export_records import actual_records
from importers.services.imports import ImportRefused
from strategy.models import Kpi, Target
from tests.factories.evaluations import KpiSheetFactory, RoundFactory
from tests.factories.strategy import KpiFactory
from tests.importers.pipeline.documents import (
    by_hand,
    codes,
    document,
    imported,
    in_doubt,
    outcomes,
    planned,
    row,
)

pytestmark = pytest.mark.django_db

BASE = {"unit": "人", "baseline": {"value": Decimal(180), "fiscal_year": 2019, "status": "final"}}


@pytest.fixture
def kpi():
    """Return a KPI that has a name only."""
    return KpiFactory(code="KPI-0001", name="バス利用者数", unit="")


def yearly(kpi="バス利用者数", /, extra=None, line=1, **fields):
    """Return one KPI's figures of FY 2024."""
    given = {"fiscal_year": 2024, "target": Decimal(227), "actual": Decimal(191), "status": "final"} | fields
    return row({"kpi": kpi, **given}, line, extra={} if extra is None else extra)


def actuals(*rows):
    """Return a table of yearly figures."""
    return document(DocumentKind.ACTUALS, list(rows))


def test_actuals_new_write_target_actual_unit_and_baseline(kpi):
    applied = imported(actuals(yearly(extra=BASE), yearly(fiscal_year=2023, extra=BASE, line=2)))

    assert outcomes(applied.plan) == ["new", "new"]
    assert list(Target.objects.values_list("fiscal_year", "value", "qualifier")) == [
        (2023, Decimal(227), "exact"),
        (2024, Decimal(227), "exact"),
    ]
    actual = Actual.objects.get(fiscal_year=2024)
    assert (actual.value, actual.status, actual.edition) == (Decimal(191), "final", "final")
    kpi.refresh_from_db()
    assert (kpi.unit, kpi.baseline_value, kpi.baseline_fiscal_year) == ("人", Decimal(180), 2019)


def test_actuals_twice_equals_once(kpi):
    table = actuals(
        yearly(extra=BASE),
        yearly(fiscal_year=2023, actual=None, status="pending", extra=BASE, line=2),
        yearly(fiscal_year=2022, target=None, actual=None, status=None, extra=BASE, line=3),
    )
    imported(table)
    before = Revision.objects.count()

    again = imported(table)

    assert outcomes(again.plan) == ["same", "same", "same"]
    assert Revision.objects.count() == before


def test_actuals_export_gives_back_what_went_in(kpi):
    rows = [
        yearly(fiscal_year=2022, target=None, actual=Decimal("12.5"), status="preliminary"),
        yearly(fiscal_year=2023, actual=None, status="not_surveyed", line=2),
        yearly(fiscal_year=2024, line=3),
    ]

    imported(actuals(*rows))

    assert actual_records(demo=False) == [dict(given.fields) for given in rows]


@pytest.mark.parametrize("status", ["pending", "not_surveyed", "unknown", "not_applicable"])
def test_actuals_without_number_keep_the_reason_and_never_become_zero(kpi, status):
    imported(actuals(yearly(actual=None, status=status, extra={"actual_text": "－"})))

    actual = Actual.objects.get()
    assert (actual.value, actual.status, actual.published_text) == (None, status, "－")


def test_actuals_announced_day_is_kept(kpi):
    extra = {
        "actual_expected_on": {"year": 2026, "month": 12},
        "actual_text": "集計中（令和８年１２月公表予定）",
    }

    imported(actuals(yearly(actual=None, status="pending", extra=extra)))

    assert Actual.objects.get().expected_on == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"target_qualifier": "以上"}, ("at_least", Decimal(70), None, "")),
        ({"target_qualifier": "以下"}, ("at_most", Decimal(70), None, "")),
        ({"target_word": "増加"}, ("word", None, None, "増加")),
        ({"target_low": Decimal(60), "target_high": Decimal(80)}, ("range", Decimal(60), Decimal(80), "")),
    ],
)
def test_actuals_targets_of_all_kinds(kpi, extra, expected):
    stated = None if {"target_word", "target_low"} & set(extra) else Decimal(70)

    imported(actuals(yearly(target=stated, extra=extra)))

    target = Target.objects.get()
    assert (target.qualifier, target.value, target.upper, target.word) == expected
    assert outcomes(imported(actuals(yearly(target=stated, extra=extra))).plan) == ["same"]


def test_actuals_changed_figure_is_told_with_old_and_new(kpi):
    imported(actuals(yearly()))

    applied = imported(actuals(yearly(actual=Decimal("191.5"), status="preliminary")))

    changes = [(c.field, c.old, c.new) for c in applied.plan.rows[0].changes]
    assert changes == [("actual", Decimal(191), Decimal("191.5")), ("status", "final", "preliminary")]
    assert Actual.objects.get().version == 2


def test_actuals_of_an_unknown_kpi_propose_a_new_one():
    applied = imported(
        actuals(yearly("歩行者通行量", extra=BASE), yearly("歩行者通行量", fiscal_year=2023, line=2))
    )

    assert outcomes(applied.plan) == ["review", "review"]
    assert codes(applied.plan) == ["kpi_unknown"]
    kpi = Kpi.objects.get()
    assert (kpi.name, kpi.unit, list(kpi.unconfirmed)) == ("歩行者通行量", "人", ["name"])
    assert kpi.actuals.count() == 2


def test_actuals_of_a_nearly_equal_name_propose_that_kpi_and_mark_the_figures():
    KpiFactory(name="空き店舗への新規出店数")

    applied = imported(actuals(yearly("空き店舗への新規出店件数")))

    assert codes(applied.plan) == ["kpi_similar"]
    assert Kpi.objects.count() == 1
    assert list(Actual.objects.get().unconfirmed) == ["value"]
    assert list(Target.objects.get().unconfirmed) == ["value"]


def test_actuals_of_two_kpis_with_one_name_are_refused_unless_numbered(kpi):
    KpiFactory(code="KPI-0002", name="バス利用者数")

    plan = planned(actuals(yearly(), yearly(extra={"number": "kpi-0002"}, fiscal_year=2023, line=2)))

    assert outcomes(plan) == ["refused", "new"]
    assert "KPI-0001、KPI-0002" in plan.rows[0].refused


def test_actuals_in_another_scale_of_the_unit_are_converted(kpi):
    kpi.unit = "千円"
    kpi.save()

    applied = imported(actuals(yearly(target=None, actual=Decimal("3.148"), extra={"unit": "億円"})))

    assert codes(applied.plan) == ["unit_converted"]
    assert Actual.objects.get().value == Decimal(314800)


def test_actuals_in_a_unit_of_another_kind_are_refused(kpi):
    kpi.unit = "人"
    kpi.save()

    plan = planned(actuals(yearly(extra={"unit": "台"})))

    assert outcomes(plan) == ["refused"]
    assert "「台」" in plan.rows[0].refused


def test_actuals_too_fine_for_the_column_are_not_rounded_in_silence(kpi):
    plan = planned(actuals(yearly(actual=Decimal("0.1234567891"))))

    assert outcomes(plan) == ["refused"]
    assert "桁" in plan.rows[0].refused


def test_actuals_of_a_finalised_sheet_are_never_overwritten(kpi):
    imported(actuals(yearly()))
    KpiSheetFactory(kpi=kpi, round=RoundFactory(fiscal_year=2024), state=SheetState.FINALISED.value)

    applied = planned(actuals(yearly(actual=Decimal(500))))

    assert outcomes(applied) == ["refused"]
    assert "確定済み" in applied.rows[0].refused
    with pytest.raises(ImportRefused, match="確定済み"):
        imported(actuals(yearly(actual=Decimal(500))))
    assert outcomes(planned(actuals(yearly()))) == ["same"]


def test_actuals_number_typed_by_a_person_is_not_taken_away_by_a_word(kpi):
    imported(actuals(yearly(actual=None, status="pending")))
    change_record(Actual.objects.get(), {"value": Decimal(88), "status": "final"}, authorship=by_hand())

    applied = imported(actuals(yearly(actual=None, status="unknown")))

    assert outcomes(applied.plan) == ["review"]
    actual = Actual.objects.get()
    assert (actual.value, actual.status) == (Decimal(88), "final")
    assert list(actual.unconfirmed) == ["value"]


def test_actuals_blank_keeps_what_is_there(kpi):
    imported(actuals(yearly()))

    applied = imported(actuals(yearly(target=None, actual=None, status=None)))

    assert outcomes(applied.plan) == ["review"]
    assert Actual.objects.get().value == Decimal(191)
    assert Target.objects.get().value == Decimal(227)
    assert outcomes(imported(actuals(yearly(target=None, actual=None, status=None))).plan) == ["same"]


def test_actuals_edited_by_a_person_survive_the_same_file(kpi):
    imported(actuals(yearly()))
    change_record(Actual.objects.get(), {"value": Decimal(200)}, authorship=by_hand())

    again = imported(actuals(yearly()))

    assert outcomes(again.plan) == ["same"]
    assert codes(again.plan) == ["edited_since"]
    assert Actual.objects.get().value == Decimal(200)


def test_actuals_edited_by_a_person_and_new_in_the_document_is_told_and_marked(kpi):
    imported(actuals(yearly()))
    change_record(Actual.objects.get(), {"value": Decimal(200)}, authorship=by_hand())

    applied = imported(actuals(yearly(actual=Decimal(210))))

    assert outcomes(applied.plan) == ["changed"]
    assert codes(applied.plan) == ["overwrites_edit"]
    assert list(Actual.objects.get().unconfirmed) == ["value"]


def test_actuals_in_doubt_are_marked(kpi):
    table = actuals(row(dict(yearly().fields), **in_doubt("actual")))

    imported(table)

    assert Actual.objects.get().unconfirmed["value"]["confidence"] == "0.6"
    assert Target.objects.get().unconfirmed == {}


def test_actuals_contradicting_rows_are_refused_and_repetitions_counted_once(kpi):
    plan = planned(
        actuals(
            yearly(),
            yearly(line=2),
            yearly(fiscal_year=2023, line=3),
            yearly(fiscal_year=2023, actual=Decimal(1), line=4),
        )
    )

    assert outcomes(plan) == ["new", "same", "refused", "refused"]


def test_actuals_of_other_sections_are_refused_for_a_section(kpi):
    other = KpiFactory(name="別の課の指標")

    plan = planned(actuals(yearly(), yearly(other.name, line=2)), only_kpis=frozenset({kpi.pk}))

    assert outcomes(plan) == ["new", "refused"]


@pytest.mark.parametrize("fields", [{"fiscal_year": None}, {"fiscal_year": 31}])
def test_actuals_without_a_year_are_refused(kpi, fields):
    assert outcomes(planned(actuals(yearly(**fields)))) == ["refused"]


@pytest.mark.parametrize(
    ("name", "aggregation", "asked"),
    [
        ("起業件数（累計）", "cumulative", True),
        ("起業件数（累計）", "year_end", False),
        ("起業件数", "cumulative", False),
    ],
)
def test_total_up_to_a_year_is_not_summed_once_more_untold(name, aggregation, asked):
    KpiFactory(code="KPI-0009", name=name, unit="件", aggregation=aggregation)

    first = imported(actuals(yearly(name, target=None), yearly(name, target=None, fiscal_year=2023, line=2)))
    again = planned(actuals(yearly(name, target=None), yearly(name, target=None, fiscal_year=2023, line=2)))

    assert ["running_total" in [doubt.code for doubt in row.doubts] for row in first.plan.rows] == [asked] * 2
    assert outcomes(again) == ["same", "same"]
