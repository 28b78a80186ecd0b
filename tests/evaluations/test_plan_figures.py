"""Planning's table of a plan's years: what is corrected, recorded, closed, told, and shown back."""

import json
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from evaluations.enums import Edition, RoundState, SheetState, Way
from evaluations.models import Actual, KpiSheet
from evaluations.selectors.plan_figures import figure_rows, years_of
from evaluations.services.workflow import ActRefused, ReasonMissing, Seen
from evaluations.services.year_figures import ASKED, SOMEBODY, YearEntry, save_year_figures
from history.models import Revision
from history.services import change_record, create_record
from organization.enums import MembershipRole
from strategy.models import Kpi
from strategy.selectors.definitions import definitions_of
from tests.evaluations.acts import by, fresh
from tests.evaluations.acts import figure as entered
from tests.factories.evaluations import ActualFactory, FieldCommentFactory, KpiSheetFactory, RoundFactory
from tests.factories.organization import member_of
from tests.factories.strategy import KpiFactory, PlacementFactory

TODAY = date(2026, 5, 20)
YEARS = (2016, 2017, 2018, 2019)


def sheet_of(world, year, state=SheetState.FINALISED, edition=Edition.FINAL, **changes):
    of_round = {"state": changes.pop("round_state", RoundState.CLOSED).value, "edition": edition.value}
    collection = RoundFactory(fiscal_year=year, **of_round)
    given = {"kpi": world.industry_kpi, "section": world.industry, **changes}
    return KpiSheetFactory(round=collection, state=state.value, **given)


def cells_of(world, user=None):
    """Return the cells of 創業者数 by year."""
    rows = figure_rows(user or world.planning, world.plan, definitions_of(world.plan), YEARS, today=TODAY)
    row = next(row for row in rows if row.kpi == world.industry_kpi)
    return {cell.year: cell for cell in row.cells}


def entry(world, year, value, *, sheet=None, version=0, **changes):
    seen = Seen(sheet=sheet.version if sheet else 0, figure=version)
    return YearEntry(
        kpi_id=world.industry_kpi.pk,
        fiscal_year=year,
        figure=entered(value, **changes),
        seen=seen,
        sheet=fresh(sheet) if sheet else None,
    )


def write(world, *entries, reason="集計の誤り", user=None):
    return save_year_figures(
        entries=entries, is_demo=False, reason=reason, authorship=by(user or world.planning)
    )


def stored(world, year, **more):
    return Actual.objects.filter(kpi=world.industry_kpi, fiscal_year=year, **more).first()


# --- who writes which year ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "way", "mark"),
    [
        (SheetState.NOT_STARTED, None, "未着手"),
        (SheetState.DRAFTING, None, "入力中"),
        (SheetState.RETURNED, None, "差戻し"),
        (SheetState.AWAITING_APPROVAL, None, "課内承認待ち"),
        (SheetState.SUBMITTED, None, "提出済"),
        (SheetState.REVIEWED, None, "点検済"),
        (SheetState.EXTERNAL, None, "外部評価"),
        (SheetState.FINALISED, Way.CORRECT, None),
        (SheetState.PUBLISHED, Way.CORRECT, None),
    ],
)
def test_a_year_that_was_asked_for_is_written_after_it_is_final_only(world, state, way, mark):
    sheet = sheet_of(world, 2018, state, round_state=RoundState.OPEN)

    cell = cells_of(world)[2018]

    assert (cell.way, cell.closed and cell.closed.mark) == (way, mark)
    assert cell.place.sheet == sheet


def test_a_year_no_round_has_asked_for_is_recorded(world):
    cells = cells_of(world)

    assert [(year, cell.way) for year, cell in cells.items()] == [
        (2016, Way.RECORD),
        (2017, Way.RECORD),
        (2018, Way.RECORD),
        (2019, None),
    ]
    assert cells[2019].closed.sheet == world.industry_sheet


@pytest.mark.parametrize("edition", [Edition.PRELIMINARY, Edition.HALF])
def test_a_year_asked_for_in_another_edition_is_not_recorded_around_the_section(world, edition):
    other = sheet_of(world, 2018, SheetState.FINALISED, edition)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)

    cell = cells_of(world)[2018]

    assert (cell.way, cell.closed.mark, cell.closed.sheet) == (None, "照会待ち", other)
    assert write(world, entry(world, 2018, 9, version=1)).refused == {cell.key: ASKED}
    assert stored(world, 2018).value == 185


