"""The earlier years of a section's grid: written where that year's sheet is open, else told why not."""

from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from evaluations.enums import Edition, RoundState, SheetState
from evaluations.models import Actual
from evaluations.selectors.earlier_cells import earlier_cells
from evaluations.selectors.grid import grid_of
from evaluations.selectors.sheets import actual_of
from tests.evaluations.acts import figure as entered
from tests.evaluations.acts import fresh, save
from tests.factories.evaluations import ActualFactory, FieldCommentFactory, KpiSheetFactory, RoundFactory
from tests.factories.strategy import KpiFactory

TODAY = date(2026, 5, 20)


def sheet_of(world, year, state=SheetState.RETURNED, edition=Edition.FINAL, **changes):
    """Give 産業振興課 a sheet of an earlier year, where it came back."""
    of_round = {"state": changes.pop("round_state", RoundState.CLOSED).value, "edition": edition.value}
    collection = RoundFactory(fiscal_year=year, **of_round)
    given = {"kpi": world.industry_kpi, "section": world.industry, "return_reason": "見直し", **changes}
    return KpiSheetFactory(round=collection, state=state.value, **given)


def cell_of(world, year, user=None):
    user = user or world.of_industry.clerk
    grid = grid_of(user, world.round, own_only=bool(user.access.section_ids))
    cells = earlier_cells(user, grid, today=TODAY)[world.industry_sheet.pk]
    return next(cell for cell in cells if cell.year == year)


def typing(response, **typed) -> dict:
    """Return what the page would send with some boxes typed into, the years before among them."""
    data = {}
    for line in response.context["lines"]:
        for each in (line, *(box.line for box in line.earlier if box.line)):
            pk = each.row.sheet.pk
            data[f"seen.{pk}"] = f"{each.typed.seen.sheet}.{each.typed.seen.figure}"
            data[f"figure.{pk}"] = each.typed.figure
        data[f"note.{line.row.sheet.pk}"] = line.typed.note
    return data | typed


@pytest.fixture
def address(world) -> str:
    return reverse("evaluations:round_grid", args=[world.round.pk])


@pytest.fixture
def clerk(world, as_user):
    return as_user(world.of_industry.clerk)


@pytest.mark.parametrize(
    ("state", "changes", "mark", "words"),
    [
        (SheetState.FINALISED, {}, "確定", "企画部門が訂正する"),
        (SheetState.PUBLISHED, {}, "公表", "企画部門が訂正する"),
        (SheetState.AWAITING_APPROVAL, {}, "課内承認待ち", "産業振興課の所属長の承認"),
        (SheetState.SUBMITTED, {}, "提出済", "企画部門が点検しています"),
        (SheetState.EXTERNAL, {}, "外部評価", "企画部門が点検しています"),
        (SheetState.DRAFTING, {"return_reason": ""}, "締切", "照会が締め切られた"),
        (SheetState.RETURNED, {"reopened_until": date(2026, 5, 19)}, "期限切れ", "再開の期限を過ぎました"),
    ],
)
def test_a_closed_year_says_why_and_leads_to_its_sheet(world, state, changes, mark, words):
    sheet = sheet_of(world, 2018, state, **changes)

    cell = cell_of(world, 2018)

    assert (cell.row, cell.closed.mark, cell.closed.sheet) == (None, mark, sheet)
    assert words in cell.closed.words


def test_a_year_without_a_sheet_of_the_section_says_so_and_nothing_more(world):
    """Whether another section has one is not told: it is absent for this person."""
    sheet_of(world, 2017, SheetState.DRAFTING, kpi=world.publicity_kpi, section=world.publicity)

    cell = cell_of(world, 2018)

    assert (cell.closed.mark, cell.closed.sheet) == ("シートなし", None)


@pytest.mark.parametrize(
    ("state", "round_state", "changes"),
    [
        (SheetState.RETURNED, RoundState.CLOSED, {}),
        (SheetState.DRAFTING, RoundState.CLOSED, {"reopened_until": date(2099, 1, 1)}),
        (SheetState.NOT_STARTED, RoundState.OPEN, {"return_reason": ""}),
    ],
)
def test_a_year_is_open_where_its_sheet_is(world, state, round_state, changes):
    sheet = sheet_of(world, 2018, state, round_state=round_state, **changes)

    assert cell_of(world, 2018).row.sheet == sheet
    assert cell_of(world, 2018, world.of_industry.deputy).row.sheet == sheet
    assert cell_of(world, 2018, world.planning).row is None, "planning does not enter for a section"


def test_the_cell_is_that_of_the_edition_it_shows(world):
    """Nobody writes a preliminary figure behind a final one that stands in the cell."""
    preliminary = sheet_of(world, 2018, edition=Edition.PRELIMINARY)
    assert cell_of(world, 2018).row.sheet == preliminary

    final = sheet_of(world, 2018, SheetState.SUBMITTED)
    assert cell_of(world, 2018).closed.sheet == final


def test_half_a_years_sheet_is_no_place_for_the_years_figure(world):
    half = sheet_of(world, 2018, edition=Edition.HALF)

    cell = cell_of(world, 2018)

    assert (cell.closed.mark, cell.closed.sheet) == ("照会待ち", half)


def test_an_imported_final_figure_is_not_overwritten_on_the_preliminary_sheet(world):
    sheet_of(world, 2018, edition=Edition.PRELIMINARY)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)

    assert cell_of(world, 2018).closed.mark == "照会待ち"


