"""What the committee said of a measure is published by the same choices as every other text."""

import io

import openpyxl
import pypdf
import pytest
from django.urls import reverse

from evaluations.models import Actual, KpiSheet, MeasureOpinion
from reports.calculations.publication_changes import changes_between
from reports.calculations.publication_warnings import warnings_of
from reports.enums import Choice
from reports.models import PublicationChoice
from reports.selectors.publications import content_of
from reports.services import choose_publication, publish_round
from tests.factories.evaluations import ActualFactory
from tests.reports.published_pages import authorship, end_round, finalise, public_pages, words_of

pytestmark = pytest.mark.django_db
OPINION = "相談の受付を夜間にも広げてほしい。"
REPLY = "来年度に試行する。"


@pytest.fixture
def opined(world):
    ActualFactory(kpi=world.industry_kpi, value=191)
    finalise(world.industry_sheet)
    MeasureOpinion.objects.create(
        round=world.round, node=world.measure, opinion=OPINION, reply=REPLY, version=1
    )
    end_round(world.round)
    return world


def choose(world, **chosen) -> int:
    return choose_publication(
        collection=world.round, node=world.measure, chosen=chosen, authorship=authorship(world)
    )


def squeezed(text: str) -> str:
    return text.replace("\n", "").replace(" ", "")


def test_opinions_stand_on_the_measures_page_and_in_every_paper(opined, client):
    made = publish_round(collection=opined.round, authorship=authorship(opined))
    measure = opined.measure.ascii_code

    def said(name: str, *args) -> str:
        return squeezed(words_of(client.get(reverse(f"reports:{name}", args=args))))

    assert OPINION in said("public_node", "trial", 2019, measure)
    assert OPINION in said("public_report", made.pk)
    assert OPINION in said("public_report_book", made.pk)
    assert REPLY in said("public_node_paper", made.pk, "trial", opined.goal.ascii_code)
    rows = client.get(reverse("reports:public_data_file", args=[made.pk, "plan_opinions", "json"])).json()[
        "rows"
    ]
    assert [(row["node_code"], row["text_code"], row["text"]) for row in rows] == [
        (measure, "opinion", OPINION),
        (measure, "reply", REPLY),
    ]


def test_opinions_are_kept_back_or_shortened_by_choice(opined, client):
    choose(opined, opinion=(Choice.SUMMARY, "受付時間への要望があった。"), reply=(Choice.HIDDEN, ""))

    publish_round(collection=opined.round, authorship=authorship(opined))

    text = squeezed(public_pages(client))
    assert "（要約）受付時間への要望があった。" in text
    assert OPINION not in text
    assert REPLY not in text


def test_an_opinion_on_a_measure_without_a_finished_sheet_waits(opined):
    MeasureOpinion.objects.filter(node=opined.measure).update(node=opined.goal)
    KpiSheet.objects.filter(pk=opined.industry_sheet.pk).update(state="reviewed")

    found = content_of(opined.round)

    assert [node.answers for node in found.plans[0].all_nodes()] == [(), (), ()]


def test_publication_node_page_stores_the_choice_and_names_the_warning(opined, as_user):
    MeasureOpinion.objects.update(opinion="鈴木一郎さんの説明は分かりやすかった。")
    client = as_user(opined.planning)
    overview = client.get(reverse("reports:publication_create", args=[opined.round.pk])).content.decode()
    address = reverse("reports:publication_node", args=[opined.round.pk, "trial", opined.measure.ascii_code])
    assert f'href="{address}"' in overview
    given = {
        "choice-opinion": "summary",
        "summary-opinion": "説明は分かりやすかった。",
        "choice-reply": "public",
    }

    assert "人の名前らしいことば" in client.get(address).content.decode()
    assert client.post(address, given).status_code == 302

    row = PublicationChoice.objects.get()
    assert (row.node, row.field, row.choice) == (opined.measure, "opinion", "summary")
    assert [w for w in warnings_of(content_of(opined.round)) if w.node_key] == []


def test_texts_of_plan_and_measures_are_looked_through(opined):
    opined.plan.summary = "※要確認　概要"
    opined.plan.save()
    opined.goal.description = "担当：田中"
    opined.goal.save()

    found = warnings_of(content_of(opined.round))

    assert {(w.kind.value, w.node_key) for w in found if w.kind.value in ("person", "internal")} == {
        ("internal", None),
        ("person", ("trial", opined.goal.ascii_code)),
    }


def test_a_changed_opinion_is_told_among_the_changes(opined):
    before = content_of(opined.round)
    MeasureOpinion.objects.update(reply="撤回した。")

    assert changes_between(before, content_of(opined.round)) == [
        "Ⅰ-１-（１） 創業の支援：外部評価の意見と回答"
    ]


def test_no_change_of_a_publication_is_called_the_same(opined):
    before = content_of(opined.round)
    kpi = opined.industry_kpi
    kpi.rationale = "別の根拠"
    kpi.save()
    assert changes_between(before, content_of(opined.round)) == ["創業者数：設定根拠 なし → 別の根拠"]

    kpi.rationale, kpi.decimals = "", 3
    kpi.save()
    assert changes_between(before, content_of(opined.round)) != []


def test_a_kpi_kept_back_leaves_its_name_and_nothing_else(opined, client):
    kpi = opined.industry_kpi
    kpi.unit, kpi.rationale, kpi.statistic_source = "カナリア人", "カナリア根拠", "カナリア出典"
    kpi.baseline_value, kpi.baseline_text = 31415, "カナリア表記"
    kpi.save()
    choose_publication(
        collection=opined.round,
        kpi=kpi,
        chosen={"": (Choice.HIDDEN, "")},
        authorship=authorship(opined),
    )
    MeasureOpinion.objects.all().delete()
    Actual.objects.filter(kpi=kpi).update(value=161_803)
    finalise(opined.publicity_sheet)
    ActualFactory(kpi=opined.publicity_kpi, value=5)

    made = publish_round(collection=opined.round, authorship=authorship(opined))

    text = squeezed(public_pages(client)) + str(made.content)
    api = client.get(reverse("reports:api_kpi", args=[kpi.code])).content.decode()
    assert kpi.name in text
    assert [word for word in ("カナリア", "31415", "31,415", "161803", "161,803") if word in text + api] == []


def test_texts_of_a_kpi_without_a_finished_sheet_are_not_published(opined):
    kpi = opined.publicity_kpi
    kpi.rationale, kpi.method = "誰も読み返していない根拠", "同じく計算方法"
    kpi.save()

    found = content_of(opined.round).plans[0].kpi(kpi.code)

    assert found is not None
    assert (found.is_published, found.rationale, found.method) == (False, "", "")


def test_report_and_book_of_opinions_hold_no_formula(opined, client):
    MeasureOpinion.objects.update(opinion="=cmd|' /C calc'!A0")
    made = publish_round(collection=opined.round, authorship=authorship(opined))

    book = openpyxl.load_workbook(
        io.BytesIO(client.get(reverse("reports:public_report_book", args=[made.pk])).content)
    )
    report = client.get(reverse("reports:public_report", args=[made.pk]))

    assert "=cmd|' /C calc'!A0" in [cell.value for cell in book["施策への意見"]["E"]]
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert pypdf.PdfReader(io.BytesIO(report.content)).metadata.title == "試験戦略　年次報告書"
