"""Proposals join programs and the plan by telling words; what planning decides about them stays."""

import pytest
from django.urls import reverse

from programs.calculations import Side, propose_links
from programs.enums import LinkState
from programs.models import Program, ProgramLink
from programs.selectors import link_page
from programs.services import decide_link
from strategy.models import Kpi
from tests.factories.programs import ProgramLinkFactory, ProgramSheetFactory
from tests.reports.published_pages import authorship

OTHERS = tuple(
    Side(number, (f"{name}の推進",))
    for number, name in enumerate(("観光", "農業", "消防", "教育", "道路", "下水", "図書", "税務"), start=100)
)


def proposed(program: Side, *targets: Side) -> list[tuple[int, str]]:
    return [(found.target_id, found.reason) for found in propose_links([program], [*targets, *OTHERS])]


@pytest.mark.parametrize(
    ("program", "target", "reason"),
    [
        ("男女共同参画会議開催事業", "男女共同参画社会の推進", "「男女共同参画」が共通している"),
        ("シティプロモーション事業", "シティプロモーションの推進", "「シティプロモーション」が共通している"),
        ("ｼﾃｨﾌﾟﾛﾓｰｼｮﾝ事業", "シティプロモーションの推進", "「シティプロモーション」が共通している"),
    ],
)
def test_a_rare_word_in_both_names_makes_a_proposal_with_its_reason(program, target, reason):
    assert proposed(Side(1, (program,)), Side(2, (target,))) == [(2, reason)]


@pytest.mark.parametrize(
    ("program", "target"),
    [
        ("多文化共生推進事業", "近未来技術社会実装推進事業"),
        ("ダイバーシティ推進事業", "シティプロモーションの推進"),
        ("ロケーション撮影受入事業", "送迎保育ステーションの登録児童数"),
        ("危機管理体制整備事業", "教育現場の支援体制整備"),
        ("弔慰・慶祝事務", ""),
    ],
)
def test_words_of_all_programs_and_pieces_of_katakana_make_none(program, target):
    assert proposed(Side(1, (program,)), Side(2, (target,))) == []


def test_one_short_word_is_enough_only_within_a_section():
    program = Side(1, ("防災設備事業",), sections=frozenset({7}))

    assert proposed(program, Side(2, ("防災用品の備蓄",))) == []
    assert proposed(program, Side(2, ("防災用品の備蓄",), sections=frozenset({7}))) == [
        (2, "「防災」が共通している、担当課室が同じ")
    ]


def test_a_word_that_many_targets_share_joins_nothing():
    many = tuple(Side(number, (f"防犯灯{number}の設置",)) for number in range(10))

    assert propose_links([Side(50, ("防犯灯事業",))], many) == []


@pytest.fixture
def joined(world):
    sheet = ProgramSheetFactory(name="世界のあしたが見える広報の電子化事業", program__number=900)
    Program.objects.filter(pk=sheet.program_id).update(name=sheet.name)
    return world


@pytest.mark.django_db
def test_decide_link_is_stored_once_and_a_refused_one_is_not_proposed_again(joined):
    program, kpi = Program.objects.get(number=900), joined.industry_kpi
    Kpi.objects.filter(pk=kpi.pk).update(name="広報電子化の世界標準率")
    Program.objects.filter(pk=program.pk).update(name="電子化世界標準事業")
    before = {(p.program.pk, p.kpi and p.kpi.pk) for p in link_page(joined.plan).proposals}
    assert (program.pk, kpi.pk) in before

    def decide(state: LinkState) -> bool:
        return decide_link(program=program, kpi=kpi, state=state, authorship=authorship(joined))

    assert [decide(LinkState.REFUSED), decide(LinkState.REFUSED)] == [True, False]
    page = link_page(joined.plan)
    assert (program.pk, kpi.pk) not in {(p.program.pk, p.kpi and p.kpi.pk) for p in page.proposals}
    assert [link.program_id for link in page.refused] == [program.pk]
    assert decide(LinkState.ACCEPTED)
    assert ProgramLink.objects.get(program=program).state == LinkState.ACCEPTED


@pytest.mark.django_db
def test_link_page_names_programs_and_kpis_that_nothing_joins(joined):
    program = Program.objects.get(number=900)
    ProgramLinkFactory(program=program, kpi=joined.industry_kpi, node=None, state=LinkState.ACCEPTED)

    page = link_page(joined.plan)

    assert joined.industry_kpi not in page.kpis_without
    assert joined.publicity_kpi in page.kpis_without
    assert program not in page.programs_without


@pytest.mark.django_db
def test_page_stores_a_decision_and_refuses_one_about_nothing(joined, as_user):
    program = Program.objects.get(number=900)
    client = as_user(joined.planning)
    address = reverse("programs:program_link_list", args=[joined.plan.code])

    refused = client.post(address, {"program": program.pk, "state": "accepted"})
    stored = client.post(
        address, {"program": program.pk, "node": joined.measure.pk, "state": "accepted", "reason": "担う"}
    )

    assert (refused.status_code, stored.status_code) == (422, 302)
    link = ProgramLink.objects.get(program=program)
    assert (link.node, link.state, link.reason) == (joined.measure, "accepted", "担う")
    node = client.get(reverse("reports:node_detail", args=[joined.measure.pk])).content.decode()
    assert program.name in node


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_link_page_asks_the_same_number_of_queries(world, assert_queries, count):
    ProgramSheetFactory.create_batch(count)

    with assert_queries(7):
        link_page(world.plan)