@pytest.mark.parametrize("who", ["administrator", "reader", "committee"])
def test_whoever_is_not_planning_writes_no_year(world, who):
    user = getattr(world, who)
    sheet = sheet_of(world, 2018)

    assert {cell.way for cell in cells_of(world, user).values()} == {None}
    with pytest.raises(ActRefused):
        write(world, entry(world, 2017, 1), entry(world, 2018, 2, sheet=sheet), user=user)
    assert Actual.objects.count() == 0


def test_a_planner_who_is_in_the_section_does_not_enter_here(world):
    """Entry is handed in and approved: that begins in the section's own grid."""
    sheet_of(world, 2018, SheetState.RETURNED, round_state=RoundState.OPEN)
    planner = world.planning
    member = member_of(world.industry, MembershipRole.STAFF, "both")
    member.role_grants.model.objects.filter(user=planner).update(user=member)

    assert cells_of(world, member)[2018].way is None


def test_a_demonstrations_rounds_do_not_close_the_citys_years(world):
    collection = RoundFactory(fiscal_year=2018, is_demo=True)
    KpiSheetFactory(round=collection, kpi=world.industry_kpi, section=world.industry)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=7, is_demo=True)

    cell = cells_of(world)[2018]

    assert (cell.way, cell.text, cell.stands_in) == (Way.RECORD, "", True)
    write(world, entry(world, 2018, 185))
    assert stored(world, 2018, is_demo=False).value == 185
    assert stored(world, 2018, is_demo=True).value == 7


def test_years_of_the_kpi_before_are_shown_and_not_written(world):
    before = KpiFactory(name="旧創業者数")
    ActualFactory(kpi=before, fiscal_year=2017, value=33)
    world.industry_kpi.predecessor, world.industry_kpi.predecessor_fiscal_year = before, 2018
    world.industry_kpi.save()

    cells = cells_of(world)

    assert (cells[2017].way, cells[2017].closed.mark, cells[2017].shown.value) == (None, "前の指標", 33)
    assert cells[2018].way is Way.RECORD


# --- writing ----------------------------------------------------------------------------------------------


def test_a_correction_keeps_old_new_who_and_why(world):
    sheet = sheet_of(world, 2018)
    actual = ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185, note="速報から", version=2)

    written = write(world, entry(world, 2018, 191, sheet=sheet, version=2, note="速報から"))

    assert (written.corrected, written.recorded, written.refused) == (1, 0, {})
    told = Revision.objects.get(record_type="evaluations.actual", record_id=actual.pk, field="value")
    assert (told.old, told.new, told.why, told.through) == ("185", "191", "集計の誤り", "correction")
    assert (told.by, fresh(sheet).state) == (world.planning, SheetState.FINALISED)
    assert cells_of(world)[2018].is_corrected


def test_a_correction_without_a_reason_writes_nothing_at_all(world):
    sheet = sheet_of(world, 2018)

    with pytest.raises(ReasonMissing):
        write(world, entry(world, 2017, 1), entry(world, 2018, 2, sheet=sheet), reason="　\n")

    assert Actual.objects.count() == 0


def test_history_is_recorded_as_final_changed_and_taken_away(world):
    other = ActualFactory(kpi=world.industry_kpi, fiscal_year=2016, value=7)

    first = write(world, entry(world, 2017, 185), entry(world, 2018, 190), reason="")
    second = write(
        world,
        entry(world, 2018, 191, version=1),
        entry(world, 2016, None, status=None, version=1),
        entry(world, 2017, 185, version=1),
    )

    assert (first.recorded, second.recorded) == (2, 2), "what differs in nothing is not written"
    assert [stored(world, year) and stored(world, year).value for year in (2016, 2017, 2018)] == [
        None,
        185,
        191,
    ]
    assert (stored(world, 2018).edition, stored(world, 2018).status) == ("final", "final")
    made = Revision.objects.get(record_id=stored(world, 2017).pk, record_type="evaluations.actual")
    assert (made.by, made.through, made.why) == (world.planning, "browser", "照会のない年度の値を記録")
    assert Revision.objects.filter(record_id=other.pk, act="deleted").count() == 1


