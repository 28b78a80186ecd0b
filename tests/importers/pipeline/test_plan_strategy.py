"""What importing a strategy list changes, row by row."""

import pytest
from django.db import DatabaseError, connection

from history.models import Revision
from history.services import change_record, create_record, delete_record
from importers.models import ImportRun
from importers.selectors.export_records import find_plan, strategy_records
from importers.services.undo import undo_run
from organization.models import Section
from strategy.models import Kpi, KpiPart, Placement, Plan, PlanNode, Responsibility
from tests.importers.pipeline.documents import (
    by_hand,
    codes,
    grant,
    imported,
    in_doubt,
    indicator,
    outcomes,
    planned,
    row,
    strategy,
    truth,
)

pytestmark = pytest.mark.django_db


def placed():
    """Return (node, project, KPI) of every place, in order."""
    return [
        (p.node.parent.name if p.node.level == "project" else p.node.name, p.kpi.name)
        for p in Placement.objects.select_related("node__parent", "kpi")
    ]


def test_strategy_new_builds_the_tree_from_the_codes():
    imported(strategy(indicator("利用者数")))

    nodes = PlanNode.objects.order_by("ascii_code").values_list(
        "level", "code", "ascii_code", "name", "parent__ascii_code"
    )
    assert list(nodes) == [
        ("goal", "Ⅰ", "1", "", None),
        ("policy", "Ⅰ-１", "1-1", "", "1"),
        ("measure", "Ⅰ-１-（１）", "1-1-1", "移動しやすいまち", "1-1"),
    ]
    kpi = Kpi.objects.get()
    assert (kpi.code, kpi.name, kpi.direction, kpi.unit) == ("KPI-0001", "利用者数", "", "")
    assert Responsibility.objects.get().section.name == "交通課"


def test_strategy_twice_equals_once():
    document = strategy(
        indicator("利用者数"),
        row(grant("参加者数", sections=["企画課（取りまとめ担当）"]), 2, **in_doubt("node")),
    )
    imported(document)
    before = Revision.objects.count()

    again = imported(document)

    assert outcomes(again.plan) == ["same", "same"]
    assert again.run is None
    assert Revision.objects.count() == before


def test_strategy_truth_of_the_sample_comes_out_as_it_went_in():
    records = truth("strategy.json")

    applied = imported(strategy(*records))

    assert set(outcomes(applied.plan)) == {"new"}
    assert strategy_records(find_plan(None, demo=False)) == records
    assert set(outcomes(imported(strategy(*records)).plan)) == {"same"}


def test_strategy_one_kpi_at_two_places_is_one_kpi():
    goal = indicator("バス利用者数", kind="goal", policy=None, measure=None, node="便利なまち")

    applied = imported(strategy(goal, indicator("バス 利用者数")))

    kpi = Kpi.objects.get()
    assert kpi.name == "バス利用者数"
    assert list(kpi.placements.values_list("node__level", "printed_name")) == [
        ("goal", ""),
        ("measure", "バス 利用者数"),
    ]
    assert "same_kpi" in codes(applied.plan)
    assert Responsibility.objects.count() == 1


def test_strategy_one_name_with_other_sections_asks_and_keeps_both_sections():
    goal = indicator("参加者数", kind="goal", policy=None, measure=None, sections=["企画課"])

    applied = imported(strategy(goal, indicator("参加者数", sections=["交通課"])))

    assert outcomes(applied.plan) == ["review", "review"]
    assert [record["sections"] for record in strategy_records(Plan.objects.get())] == [["企画課"], ["交通課"]]


def test_strategy_project_without_kpi_is_kept_with_its_section():
    rows = [
        grant("参加者数"),
        grant(None, project="市場開催事業", sections=["産業課"]),
        grant("出店数", project="マルシェ事業"),
    ]

    imported(strategy(*rows))

    assert strategy_records(Plan.objects.get()) == rows
    assert PlanNode.objects.get(name="市場開催事業").responsibilities.get().section.name == "産業課"


