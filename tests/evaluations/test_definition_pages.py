"""The page of one KPI's definition: saving, reasons, two people, what is understood while typing."""

import json

import pytest
from django.urls import reverse

from evaluations.enums import RoundState
from evaluations.models import Round
from history.models import Revision
from strategy.models import Kpi, Target
from tests.factories.evaluations import ActualFactory, KpiSheetFactory
from tests.factories.programs import ProgramLinkFactory
from tests.factories.strategy import (
    KpiFactory,
    KpiPartFactory,
    PlacementFactory,
    ResponsibilityFactory,
    TargetFactory,
)

pytestmark = pytest.mark.django_db
PROPOSED = {"confidence": "0.70", "reason": "名前からの推定です。", "alternatives": []}


@pytest.fixture
def client(world, as_user):
    return as_user(world.planning)


@pytest.fixture
def blank(world) -> Kpi:
    """Return a KPI of which only the name is known and for which no round has asked."""
    kpi = KpiFactory(undefined=True, name="待機児童数")
    PlacementFactory(kpi=kpi, node=world.measure)
    return kpi


def page_of(kpi: Kpi) -> str:
    return reverse("strategy:kpi_definition_edit", args=[kpi.code])


def sent(client, kpi: Kpi, texts: dict[str, str], **more) -> dict:
    """Return what a browser sends: everything as shown, with some texts typed over."""
    row = client.get(page_of(kpi)).context["row"]
    shown = {cell.name: cell.text for cell in row.cells}
    typed = {f"c.{kpi.pk}.{key}": text for key, text in texts.items()}
    assert set(typed) <= set(shown)
    return {**shown, **typed, row.base_name: row.base, **more}


def test_kpi_definition_edit_saves_everything_as_people_write_it(client, blank):
    texts = {
        "unit": "人",
        "decimals": "０",
        "direction": "下向き",
        "aggregation": "年度末時点の値",
        "baseline_value": "１８０人",
        "baseline_years": "H26.4",
        "t2015": "１５０",
        "t2017": "100以下",
        "t2019": "0",
        "rationale": "計画による。\r\n毎年見直す。",
    }

    response = client.post(page_of(blank), sent(client, blank, texts))

    blank.refresh_from_db()
    assert response.status_code == 302
    assert (blank.unit, blank.decimals, blank.direction, blank.aggregation) == ("人", 0, "down", "year_end")
    assert (blank.baseline_value, blank.baseline_fiscal_year) == (180, 2014)
    assert blank.rationale == "計画による。\n毎年見直す。"
    targets = [(t.fiscal_year, t.value, t.qualifier) for t in blank.targets.all()]
    assert targets == [(2015, 150, "exact"), (2017, 100, "at_most"), (2019, 0, "exact")]


def test_kpi_definition_edit_tells_how_texts_were_understood(client, blank):
    response = client.post(page_of(blank), sent(client, blank, {"unit": "人", "t2019": "1.2万"}), follow=True)

    assert "R1の目標値「1.2万」→ 12,000人" in response.content.decode()


def test_kpi_definition_edit_saves_nothing_while_something_is_refused(client, blank):
    data = sent(client, blank, {"unit": "人", "t2018": "200", "t2019": "100人増"})

    response = client.post(page_of(blank), data)

    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="100人増"' in page
    assert "何に対する増減か" in page
    assert (Revision.objects.count(), Target.objects.filter(kpi=blank).count()) == (0, 0)


def test_check_shows_the_reading_and_writes_nothing(client, blank):
    data = sent(client, blank, {"unit": "人", "t2019": "２２７"}, do="check")

    response = client.post(page_of(blank), data)

    assert response.status_code == 200
    assert response.context["row"].by_key["t2019"].understood == "227人"
    assert Revision.objects.count() == 0


def test_get_changes_nothing(client, blank):
    client.get(page_of(blank), {"do": "save", f"c.{blank.pk}.unit": "人"})

    assert Revision.objects.count() == 0


