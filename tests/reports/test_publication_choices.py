"""Before publishing: what to look at, what is kept back or shortened, what differs from the last edition."""

import json
import re
import time
from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from evaluations.models import Actual, KpiSheet
from reports.calculations.publication_changes import changes_between
from reports.calculations.publication_choices import WHOLE
from reports.calculations.publication_warnings import WarningKind, warnings_of
from reports.enums import Choice
from reports.models import Publication, PublicationChoice
from reports.selectors.publications import content_of
from reports.services import choose_publication, publish_round
from tests.factories.evaluations import ActualFactory, RoundQuestionFactory
from tests.reports.published_pages import authorship, end_round, finalise, public_pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def finished(world):
    RoundQuestionFactory(round=world.round, key="factors", label="効果発現要因", is_public=True)
    ActualFactory(kpi=world.industry_kpi, value=Decimal(191), note="年度の途中で窓口を移した")
    finalise(world.industry_sheet, answers={"factors": "山田太郎氏の協力による"})
    end_round(world.round)
    return world


def kinds_of(world, **sheet) -> set[WarningKind]:
    finalise(world.industry_sheet, **sheet)
    return {warning.kind for warning in warnings_of(content_of(world.round), names=["佐藤　花子"])}


TEXTS = {WarningKind.PERSON, WarningKind.CONTACT, WarningKind.INTERNAL}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("鈴木一郎さんの助言により改善した", WarningKind.PERSON),
        ("担当：田中", WarningKind.PERSON),
        ("佐藤花子が担当", WarningKind.PERSON),
        ("スミス氏の講演", WarningKind.PERSON),
        ("問合せは ０２９-８８３-１１１１ まで", WarningKind.CONTACT),
        ("内線2345", WarningKind.CONTACT),
        ("０９０１２３４５６７８", WarningKind.CONTACT),
        ("taro@example.lg.jp へ", WarningKind.CONTACT),
        ("※要確認", WarningKind.INTERNAL),
        ("来年度の額は未定", WarningKind.INTERNAL),
        ("内部限り", WarningKind.INTERNAL),
        ("山田課長の指示による", WarningKind.PERSON),
        ("高橋教授が監修した", WarningKind.PERSON),
        ("佐々木先生に依頼", WarningKind.PERSON),
        ("長谷川さやか氏の講演", WarningKind.PERSON),
        ("John Smith氏の講演", WarningKind.PERSON),
        ("いとうさんの提案", WarningKind.PERSON),
        ("担当者は鈴木", WarningKind.PERSON),
        ("山田部長・鈴木次長", WarningKind.PERSON),
        ("Tel:883-1111", WarningKind.CONTACT),
        ("029 883 1111", WarningKind.CONTACT),
        ("883-1111（直通）", WarningKind.CONTACT),
        ("〒305-8555", WarningKind.CONTACT),
        ("対外秘", WarningKind.INTERNAL),
        ("（要修正）", WarningKind.INTERNAL),
        ("（仮）", WarningKind.INTERNAL),
        ("あとで修正する", WarningKind.INTERNAL),
        ("【メモ】", WarningKind.INTERNAL),
        ("課長了解済み", WarningKind.INTERNAL),
        ("○○が増えた", WarningKind.INTERNAL),
        ("〇〇課", WarningKind.INTERNAL),
        ("FIXME", WarningKind.INTERNAL),
        ("ここに記入", WarningKind.INTERNAL),
        ("テスト", WarningKind.INTERNAL),
        ("http://intra/x を見る", WarningKind.INTERNAL),
        ("\\\\server\\share\\表.xlsx", WarningKind.INTERNAL),
    ],
)
def test_text_not_meant_for_everybody_is_warned_of(finished, text, kind):
    assert kinds_of(finished, answers={"factors": text}) & TEXTS == {kind}