def test_strategy_role_in_brackets_is_no_part_of_the_section():
    imported(strategy(grant("参加者数", sections=["企画課（取りまとめ担当）", "交通課"])))

    found = Responsibility.objects.values_list("section__name", "role", "role_note")
    assert list(found) == [("企画課", "coordinator", "取りまとめ担当"), ("交通課", "lead", "")]
    assert sorted(Section.objects.values_list("name", flat=True)) == ["交通課", "企画課"]


def test_strategy_inferred_label_is_marked_at_its_place():
    doubt = in_doubt("node", alternatives=({"node": "別の事業"},))

    imported(strategy(row(grant("参加者数"), **doubt), row(grant(None, project="市場開催事業"), 2, **doubt)))

    mark = {"confidence": "0.6", "reason": "確認してください。", "alternatives": ["別の事業"]}
    assert Placement.objects.get().unconfirmed == {"node": mark}
    assert PlanNode.objects.get(level="project").unconfirmed == {"parent": mark}


def test_strategy_stated_label_moves_what_was_inferred_and_takes_the_mark():
    imported(
        strategy(row(grant("参加者数", node="交流事業"), **in_doubt("node")), grant("件数", node="別の事業"))
    )

    applied = imported(strategy(grant("参加者数", node="別の事業"), grant("件数", node="別の事業")))

    assert outcomes(applied.plan) == ["changed", "same"]
    (change,) = applied.plan.rows[0].changes
    assert (change.field, change.old, change.new) == ("node", "交流事業", "別の事業")
    assert placed() == [("別の事業", "参加者数"), ("別の事業", "件数")]
    assert Placement.objects.get(kpi__name="参加者数").unconfirmed == {}


def test_strategy_label_chosen_by_a_person_survives_the_same_file():
    document = strategy(
        row(grant("参加者数", node="交流事業"), **in_doubt("node")), grant("件数", node="別の事業")
    )
    imported(document)
    placement = Placement.objects.get(kpi__name="参加者数")
    other = PlanNode.objects.get(name="別の事業")
    change_record(placement, {"node": other, "unconfirmed": {}}, authorship=by_hand())

    again = imported(document)

    assert outcomes(again.plan) == ["same", "same"]
    assert "edited_since" in codes(again.plan)
    assert Placement.objects.get(kpi__name="参加者数").node == other


def test_strategy_node_renamed_under_its_code():
    imported(strategy(indicator("利用者数")))

    applied = imported(strategy(indicator("利用者数", node="歩きやすいまち")))

    assert outcomes(applied.plan) == ["changed"]
    assert PlanNode.objects.get(ascii_code="1-1-1").name == "歩きやすいまち"


def test_strategy_two_names_under_one_code_ask():
    plan = planned(strategy(indicator("利用者数"), indicator("満足度", node="歩きやすいまち")))

    assert outcomes(plan) == ["new", "review"]
    assert "node_name_differs" in codes(plan, 1)


def test_strategy_corrected_name_of_a_kpi_is_a_rename_to_confirm():
    imported(strategy(indicator("公共交通機関の年間利用者数")))

    applied = imported(strategy(indicator("公共交通機関の年間延べ利用者数")))

    assert outcomes(applied.plan) == ["review"]
    assert "kpi_renamed" in codes(applied.plan)
    assert Kpi.objects.get().name == "公共交通機関の年間延べ利用者数"


def test_strategy_names_with_other_numbers_are_other_kpis():
    imported(strategy(indicator("１歳児の保育所待機児童数")))

    applied = imported(strategy(indicator("３歳児の保育所待機児童数")))

    assert outcomes(applied.plan) == ["new"]
    assert Kpi.objects.count() == 2
    assert [note.code for note in applied.plan.notes] == ["not_in_document"]