def test_what_somebody_else_changed_is_told_and_the_rest_is_written(world):
    sheet = sheet_of(world, 2018)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=500, version=4)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2016, value=600, version=3)

    written = write(
        world,
        entry(world, 2018, 191, sheet=sheet, version=3),
        entry(world, 2016, 1, version=2),
        entry(world, 2017, 185),
    )

    key = world.industry_kpi.pk
    assert written.refused == {(key, 2018): SOMEBODY, (key, 2016): SOMEBODY}
    assert (stored(world, 2016).value, stored(world, 2017).value, stored(world, 2018).value) == (
        600,
        185,
        500,
    )


def test_a_year_asked_for_since_is_not_recorded(world):
    sheet_of(world, 2018, SheetState.NOT_STARTED, round_state=RoundState.PREPARING)

    assert list(write(world, entry(world, 2018, 191)).refused.values()) == [ASKED]
    assert stored(world, 2018) is None


def test_a_sheet_that_was_reopened_since_is_not_corrected(world):
    sheet = sheet_of(world, 2018)
    planned = entry(world, 2018, 191, sheet=sheet)
    KpiSheet.objects.filter(pk=sheet.pk).update(state=SheetState.RETURNED.value, version=2)

    written = write(world, planned)

    assert len(written.refused) == 1
    assert stored(world, 2018) is None


@pytest.mark.parametrize("count", [1, 3])
def test_recording_asks_the_same_number_of_queries(world, assert_queries, count):
    kpis = [KpiFactory() for _ in range(count)]
    entries = [
        YearEntry(kpi_id=kpi.pk, fiscal_year=year, figure=entered(1), seen=Seen(sheet=0, figure=0))
        for kpi in kpis
        for year in (2015, 2016)
    ]
    world.planning.access

    with assert_queries(17):
        write(world, *entries)


# --- the page ---------------------------------------------------------------------------------------------


@pytest.fixture
def address(world) -> str:
    return f"{reverse('evaluations:plan_figures')}?plan={world.plan.code}&from=2016"


@pytest.fixture
def planner(world, as_user):
    return as_user(world.planning)


def sent(response, **typed) -> dict:
    """Return what the page would send, some boxes typed into: y2018="191" is 創業者数 of that year."""
    sheet = response.context["sheet"]
    data = {"rows": sheet.order, "reason": ""}
    for row in sheet.rows:
        data[row.base_name] = row.base
        data |= {box.name: box.text for box in row.cells if box.cell.way}
        if row.kpi.name == "創業者数":
            data |= {f"c.{row.kpi.pk}.{name[1:]}": text for name, text in typed.items() if name[0] == "y"}
    return data | {name: text for name, text in typed.items() if name[0] != "y" or name == "year"}


def box_of(response, year, name="創業者数"):
    row = next(row for row in response.context["sheet"].rows if row.kpi.name == name)
    return next(box for box in row.cells if box.cell.year == year)


def text_of(response) -> str:
    return unescape(response.content.decode())


def test_figures_are_read_back_and_asked_about_before_they_are_saved(world, planner, address):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2016, value=185)

    typed = sent(planner.get(address), y2017="１，９００人", y2018="約200", do="check")
    shown = planner.post(address, typed)

    assert box_of(shown, 2017).answer.startswith(
        "未保存：1,900人（確定）\n？ 平成28年度は185人、入力は1,900人です。"
    )
    assert box_of(shown, 2018).answer.startswith("未保存：200人（見込）")
    assert "まだ保存していません" in text_of(shown)
    assert stored(world, 2017) is None


def test_history_compares_with_the_year_behind_it_where_none_is_before(world, planner, address):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=190)

    shown = planner.post(address, sent(planner.get(address), y2017="19", do="check"))

    assert "平成30年度は190人、入力は19人です。10分の1以下" in box_of(shown, 2017).answer


