"""Lists of definitions: only what the document has, through the service of the definition pages."""

import json
from decimal import Decimal

import pytest

from history.models import Revision
from history.services import change_record
from importers.enums import DocumentKind, UndoResult
from importers.models import ImportRun
from importers.services.undo import undo_run
from strategy.models import Kpi, Target
from tests.factories.evaluations import KpiSheetFactory, RoundFactory
from tests.factories.strategy import KpiFactory, TargetFactory
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
from tests.importers.pipeline.test_commands import run

pytestmark = pytest.mark.django_db

NOTHING = dict.fromkeys(
    (
        "unit", "decimals", "direction", "aggregation", "baseline", "baseline_year", "final_target",
        "target_year", "targets", "rationale", "method", "source", "final_month", "survey_interval",
        "definition",
    )
)  # fmt: skip


@pytest.fixture
def kpi():
    """Return a KPI that has a name only."""
    return KpiFactory(
        code="KPI-0001",
        name="バス利用者数",
        unit="",
        decimals=None,
        direction="",
        aggregation="",
        baseline_value=None,
        baseline_fiscal_year=None,
    )


def definition(kpi="バス利用者数", /, extra=None, **fields):
    """Return the row of one KPI's definition."""
    return row({"kpi": kpi, **NOTHING, "sections": []} | fields, extra={} if extra is None else extra)


def definitions(*rows):
    """Return a list of definitions."""
    return document(DocumentKind.DEFINITIONS, list(rows))


WHOLE = {
    "unit": "人",
    "decimals": 0,
    "direction": "up",
    "aggregation": "yearly",
    "baseline": Decimal(12000),
    "baseline_year": 2018,
    "final_target": Decimal(15000),
    "target_year": 2024,
    "targets": ["R5 14,000人", "R6 15,000人以上"],
    "rationale": "過去の推移による。",
    "method": "券売機の集計",
    "source": "運行記録",
    "final_month": "翌年度５月",
    "survey_interval": "隔年",
}


def test_definitions_of_a_bare_kpi_are_new_and_written_to_its_fields(kpi):
    given = WHOLE | {"targets": ["R5 14,000人", "R7 現状維持"]}

    applied = imported(definitions(definition(**given)))

    kpi.refresh_from_db()
    assert outcomes(applied.plan) == ["new"]
    assert (kpi.unit, kpi.decimals, kpi.direction, kpi.aggregation) == ("人", 0, "up", "yearly")
    assert (kpi.baseline_value, kpi.baseline_fiscal_year) == (Decimal(12000), 2018)
    assert (kpi.rationale, kpi.method, kpi.statistic_source, kpi.final_note, kpi.survey_interval) == (
        "過去の推移による。", "券売機の集計", "運行記録", "翌年度５月", 2,
    )  # fmt: skip
    assert list(Target.objects.order_by("fiscal_year").values_list("fiscal_year", "value", "word")) == [
        (2023, Decimal(14000), ""),
        (2024, Decimal(15000), ""),
        (2025, None, "現状維持"),
    ]


def test_definitions_twice_equal_once(kpi):
    doc = definitions(definition(**WHOLE | {"final_target": None}))
    imported(doc)
    revisions = Revision.objects.count()

    again = imported(doc)

    assert (outcomes(again.plan), again.run, Revision.objects.count()) == (["same"], None, revisions)


def test_definitions_only_what_the_document_has_is_compared(kpi):
    imported(definitions(definition(**WHOLE)))

    applied = imported(
        definitions(definition(method="人の手による集計", extra={"columns": ["kpi", "method"]}))
    )

    kpi.refresh_from_db()
    assert [(change.field, change.new) for change in applied.plan.rows[0].changes] == [
        ("method", "人の手による集計")
    ]
    assert (kpi.unit, kpi.rationale, Target.objects.count()) == ("人", "過去の推移による。", 2)


def test_definitions_blank_cell_keeps_the_value_and_tells(kpi):
    imported(definitions(definition(**WHOLE)))

    plan = planned(definitions(definition(extra={"columns": ["kpi", "unit"]})))

    assert (outcomes(plan), codes(plan)) == (["same"], ["blank_kept"])


def test_definitions_yearly_and_final_target_that_differ_are_asked(kpi):
    plan = planned(definitions(definition(**WHOLE)))

    assert outcomes(plan) == ["review"]
    assert "targets_differ" in codes(plan)


def test_definitions_written_in_doubt_are_marked(kpi):
    doubt = in_doubt("unit")

    imported(definitions(row({"kpi": kpi.name, **NOTHING, "unit": "人", "sections": []}, **doubt)))

    kpi.refresh_from_db()
    assert kpi.unit == "人"
    assert set(kpi.unconfirmed) == {"unit"}