def test_strategy_kpi_of_another_plan_is_proposed_as_the_same():
    imported(strategy(indicator("出生数")), plan_name="第１期（R2～R6）")

    applied = imported(strategy(indicator("出生数")), plan_name="第２期（R7～R11）")

    assert outcomes(applied.plan) == ["review"]
    assert codes(applied.plan) == ["kpi_in_other_plan"]
    assert Kpi.objects.get().placements.count() == 2
    assert Responsibility.objects.count() == 1
    assert list(Plan.objects.order_by("pk").values_list("first_fiscal_year", "last_fiscal_year")) == [
        (2020, 2024),
        (2025, 2029),
    ]


def test_strategy_years_named_in_kpis_are_inferred_and_marked():
    imported(strategy(indicator("平成27年度から平成31年度までの新規創業数"), indicator("利用者数")))

    plan = Plan.objects.get()
    assert (plan.first_fiscal_year, plan.last_fiscal_year) == (2015, 2019)
    assert set(plan.unconfirmed) == {"first_fiscal_year", "last_fiscal_year"}


def test_strategy_without_years_leaves_them_empty():
    imported(strategy(indicator("利用者数")))

    plan = Plan.objects.get()
    assert (plan.name, plan.first_fiscal_year, plan.unconfirmed) == ("list", None, {})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("総合戦略（平成27～31年度）", "plan-2015-2019"),
        ("第２期戦略 R7", "plan"),
        ("Mirai Plan 2030", "mirai-plan-2030"),
    ],
)
def test_strategy_plan_has_a_code_that_people_can_read(name, code):
    imported(strategy(indicator("利用者数")), plan_name=name)

    assert Plan.objects.get().code == code


def test_strategy_of_another_file_name_finds_the_plan_by_its_kpis():
    imported(strategy(indicator("利用者数"), indicator("満足度")), plan_name="総合戦略")

    applied = imported(strategy(indicator("利用者数"), indicator("満足度"), file="other.xlsx"))

    assert outcomes(applied.plan) == ["same", "same"]
    assert Plan.objects.count() == 1


def test_strategy_sections_changed_in_the_document():
    imported(strategy(indicator("利用者数")))

    applied = imported(strategy(indicator("利用者数", sections=["都市交通課", "企画課"])))

    (change,) = applied.plan.rows[0].changes
    assert (change.old, change.new) == (["交通課"], ["都市交通課", "企画課"])
    assert list(Responsibility.objects.values_list("section__name", "role")) == [
        ("都市交通課", "lead"),
        ("企画課", "co"),
    ]


def test_strategy_sections_changed_by_a_person_survive_the_same_file():
    document = strategy(indicator("利用者数"), indicator("満足度", sections=["企画課"]))
    imported(document)
    old = Responsibility.objects.get(section__name="交通課")
    delete_record(old, authorship=by_hand())
    section = Section.objects.get(name="企画課")
    kpi = Kpi.objects.get(name="利用者数")
    create_record(Responsibility(kpi=kpi, section=section), authorship=by_hand())

    again = imported(document)

    assert outcomes(again.plan) == ["same", "same"]
    assert codes(again.plan) == ["edited_since"]
    assert list(kpi.responsibilities.values_list("section__name", flat=True)) == ["企画課"]


def test_strategy_blank_sections_never_erase():
    imported(strategy(indicator("利用者数")))

    applied = imported(strategy(indicator("利用者数", sections=[])))

    assert outcomes(applied.plan) == ["review"]
    assert Responsibility.objects.get().section.name == "交通課"
    assert outcomes(imported(strategy(indicator("利用者数", sections=[]))).plan) == ["same"]


def test_strategy_repeated_row_counts_once_and_contradicting_rows_are_refused():
    plan = planned(
        strategy(
            indicator("利用者数"),
            indicator("利用者数"),
            indicator("満足度"),
            indicator("満足度", sections=["企画課"]),
        )
    )

    assert outcomes(plan) == ["new", "same", "refused", "refused"]
    assert "3件目（3行目）と4件目（4行目）" in plan.rows[2].refused


@pytest.mark.parametrize(
    "fields",
    [
        {"goal": "甲"},
        {"policy": 0},
        {"policy": None},
        {"kpi": None, "node": None},
    ],
)
def test_strategy_row_without_a_readable_place_is_refused(fields):
    plan = planned(strategy(indicator("満足度"), indicator("利用者数") | fields))

    assert outcomes(plan) == ["new", "refused"]
    assert plan.rows[1].refused