@pytest.mark.parametrize(
    "text",
    [
        "利用者の皆様にご協力いただいた",
        "多様な担い手、仕様の見直し、模様替え",
        "市民の皆さんとお客様の声",
        "令和元年度は1,234人、前年度比 98.5％",
        "氏名の公表は行わない",
        "2019-2020年の実績 12-34-56号",
        "部長級会議と課長会議を開き、市長公室と国会議員に説明した",
        "教授会、主任技術者、係長研修、議員定数",
        "保護者の皆様、お子さん、お年寄り、患者さん、隣の市民のみなさん",
        "二〇〇五年、仮設住宅、素案の公表、秘書課、秘密、確認した",
        "テスト勉強、サンプル調査、必要な確認、重要検討事項",
        "https://www.city.tsukuba.lg.jp/ に載せた",
        "◎○△の三段階、電話相談件数 1,234件",
    ],
)
def test_harmless_text_is_not_warned_of(finished, text):
    assert kinds_of(finished, answers={"factors": text}) & TEXTS == set()


@pytest.mark.parametrize("text", ["a" * 60_000, "田" * 60_000, "0" * 60_000, "a@" * 30_000, "あ" * 60_000])
def test_long_texts_are_looked_through_in_no_time(finished, text):
    content = content_of(finished.round)
    kpi = replace(content.plans[0].kpis[0], rationale=text)
    plan = replace(content.plans[0], kpis=(kpi,))
    begun = time.perf_counter()

    warnings_of(replace(content, plans=(plan,)), names=["佐藤　花子"])

    assert time.perf_counter() - begun < 5


def test_where_less_is_better_an_easy_target_is_one_far_above_the_actual(finished):
    content = content_of(finished.round)
    kpi = replace(content.plans[0].kpis[0], direction="下向き", answers=())

    def warned(rate: str) -> bool:
        year = replace(kpi.year(2019), achievement_rate=Decimal(rate))
        plan = replace(content.plans[0], kpis=(replace(kpi, years=(year,)),))
        found = warnings_of(replace(content, plans=(plan,)))
        return WarningKind.TOO_EASY in {warning.kind for warning in found}

    assert [warned(rate) for rate in ("1.6", "1", "0.67", "0.66", "0")] == [False, False, False, True, True]


def test_gaps_and_easy_targets_are_warned_of(finished):
    content = content_of(finished.round)
    kpi = content.plans[0].kpis[0]
    year = kpi.year(2019)

    def warned(**changes) -> set[WarningKind]:
        changed = replace(kpi, years=(replace(year, **changes),), answers=())
        plan = replace(content.plans[0], kpis=(changed,))
        return {warning.kind for warning in warnings_of(replace(content, plans=(plan,)))}

    whole = {"target": Decimal(200), "achievement_rate": Decimal("0.9")}
    assert warned(**whole) == set()
    assert warned(**whole | {"target": None}) == {WarningKind.NO_TARGET}
    assert warned(**whole | {"status": "pending", "value": None}) == {WarningKind.PENDING}
    assert warned(**whole | {"status": "preliminary"}) == {WarningKind.NOT_FINAL}
    assert warned(**whole | {"status": ""}) == {WarningKind.NO_ACTUAL}
    assert warned(**whole | {"achievement_rate": Decimal("1.5")}) == set()
    assert warned(**whole | {"achievement_rate": Decimal("1.501")}) == {WarningKind.TOO_EASY}


def test_kept_back_and_shortened_texts_do_not_reach_the_public(finished, client):
    chosen = {"factors": (Choice.SUMMARY, "協力者の助言による"), "notes": (Choice.HIDDEN, "")}
    choose_publication(
        collection=finished.round,
        kpi=finished.industry_kpi,
        chosen=chosen,
        authorship=authorship(finished),
    )

    made = publish_round(collection=finished.round, authorship=authorship(finished))

    frozen = json.dumps(made.content, ensure_ascii=False)
    assert "山田" not in frozen
    assert "窓口を移した" not in frozen
    pages = public_pages(client)
    assert "（要約）協力者の助言による" in pages
    assert "山田" not in pages
    assert "191" in pages


def test_a_record_kept_back_as_a_whole_leaves_only_its_name(finished):
    content = content_of(finished.round)
    assert content.plans[0].kpis[0].is_published

    choose_publication(
        collection=finished.round,
        kpi=finished.industry_kpi,
        chosen={WHOLE: (Choice.HIDDEN, "")},
        authorship=authorship(finished),
    )

    kpi = content_of(finished.round).plans[0].kpis[0]
    assert (kpi.is_published, kpi.years, kpi.answers) == (False, (), ())