def test_kpi_definition_edit_costs_the_same_for_one_and_three_targets(client, blank, assert_queries):
    for year in (2017, 2018, 2019):
        TargetFactory(kpi=blank, fiscal_year=year)
        if year == 2018:
            continue
        # session, user, roles, posts, KPI, placements, targets, responsibilities, parts, rounds, history
        with assert_queries(12):
            client.get(page_of(blank))


# --- reasons once a round has opened --------------------------------------------------------------------


def test_changed_target_of_an_open_round_needs_a_reason(client, world):
    kpi = world.industry_kpi
    data = sent(client, kpi, {"t2019": "300"})

    without = client.post(page_of(kpi), data)
    with_reason = client.post(page_of(kpi), data | {"reason": "統計の見直し"})

    target = kpi.targets.get()
    assert (without.status_code, with_reason.status_code) == (422, 302)
    assert "「創業者数」のR1の目標値" in without.content.decode()
    assert (target.value, target.change_reason) == (300, "統計の見直し")
    assert Revision.objects.get(field="value").why == "統計の見直し"


def test_changed_baseline_of_an_open_round_needs_a_reason_too(client, world):
    data = sent(client, world.industry_kpi, {"baseline_value": "200"})

    assert client.post(page_of(world.industry_kpi), data).status_code == 422
    assert Revision.objects.count() == 0


@pytest.mark.parametrize("texts", [{"rationale": "新しい根拠"}, {"t2019": "227"}])
def test_other_changes_need_no_reason(client, world, texts):
    assert (
        client.post(page_of(world.industry_kpi), sent(client, world.industry_kpi, texts)).status_code == 302
    )


def test_no_reason_is_asked_while_the_round_is_being_prepared(client, world):
    Round.objects.update(state=RoundState.PREPARING.value)
    data = sent(client, world.industry_kpi, {"t2019": "300"})

    assert client.post(page_of(world.industry_kpi), data).status_code == 302
    assert world.industry_kpi.targets.get().change_reason == ""


def test_changed_target_is_told_with_the_judgement(client, world):
    data = sent(client, world.industry_kpi, {"t2019": "300"}, reason="統計の見直し")
    client.post(page_of(world.industry_kpi), data)

    page = client.get(page_of(world.industry_kpi)).content.decode()

    assert "途中変更：統計の見直し" in page


# --- what waits for a person ----------------------------------------------------------------------------


def test_ticked_proposals_are_confirmed_and_others_stay(client, blank):
    Kpi.objects.filter(pk=blank.pk).update(
        direction="down", unconfirmed={"direction": PROPOSED, "unit": PROPOSED, "responsibilities": PROPOSED}
    )
    data = sent(client, blank, {}, confirm=[f"c.{blank.pk}.direction", f"m.{blank.pk}.responsibilities"])

    client.post(page_of(blank), data)

    blank.refresh_from_db()
    assert (set(blank.unconfirmed), blank.direction) == ({"unit"}, "down")


# --- two people -----------------------------------------------------------------------------------------


def test_two_people_on_different_cells_do_not_disturb_each_other(client, blank):
    mine = sent(client, blank, {"rationale": "わたしの根拠"})
    client.post(page_of(blank), sent(client, blank, {"unit": "人", "t2019": "5"}))

    response = client.post(page_of(blank), mine)

    blank.refresh_from_db()
    assert response.status_code == 302
    assert (blank.unit, blank.rationale, blank.targets.get().value) == ("人", "わたしの根拠", 5)


def test_of_two_people_on_one_cell_the_second_sees_both_texts(client, blank):
    mine = sent(client, blank, {"unit": "名", "t2019": "7", "rationale": "わたしの根拠"})
    client.post(page_of(blank), sent(client, blank, {"unit": "人", "t2019": "5"}))
    before = Revision.objects.count()

    response = client.post(page_of(blank), mine)

    cells = response.context["row"].by_key
    assert response.status_code == 409
    assert (cells["unit"].text, cells["unit"].stored) == ("名", "人")
    assert (cells["t2019"].text, cells["t2019"].stored) == ("7", "5")
    assert cells["rationale"].text == "わたしの根拠"
    assert Revision.objects.count() == before