def test_strategy_part_of_the_plan_goes_behind_the_rest():
    imported(strategy(indicator("利用者数"), indicator("満足度")))

    imported(strategy(indicator("便数")))

    assert [name for _, name in placed()] == ["利用者数", "満足度", "便数"]


def test_strategy_new_row_in_the_middle_takes_its_place():
    imported(strategy(indicator("利用者数"), indicator("満足度")))

    applied = imported(strategy(indicator("利用者数"), indicator("便数"), indicator("満足度")))

    assert outcomes(applied.plan) == ["same", "new", "same"]
    assert [name for _, name in placed()] == ["利用者数", "便数", "満足度"]


def test_strategy_failure_leaves_nothing_behind(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    def write_until_the_places(execute, sql, params, many, context):
        takes_ids = "nextval" in sql or "sqlite_sequence" in sql
        if takes_ids and Placement._meta.db_table in f"{sql} {params}":
            raise DatabaseError("disk full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(write_until_the_places), pytest.raises(DatabaseError, match="disk full"):
        imported(strategy(indicator("利用者数")))

    left = [model.objects.count() for model in (Plan, PlanNode, Kpi, Section, ImportRun, Revision)]
    assert left == [0, 0, 0, 0, 0, 0]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


# --- what names tell about arithmetic ----------------------------------------------------------------------


def test_strategy_total_knows_its_parts_and_waits_for_a_person():
    total = indicator("就職者数の増加", sections=["産業課", "農業課"])
    first = indicator("就職者数の増加（創業支援）", sections=["産業課"])
    second = indicator("就職者数の増加（新規就農者）", sections=["農業課"])

    applied = imported(strategy(total, first, second))

    assert outcomes(applied.plan) == ["new", "new", "new"]
    assert "total_and_parts" in codes(applied.plan, 1)
    parts = KpiPart.objects.values_list("whole__name", "part__name", "kind")
    assert list(parts) == [
        ("就職者数の増加", "就職者数の増加（創業支援）", "addend"),
        ("就職者数の増加", "就職者数の増加（新規就農者）", "addend"),
    ]
    assert all(part.unconfirmed["part"]["reason"] for part in KpiPart.objects.all())


def test_strategy_sum_and_falling_kpi_are_proposed_and_marked():
    imported(strategy(indicator("平成27年度から平成31年度までの新規創業数"), indicator("待機児童数")))

    summed, falling = Kpi.objects.order_by("code")
    assert (summed.aggregation, summed.window_first_fiscal_year, summed.window_last_fiscal_year) == (
        "cumulative",
        2015,
        2019,
    )
    assert list(summed.unconfirmed) == ["aggregation"]
    assert (falling.direction, list(falling.unconfirmed)) == ("down", ["direction"])


def test_strategy_proposal_that_a_person_declined_does_not_come_again():
    document = strategy(
        indicator("就職者数の増加"),
        indicator("就職者数の増加（創業支援）"),
        indicator("就職者数の増加（新規就農者）"),
        indicator("待機児童数"),
    )
    imported(document)
    for part in KpiPart.objects.all():
        delete_record(part, authorship=by_hand())
    kpi = Kpi.objects.get(name="待機児童数")
    change_record(kpi, {"direction": "", "unconfirmed": {}}, authorship=by_hand())

    again = imported(document)

    assert outcomes(again.plan) == ["same"] * 4
    assert KpiPart.objects.count() == 0
    assert Kpi.objects.get(pk=kpi.pk).direction == ""


def test_strategy_with_proposals_can_be_undone():
    run = imported(
        strategy(indicator("就職者数"), indicator("就職者数（創業）"), indicator("就職者数（就農）"))
    ).run

    undo_run(run, authorship=by_hand())

    assert (KpiPart.objects.count(), Kpi.objects.count(), Plan.objects.count()) == (0, 0, 0)