def test_choose_publication_twice_changes_nothing_and_public_takes_the_row_away(finished):
    def choose(choice: Choice) -> int:
        return choose_publication(
            collection=finished.round,
            kpi=finished.industry_kpi,
            chosen={"factors": (choice, "")},
            authorship=authorship(finished),
        )

    assert [choose(Choice.HIDDEN), choose(Choice.HIDDEN)] == [1, 0]
    assert PublicationChoice.objects.count() == 1
    assert [choose(Choice.PUBLIC), choose(Choice.PUBLIC)] == [1, 0]
    assert not PublicationChoice.objects.exists()


def test_publication_kpi_page_stores_choices_and_asks_for_the_words_of_a_summary(finished, as_user):
    client = as_user(finished.planning)
    address = reverse("reports:publication_kpi", args=[finished.round.pk, finished.industry_kpi.code])
    page = client.get(address).content.decode()
    assert "人の名前らしいことば" in page
    fields = ("factors", "rationale", "method", "notes")
    given = {"record": "public", **{f"choice-{name}": "public" for name in fields}}

    refused = client.post(address, {**given, "choice-factors": "summary"})
    stored = client.post(address, {**given, "choice-factors": "summary", "summary-factors": "短い文"})

    assert refused.status_code == 422
    assert "公表する文を書いてください" in refused.content.decode()
    assert stored.status_code == 302
    row = PublicationChoice.objects.get()
    assert (row.field, row.choice, row.summary) == ("factors", "summary", "短い文")


def test_publication_page_puts_warnings_first_and_tells_what_changed(finished, as_user):
    client = as_user(finished.planning)
    publish_round(collection=finished.round, authorship=authorship(finished))
    Actual.objects.filter(kpi=finished.industry_kpi).update(value=Decimal(195))

    page = client.get(reverse("reports:publication_create", args=[finished.round.pk])).content.decode()

    assert (
        page.index("公表する前に確かめること") < page.index("公表する内容") < page.index("公表する</button>")
    )
    assert f"{finished.industry_kpi.name}：R1の実績 191人 → 195人" in page
    assert Publication.objects.count() == 1


def test_changes_between_equal_contents_are_none(finished):
    content = content_of(finished.round)

    assert changes_between(content, content) == []


def test_publication_preview_shows_the_pictures_and_texts(finished, as_user):
    KpiSheet.objects.filter(pk=finished.industry_sheet.pk).update(planning_comment="カナリア")

    page = as_user(finished.planning).get(reverse("reports:publication_preview", args=[finished.round.pk]))

    text = page.content.decode()
    assert "山田太郎氏の協力による" in text
    assert '<svg class="chart"' in text
    assert "カナリア" not in text


def test_publication_is_refused_when_its_content_changed_after_the_look(finished, as_user):
    client = as_user(finished.planning)
    address = reverse("reports:publication_create", args=[finished.round.pk])
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', client.get(address).content.decode()).group(1)
    Actual.objects.filter(kpi=finished.industry_kpi).update(value=Decimal(195))

    answer = client.post(address, {"seen": seen})

    assert answer.status_code == 409
    assert "公表する内容が変わりました" in answer.content.decode()
    assert not Publication.objects.exists()
    again = re.search(r'name="seen" value="([0-9a-f]{64})"', answer.content.decode()).group(1)
    assert again != seen
    assert client.post(address, {"seen": again}).status_code == 302


def test_an_amendment_with_a_name_in_it_is_asked_about_first(finished, as_user):
    publish_round(collection=finished.round, authorship=authorship(finished))
    client = as_user(finished.planning)
    address = reverse("reports:publication_create", args=[finished.round.pk])
    given = {"amendment": "鈴木課長の指摘による訂正"}

    asked = client.post(address, given)

    assert asked.status_code == 409
    assert "人の名前らしいことば：鈴木課長の指摘による訂正" in asked.content.decode()
    assert Publication.objects.count() == 1
    assert client.post(address, {**given, "checked": "yes"}).status_code == 302
    assert Publication.objects.get(edition_number=2).amendment == given["amendment"]