def test_a_block_with_headings_is_laid_shown_and_saved_without_javascript(world, planner, address):
    sheet_of(world, 2018, state=SheetState.PUBLISHED)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)
    block = "指標\tH30\tH29\tR1\n創業者数\t190人\t１８１\t5\nホームページ閲覧数\t1.2万\t－\t6\n合計\t1\t2\t3"

    laid = planner.post(address, sent(planner.get(address), block=block, do="lay"))

    page = text_of(laid)
    assert "4個の値を欄に入れました" in page
    assert "書けない欄に当たる2個の値は使いませんでした。" in page
    assert "使いませんでした：合計" in page
    assert box_of(laid, 2018).answer.startswith("訂正（未保存）：190人（確定）")
    assert box_of(laid, 2018, "ホームページ閲覧数").answer.startswith("未保存：12,000")
    assert "値なし" in box_of(laid, 2017, "ホームページ閲覧数").answer
    assert Actual.objects.count() == 1

    refused = planner.post(address, sent(laid, do="save"))
    assert refused.status_code == 422
    assert "訂正の理由を書いてください" in text_of(refused)
    assert Actual.objects.count() == 1, "nothing is saved without the reason"

    saved = planner.post(address, sent(refused, do="save", reason="決算の確定"), follow=True)
    assert "1個を訂正しました。3個を記録しました。" in text_of(saved)
    assert stored(world, 2018).value == 190
    assert stored(world, 2017).value == 181


def test_a_corrections_mark_stands_where_the_value_is_shown(world, planner, address):
    sheet_of(world, 2018)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)
    planner.post(address, sent(planner.get(address), y2018="191", reason="集計の誤り"))

    table = text_of(planner.get(address))
    page = text_of(planner.get(reverse("reports:kpi_detail", args=[world.industry_kpi.code])))

    assert "訂正</span>" in table
    assert all(words in page for words in ("集計の誤り", "185", "191"))


def test_a_clash_is_told_with_the_other_figure_and_saved_when_sent_again(world, planner, address):
    opened = planner.get(address)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2017, value=500)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=600)

    first = planner.post(address, sent(opened, y2017="185"))

    assert first.status_code == 422
    assert "いまの値：500" in box_of(first, 2017).answer
    assert box_of(first, 2017).text == "185"
    assert box_of(first, 2018).text == "600", "what the person did not touch is as somebody else left it"
    assert stored(world, 2017).value == 500

    assert planner.post(address, sent(first)).status_code == 302
    assert stored(world, 2017).value == 185
    assert stored(world, 2018).value == 600


def test_a_number_that_gives_way_to_none_is_asked_about(world, planner, address):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2017, value=185)

    emptied = planner.post(address, sent(planner.get(address), y2017="", do="check"))
    missing = planner.post(address, sent(planner.get(address), y2017="調査未実施", do="check"))

    assert (
        box_of(emptied, 2017).answer
        == "未保存：値を消します\n？ いまの値185人がなくなります。よろしいですか。"
    )
    assert "いまの値185人がなくなります" in box_of(missing, 2017).answer


def test_what_cannot_be_read_is_refused_and_the_rest_saved(world, planner, address):
    response = planner.post(
        address, sent(planner.get(address), y2017="12x4", y2018="190（H29）", y2016="180")
    )

    assert response.status_code == 422
    assert [box_of(response, year).state for year in (2016, 2017, 2018)] == ["same", "refused", "refused"]
    assert "平成29年度の値と書かれています" in box_of(response, 2018).problem
    assert (stored(world, 2016).value, stored(world, 2017)) == (180, None)


def test_closed_cells_cannot_be_written_by_hand(world, planner, address):
    data = sent(planner.get(address), y2019="191", reason="理由")

    planner.post(address, data)

    assert stored(world, 2019) is None


@pytest.mark.parametrize(
    "base", ["", "{", "[1]", '{"2017": 5}', '{"x": ["", 0, 0]}', '{"2017": ["", 1e999, 0]}']
)
def test_a_tampered_base_is_no_accident(world, planner, address, base):
    data = sent(planner.get(address), y2017="185")
    data[f"b.{world.industry_kpi.pk}"] = base

    assert planner.post(address, data).status_code == 302
    assert stored(world, 2017).value == 185


def test_the_check_answers_in_the_grids_own_words(world, planner, address):
    name = f"c.{world.industry_kpi.pk}"
    check = f"{reverse('evaluations:plan_figures_check')}?plan={world.plan.code}&from=2016"

    typed = planner.post(check, {f"{name}.2017": "１９１", f"{name}.2019": "5"}).json()
    laid = planner.post(check, {"block": "1\t2\n3", "at": f"{name}.2017", "rows": ""}).json()

    assert typed["cells"] == {f"{name}.2017": {"state": "changed", "answer": "未保存：191人（確定）"}}
    other = f"c.{world.publicity_kpi.pk}"
    assert laid["texts"] == {f"{name}.2017": "1", f"{name}.2018": "2", f"{other}.2017": "3"}
    assert set(laid["cells"]) == set(laid["texts"])
    assert Actual.objects.count() == 0