def test_two_kpis_that_follow_the_same_one_have_its_cell_once(world):
    before = KpiFactory(name="旧創業者数")
    sheet = sheet_of(world, 2018, kpi=before)
    world.industry_kpi.predecessor, world.industry_kpi.predecessor_fiscal_year = before, 2019
    world.industry_kpi.save()
    other = KpiFactory(predecessor=before, predecessor_fiscal_year=2019)
    KpiSheetFactory(round=world.round, kpi=other, section=world.industry)
    user = world.of_industry.clerk

    cells = earlier_cells(user, grid_of(user, world.round, own_only=True), today=TODAY)
    of_2018 = [cell for of_row in cells.values() for cell in of_row if cell.year == 2018]

    assert [cell.row and cell.row.sheet for cell in of_2018] == [sheet, None]
    assert of_2018[1].closed.mark == "別の行"


def test_an_earlier_year_is_saved_beside_the_rounds_own(world, clerk, address):
    sheet = sheet_of(world, 2018)
    ActualFactory(
        kpi=world.industry_kpi, fiscal_year=2018, value=None, status="pending", note="８月公表", version=3
    )
    opened = clerk.get(address)

    clerk.post(
        address,
        typing(opened, **{f"figure.{sheet.pk}": "１８５人", f"figure.{world.industry_sheet.pk}": "191"}),
    )

    late, own = actual_of(fresh(sheet)), actual_of(world.industry_sheet)
    assert (late.value, late.status, late.note) == (185, "final", "８月公表")
    assert fresh(sheet).state == SheetState.DRAFTING
    assert own.value == 191


def test_handing_in_leaves_other_years_to_their_own_round(world, clerk, address):
    sheet = sheet_of(world, 2018)
    typed = {f"figure.{sheet.pk}": "185", f"figure.{world.industry_sheet.pk}": "191", "do": "submit"}

    page = clerk.post(address, typing(clerk.get(address), **typed), follow=True).content.decode()

    assert fresh(sheet).state == SheetState.DRAFTING
    assert fresh(world.industry_sheet).state == SheetState.AWAITING_APPROVAL
    assert "ほかの年度の1件は保存だけしました" in page


def test_a_figure_that_names_another_year_is_refused(world, clerk, address):
    sheet = sheet_of(world, 2018)

    response = clerk.post(address, typing(clerk.get(address), **{f"figure.{sheet.pk}": "47.3人（H29）"}))

    assert response.status_code == 422
    assert "平成29年度の値と書かれていますが、この欄は平成30年度です" in unescape(response.content.decode())
    assert actual_of(fresh(sheet)) is None


def test_a_later_change_of_an_earlier_year_is_told_and_not_overwritten(world, clerk, address):
    sheet = sheet_of(world, 2018)
    opened = clerk.get(address)
    save(fresh(sheet), world.of_industry.deputy, entered(500))

    response = clerk.post(address, typing(opened, **{f"figure.{sheet.pk}": "185"}))

    assert "いまの値：500" in response.content.decode()
    assert actual_of(fresh(sheet)).value == 500


def test_closed_years_cannot_be_written_by_hand(world, clerk, address):
    locked = sheet_of(world, 2018, SheetState.FINALISED)
    foreign = sheet_of(world, 2017, kpi=world.publicity_kpi, section=world.publicity)
    names = {f"seen.{pk}": "1.0" for pk in (locked.pk, foreign.pk)}
    names |= {f"figure.{pk}": "185" for pk in (locked.pk, foreign.pk)}

    clerk.post(address, typing(clerk.get(address), **names))

    assert Actual.objects.filter(fiscal_year__in=[2017, 2018]).count() == 0


def test_the_draft_of_an_earlier_year_comes_back(world, clerk, address):
    sheet = sheet_of(world, 2018)
    clerk.post(
        reverse("evaluations:sheet_draft", args=["kpi", sheet.pk]), {"sheet_version": 1, "draft.figure": "18"}
    )

    line = clerk.get(address).context["lines"][0]

    assert line.earlier[-1].line.typed.figure == "18"


def test_an_earlier_year_is_asked_about(world, clerk, address):
    sheet = sheet_of(world, 2018)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2017, value=Decimal(190))
    typed = {f"figure.{sheet.pk}": "1900", "do": "check"}

    page = clerk.post(address, typing(clerk.get(address), **typed)).content.decode()

    assert "10倍以上ですが、桁や単位は合っていますか" in page


@pytest.mark.parametrize("count", [1, 3])
def test_open_years_ask_the_same_number_of_queries(world, clerk, assert_queries, address, count):
    of_2018 = RoundFactory(fiscal_year=2018)
    for _ in range(count):
        sheet = KpiSheetFactory(round=world.round, section=world.industry)
        earlier = KpiSheetFactory(round=of_2018, kpi=sheet.kpi, section=world.industry)
        ActualFactory(kpi=sheet.kpi, fiscal_year=2018)
        FieldCommentFactory(kpi_sheet=earlier)
    clerk.get(address)

    # two for the drafts and remarks of the open year, seven for its questions
    with assert_queries(26):
        clerk.get(address)


def test_a_block_with_years_goes_to_the_open_cells_of_each_year(world, clerk, address):
    late = sheet_of(world, 2018)
    block = "指標\tH29\t平成30年度\tR1\n創業者数\t1\t１８５人\t191\nホームページ閲覧数\t\t\t3\n"

    page = clerk.post(address, typing(clerk.get(address), block=block, do="paste"))

    line = page.context["lines"][0]
    shown = unescape(page.content.decode())
    assert (line.typed.figure, line.earlier[-1].line.typed.figure) == ("191", "１８５人")
    assert "書けない欄に当たる1個の値は使いませんでした。" in shown
    assert "どの指標の値か分からないため、使いませんでした：ホームページ閲覧数" in shown
    assert Actual.objects.count() == 0
    clerk.post(address, typing(page, do="save"))
    assert (actual_of(fresh(late)).value, actual_of(world.industry_sheet).value) == (185, 191)