def test_definitions_stated_by_a_document_confirm_what_was_inferred(kpi):
    change_record(
        kpi, {"direction": "down", "unconfirmed": {"direction": {"reason": "推定"}}}, authorship=by_hand()
    )

    imported(definitions(definition(direction="down")))

    kpi.refresh_from_db()
    assert (kpi.direction, kpi.unconfirmed) == ("down", {})


def test_definitions_change_of_a_person_stays_when_the_same_file_comes_again(kpi):
    imported(definitions(definition(method="券売機の集計")))
    kpi.refresh_from_db()
    change_record(kpi, {"method": "乗務員の集計"}, authorship=by_hand())

    applied = imported(definitions(definition(method="券売機の集計")))

    assert codes(applied.plan) == ["edited_since"]
    assert Kpi.objects.get().method == "乗務員の集計"


def test_definitions_unit_of_a_kpi_with_values_is_asked(kpi):
    imported(definitions(definition(**WHOLE | {"final_target": None})))

    plan = planned(definitions(definition(unit="千人")))

    assert (outcomes(plan), codes(plan)) == (["review"], ["unit_changed"])


def test_definitions_unit_spelt_otherwise_is_not_asked(kpi):
    imported(definitions(definition(**WHOLE | {"final_target": None})))

    plan = planned(definitions(definition(unit="名")))

    assert (outcomes(plan), codes(plan)) == (["changed"], [])


def test_definitions_target_in_another_unit_is_converted(kpi):
    change_record(kpi, {"unit": "人"}, authorship=by_hand())

    imported(definitions(definition(targets=["R6 1.5万人"])))

    assert Target.objects.get().value == Decimal(15000)


def test_definitions_changed_target_of_an_open_round_needs_a_reason(kpi):
    TargetFactory(kpi=kpi, fiscal_year=2024, value=Decimal(100))
    KpiSheetFactory(kpi=kpi, round=RoundFactory(fiscal_year=2024))
    doc = definitions(definition(targets=["R6 120"]))

    refused = planned(doc)
    applied = imported(doc, reason="社会情勢の変化による。")

    assert outcomes(refused) == ["refused"]
    assert "変更の理由を入力してください" in refused.rows[0].refused
    assert outcomes(applied.plan) == ["changed"]
    target = Target.objects.get()
    assert (target.value, target.change_reason) == (Decimal(120), "社会情勢の変化による。")
    assert Revision.objects.filter(record_type="strategy.target", why="社会情勢の変化による。").exists()


def test_definitions_of_an_unknown_kpi_are_refused(kpi):
    plan = planned(definitions(definition("鉄道の乗降客数", unit="人")))

    assert outcomes(plan) == ["refused"]
    assert "登録がありません" in plan.rows[0].refused


def test_definitions_final_target_without_a_year_is_told_and_left_out(kpi):
    plan = planned(definitions(definition(final_target=Decimal(5), unit="人")))

    assert codes(plan) == ["target_year_missing"]
    assert [change.field for change in plan.rows[0].changes] == ["unit"]


def test_definitions_import_is_undone_as_a_whole(kpi):
    imported(definitions(definition(**WHOLE | {"final_target": None})))

    report = undo_run(ImportRun.objects.get(), authorship=by_hand())

    kpi.refresh_from_db()
    assert report.counts[UndoResult.REVERSED] == 1
    assert (kpi.unit, kpi.baseline_value, Target.objects.count()) == ("", None, 0)


def test_import_definitions_command_reads_targets_per_year(tmp_path, kpi):
    path = tmp_path / "definitions.csv"
    path.write_text(
        "指標名,単位,方向,令和5年度目標値,令和6年度目標値,基準値（H30）,R5実績値\r\n"
        "バス利用者数,人,上向き,14000,80以上,1.2万人,13000\r\n",
        encoding="utf-8-sig",
    )

    printed = json.loads(run("import_definitions", str(path), "--apply", "--json"))

    kpi.refresh_from_db()
    assert printed["rows"][0]["fields"]["targets"] == ["R5 14000人", "R6 80人以上"]
    assert (kpi.baseline_value, kpi.baseline_fiscal_year) == (Decimal(12000), 2018)
    assert list(Target.objects.order_by("fiscal_year").values_list("fiscal_year", "value", "qualifier")) == [
        (2023, Decimal(14000), "exact"),
        (2024, Decimal(80), "at_least"),
    ]
    assert [warning["code"] for warning in printed["rows"][0]["warnings"]][:1] == ["years_not_taken"]
