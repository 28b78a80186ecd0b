"""The list behind every number: filtered as the person sees it, sorted, paged, taken away."""

import csv
import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from evaluations.enums import SheetState
from history.services import Authorship, change_record
from organization.models import SectionSuccession
from tests.factories.evaluations import ActualFactory
from tests.factories.organization import SectionFactory
from tests.factories.strategy import KpiFactory, KpiPartFactory, PlacementFactory, ResponsibilityFactory
from tests.reports.test_standings import NOW

pytestmark = pytest.mark.django_db

LIST = "reports:kpi_list"


def ask(client, **query):
    response = client.get(reverse(LIST, args=["trial"]), {"fiscal_year": 2019, **query})
    assert response.status_code == 200
    return response


def names(response):
    return [row.kpi.name for row in response.context["rows"]]


def figures(world):
    """Give the industry's KPI a good figure (its sheet is under way) and a year before with a better one."""
    ActualFactory(kpi=world.industry_kpi, value=Decimal(227))
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=Decimal(230))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"grade": "順調"}, {"創業者数"}),
        ({"grade": "none"}, {"ホームページ閲覧数"}),
        ({"reason": "no_actual"}, {"ホームページ閲覧数"}),
        ({"movement": "same"}, {"創業者数"}),
        ({"fallen": "on"}, {"創業者数"}),
        ({"direction": "down"}, set()),
        ({"direction": "up"}, {"創業者数", "ホームページ閲覧数"}),
        ({"direction": "none"}, set()),
        ({"direction": "up", "grade": "順調"}, {"創業者数"}),
        ({"q": "産業"}, {"創業者数"}),
        ({"q": "産業 ﾎｰﾑﾍﾟｰｼﾞ"}, set()),
        ({"state": "waiting", "grade": "none"}, {"ホームページ閲覧数"}),
        ({"grade": "知らない区分"}, set()),
        ({"node": "9999999"}, set()),
        ({"lacking": "on"}, set()),
    ],
)
def test_filters_keep_what_they_say(world, as_user, query, found):
    figures(world)

    response = ask(as_user(world.planning), **query)

    assert set(names(response)) == found
    assert response.context["page"].paginator.count == len(found)


def test_filters_by_section_and_bureau(world, as_user):
    client = as_user(world.planning)

    assert names(ask(client, section=world.publicity.pk)) == ["ホームページ閲覧数"]
    assert names(ask(client, bureau=world.industry.bureau_id)) == ["創業者数"]
    assert names(ask(client, section=world.publicity.pk, bureau=world.industry.bureau_id)) == []


def test_each_person_filters_what_they_see(world, as_user):
    figures(world)
    own, other, planning = world.of_industry.clerk, world.of_publicity.clerk, world.planning

    for person, graded in ((own, ["創業者数"]), (other, []), (planning, ["創業者数"]), (world.reader, [])):
        client = as_user(person)
        assert names(ask(client, grade="順調")) == graded
        assert len(names(ask(client, grade="none"))) == 2 - len(graded)
        board = client.get(reverse("reports:plan_detail", args=["trial"]), {"fiscal_year": 2019}).context[
            "board"
        ]
        assert (board.tally.graded, board.tally.ungraded) == (len(graded), 2 - len(graded))


def test_a_total_counts_for_a_section_with_its_own_part_only(world, as_user):
    """Of a total of two sections' parts under way each sees its own part, and planning sees both."""
    total = KpiFactory(name="合計")
    PlacementFactory(kpi=total, node=world.measure)
    for part, value in ((world.industry_kpi, 230), (world.publicity_kpi, 240)):
        KpiPartFactory(whole=total, part=part)
        ActualFactory(kpi=part, value=Decimal(value))

    assert "合計" not in names(ask(as_user(world.of_industry.clerk), reason="no_actual"))
    assert "合計" in names(ask(as_user(world.planning), grade="順調"))
    assert "合計" not in names(ask(as_user(world.of_industry.clerk), grade="順調"))
    assert "合計" not in names(ask(as_user(world.reader), grade="順調"))


def test_found_by_a_name_it_had_before_and_by_a_section_that_is_gone(world, as_user):
    old = SectionFactory(name="商工課")
    SectionSuccession.objects.create(
        predecessor=old, successor=world.industry, fiscal_year=2018, kind="rename"
    )
    change_record(
        world.industry_kpi, {"name": "起業した人の数"}, authorship=Authorship(by=world.planning, at=NOW)
    )
    client = as_user(world.planning)

    assert names(ask(client, q="創業者")) == ["起業した人の数"]
    assert names(ask(client, q="商工課")) == ["起業した人の数"]


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("name", "ホームページ閲覧数"),
        ("-name", "創業者数"),
        ("-progress", "創業者数"),
        ("progress", "創業者数"),
        ("x", "創業者数"),
    ],
)
def test_sorted_by_a_heading_and_blanks_stand_last(world, as_user, sort, first):
    figures(world)

    assert names(ask(as_user(world.planning), sort=sort))[0] == first


def test_list_is_paged(world, as_user):
    for number in range(60):
        PlacementFactory(kpi=KpiFactory(name=f"指標{number}"), node=world.measure)

    response = ask(as_user(world.planning), page=2)

    assert len(names(response)) == 12
    assert "62件中 51～62件" in response.content.decode()