def test_rows_are_filtered_by_section_and_by_node(world, planner, address):
    def names(**asked):
        query = "".join(f"&{name}={value}" for name, value in asked.items())
        return [row.kpi.name for row in planner.get(address + query).context["sheet"].rows]

    PlacementFactory(kpi=KpiFactory(name="目標の指標"), node=world.goal)

    assert names(section=world.publicity.pk) == ["ホームページ閲覧数"]
    assert names(node=world.measure.pk) == ["創業者数", "ホームページ閲覧数"]
    assert len(names(node=world.goal.pk)) == 3
    assert names(q="閲覧") == ["ホームページ閲覧数"]
    assert len(names(node="x", section="²")) == 3


def test_the_years_are_the_plans_and_those_before_with_figures(world):
    plan, ids = world.plan, [world.industry_kpi.pk]
    plan.first_fiscal_year, plan.last_fiscal_year = 2018, 2022

    assert years_of(plan, ids, first=None, today_year=2020) == (2018, 2019, 2020)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2016)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2009)
    assert years_of(plan, ids, first=None, today_year=2020)[0] == 2016
    assert years_of(plan, ids, first=2009, today_year=2030) == tuple(range(2009, 2023))
    assert years_of(plan, ids, first=2050, today_year=2020) == (2020,)
    assert len(years_of(plan, ids, first=3, today_year=2020)) == 20


def test_a_settled_years_unit_is_that_of_its_round(world, planner, address):
    """A figure of a settled year is read in the unit in which it was asked for."""
    collection = RoundFactory(fiscal_year=2018, state=RoundState.CLOSED.value)
    collection.plans.add(world.plan)
    KpiSheetFactory(
        round=collection, kpi=world.industry_kpi, section=world.industry, state=SheetState.FINALISED.value
    )
    change_record(collection, {"state": RoundState.FINALISED.value}, authorship=by(world.planning))
    later = by(world.planning, at=by(None).at.replace(month=6))
    change_record(fresh_kpi(world), {"unit": "千人"}, authorship=later)

    cells = cells_of(world)

    assert (cells[2018].kpi.unit, cells[2017].kpi.unit) == ("人", "千人")
    shown = planner.post(address, sent(planner.get(address), y2018="1200人", y2017="1200人", do="check"))
    assert box_of(shown, 2018).understood.value == 1200
    assert box_of(shown, 2017).understood.value == Decimal("1.2")
    assert "単位：人" in text_of(shown)


def fresh_kpi(world):
    return type(world.industry_kpi).objects.get(pk=world.industry_kpi.pk)


@pytest.mark.parametrize("count", [1, 3])
def test_the_table_asks_the_same_number_of_queries(world, planner, assert_queries, address, count):
    collection = RoundFactory(fiscal_year=2018)
    for number in range(count):
        kpi = KpiFactory()
        PlacementFactory(kpi=kpi, node=world.measure)
        sheet = KpiSheetFactory(round=collection, kpi=kpi, section=world.industry)
        FieldCommentFactory(kpi_sheet=sheet)
        ActualFactory(kpi=kpi, fiscal_year=2017, value=number)
    planner.get(address)

    with assert_queries(20):
        planner.get(address)


def test_nothing_but_a_dump_of_what_was_shown_is_sent_along(planner, address):
    row = planner.get(address).context["sheet"].rows[0]

    assert json.loads(row.base)["2018"] == ["", 0, 0]


def test_a_kpi_that_came_after_a_settled_round_is_in_the_table(world, planner, address):
    collection = RoundFactory(fiscal_year=2018, state=RoundState.CLOSED.value)
    KpiSheetFactory(
        round=collection, kpi=world.industry_kpi, section=world.industry, state=SheetState.FINALISED.value
    )
    change_record(collection, {"state": RoundState.FINALISED.value}, authorship=by(world.planning))
    later = by(world.planning, at=by(None).at.replace(month=6))
    kpi = create_record(Kpi(code="KPI-0777", name="新しい指標", unit="件"), authorship=later)
    PlacementFactory(kpi=kpi, node=world.measure)

    shown = planner.get(address)

    assert box_of(shown, 2018, "新しい指標").cell.way is Way.RECORD
    assert box_of(shown, 2018).cell.way is Way.CORRECT