def test_saving_again_after_seeing_both_texts_takes_the_second(client, blank):
    mine = sent(client, blank, {"unit": "名"})
    client.post(page_of(blank), sent(client, blank, {"unit": "人"}))
    row = client.post(page_of(blank), mine).context["row"]

    client.post(page_of(blank), {**{cell.name: cell.text for cell in row.cells}, row.base_name: row.base})

    blank.refresh_from_db()
    assert blank.unit == "名"


# --- while typing ---------------------------------------------------------------------------------------


def test_kpi_definition_check_answers_for_the_cells_sent(client, world, blank):
    data = {
        f"c.{blank.pk}.unit": "人",
        f"c.{blank.pk}.t2019": "１，２３４",
        f"c.{blank.pk}.t2018": "80超",
        f"b.{blank.pk}": json.dumps({"unit": ""}),
        "c.99999.unit": "人",
        "c.x.unit": "人",
    }

    answers = client.post(reverse("strategy:kpi_definition_check"), data).json()["cells"]

    assert {name.split(".")[2]: found["state"] for name, found in answers.items()} == {
        "unit": "changed",
        "t2019": "changed",
        "t2018": "refused",
    }
    assert answers[f"c.{blank.pk}.t2019"]["answer"] == "→ 1,234人"
    assert Revision.objects.count() == 0


@pytest.mark.parametrize("base", ["", "[]", "{", '"x"', '{"unit": 1}'])
def test_kpi_definition_check_stands_any_base(client, blank, base):
    data = {f"c.{blank.pk}.unit": "人", f"b.{blank.pk}": base}

    response = client.post(reverse("strategy:kpi_definition_check"), data)

    assert response.json()["cells"][f"c.{blank.pk}.unit"]["state"] == "changed"


# --- taking a KPI away ---------------------------------------------------------------------------------


def remove(client, kpi, **more):
    return client.post(page_of(kpi), {"do": "remove", "version": kpi.version, "why": "重複", **more})


def test_kpi_definition_edit_removes_what_nothing_rests_on(client, blank, world):
    TargetFactory(kpi=blank)
    ResponsibilityFactory(kpi=blank, section=world.industry)
    KpiPartFactory(whole=blank, part=world.industry_kpi)

    response = remove(client, blank)

    assert response.status_code == 302
    assert not Kpi.objects.filter(pk=blank.pk).exists()
    gone = Revision.objects.filter(act="deleted", why="重複").values_list("record_type", flat=True)
    assert sorted(gone) == [
        "strategy.kpi",
        "strategy.kpipart",
        "strategy.placement",
        "strategy.responsibility",
        "strategy.target",
    ]


@pytest.mark.parametrize(
    ("rests", "told"),
    [
        (lambda kpi: ActualFactory(kpi=kpi), "実績値があるため"),
        (lambda kpi: KpiSheetFactory(kpi=kpi), "照会のシートがあるため"),
        (lambda kpi: KpiPartFactory(part=kpi), "この指標を内訳に含む指標があるため"),
        (lambda kpi: KpiFactory(predecessor=kpi), "この指標に続く指標があるため"),
        (lambda kpi: ProgramLinkFactory(kpi=kpi, node=None), "事務事業とのつながりがあるため"),
    ],
)
def test_kpi_definition_edit_removes_nothing_that_is_in_use(client, blank, rests, told):
    rests(blank)

    response = remove(client, blank)

    assert response.status_code == 422
    assert told in response.content.decode()
    assert Kpi.objects.filter(pk=blank.pk).exists()


def test_kpi_definition_edit_removes_nothing_that_somebody_else_changed(client, blank):
    response = remove(client, blank, version="7")

    assert response.status_code == 409
    assert Kpi.objects.filter(pk=blank.pk).exists()