# --- taken away ---------------------------------------------------------------------------------------------


def fetch(client, form, **query):
    return client.get(reverse("reports:kpi_list_file", args=["trial", form]), {"fiscal_year": 2019, **query})


def test_the_list_is_taken_away_as_it_is_filtered(world, as_user):
    figures(world)

    response = fetch(as_user(world.planning), "csv", grade="順調")

    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["指標名"], row["実績値"], row["評価"], row["進捗率"]) for row in rows] == [
        ("創業者数", "227", "順調", "1.000000")
    ]


def test_a_file_holds_nothing_of_another_sections_work(world, as_user):
    ActualFactory(kpi=world.industry_kpi, value=Decimal("31415"))

    assert "31415" in fetch(as_user(world.of_industry.clerk), "csv").content.decode()
    assert "31415" not in fetch(as_user(world.of_publicity.clerk), "csv").content.decode()


def test_names_in_files_are_no_formulas_and_old_excel_reads_them(world, as_user):
    change_record(
        world.industry_kpi, {"name": "=HYPERLINK(1)𠮷"}, authorship=Authorship(by=world.planning, at=NOW)
    )
    client = as_user(world.planning)

    old = fetch(client, "cp932.csv")
    book = openpyxl.load_workbook(io.BytesIO(fetch(client, "xlsx").content))

    assert "'=HYPERLINK(1)〓" in old.content.decode("cp932")
    cell = next(cell for cell in book.active["F"] if "HYPERLINK" in str(cell.value))
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert fetch(client, "exe").status_code == 404


def test_a_list_too_long_for_a_file_is_refused_with_a_reason(world, as_user, monkeypatch):
    monkeypatch.setattr("reports.views.plans.MOST_ROWS", 1)

    response = fetch(as_user(world.planning), "csv")

    assert response.status_code == 409
    assert "一度に持ち出せるのは 1件まで" in response.content.decode()


# --- programs -----------------------------------------------------------------------------------------------


def test_programs_are_not_found_by_a_state_the_person_does_not_see(world, as_user):
    type(world.industry_evaluation).objects.filter(pk=world.industry_evaluation.pk).update(
        state=SheetState.DRAFTING.value
    )
    address = reverse("reports:program_list")

    seen = as_user(world.of_industry.clerk).get(address, {"state": "drafting"}).context["page"]
    unseen = as_user(world.of_publicity.clerk).get(address, {"state": "drafting"}).context["page"]

    assert [row.name for row in seen.object_list] == ["創業支援事業"]
    assert list(unseen.object_list) == []


def test_programs_are_taken_away_without_texts_at_work(world, as_user):
    type(world.industry_program).objects.filter(pk=world.industry_program.pk).update(results="秘密の成果")
    address = reverse("reports:program_list_file", args=["csv"])

    assert "秘密の成果" in as_user(world.of_industry.clerk).get(address).content.decode()
    unseen = as_user(world.of_publicity.clerk).get(address).content.decode()
    assert "秘密の成果" not in unseen
    assert "担当課が入力中" in unseen


def test_programs_are_sorted_and_filtered_by_bureau(world, as_user):
    client = as_user(world.planning)
    address = reverse("reports:program_list")

    by_name = client.get(address, {"sort": "-name"}).context["page"].object_list
    of_bureau = client.get(address, {"bureau": world.publicity.bureau_id}).context["page"].object_list

    assert [row.name for row in by_name] == ["広報紙発行事業", "創業支援事業"]
    assert [row.name for row in of_bureau] == ["広報紙発行事業"]


@pytest.mark.parametrize(
    ("asked", "chosen", "names"),
    [
        ("", "すべて", ["創業支援事業", "広報紙発行事業"]),
        ("true", "あり", ["創業支援事業"]),
        ("false", "なし", ["広報紙発行事業"]),
    ],
)
def test_programs_are_narrowed_to_what_waits_for_a_person(world, as_user, asked, chosen, names):
    doubt = {"name": {"reason": "旧名称があります。"}}
    type(world.industry_program).objects.filter(pk=world.industry_program.pk).update(unconfirmed=doubt)

    answer = as_user(world.planning).get(reverse("reports:program_list"), {"review": asked})

    assert sorted(row.name for row in answer.context["page"].object_list) == sorted(names)
    choices = answer.content.decode().partition('name="review"')[2].partition("</select>")[0]
    assert f'{asked}" selected>{chosen}</option>' in choices
    assert choices.count("<option") == 3


# --- sections and bureaus -----------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["section", "bureau"])
def test_numbers_of_a_section_and_a_bureau_lead_to_their_lists(world, as_user, unit):
    figures(world)
    ResponsibilityFactory(kpi=world.publicity_kpi, section=world.industry)
    client = as_user(world.planning)
    pk = world.industry.pk if unit == "section" else world.industry.bureau_id

    board = client.get(reverse(f"reports:{unit}_detail", args=[pk]), {"fiscal_year": 2019}).context["boards"][
        0
    ]

    assert board.tally.total == len(names(ask(client, **{unit: pk}))) == 2
    assert board.tally.fallen == len(names(ask(client, fallen="on", **{unit: pk}))) == 1
