"""Pages of rating schemes: choosing, confirming, a new version, what it would change."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from evaluations.enums import SheetState
from evaluations.services.rounds import finalise_round
from history.models import Revision
from history.services import Authorship
from strategy.models import Plan, RatingScheme
from strategy.selectors.schemes import scheme_of
from strategy.services.schemes import install_ready_schemes
from tests.factories.evaluations import ActualFactory
from tests.factories.strategy import PlanFactory, TargetFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def client(world, as_user):
    return as_user(world.planning)


@pytest.fixture
def by(world) -> Authorship:
    return Authorship(by=world.planning, at=NOW)


def sent(client, pk: int, **typed: str) -> dict[str, str]:
    """Return what a browser sends from the page of a scheme, with some inputs typed over."""
    forms = client.get(reverse("strategy:rating_scheme_edit", args=[pk])).context["forms"]
    bound = [*forms.form, *forms.bands.management_form, *(field for form in forms.bands for field in form)]
    data = {field.html_name: field.value() for field in bound}
    return {name: "" if value is None else str(value) for name, value in data.items()} | typed


def test_rating_scheme_list_stores_the_ready_schemes_once(client):
    for _ in range(2):
        client.post(reverse("strategy:rating_scheme_list"))

    assert RatingScheme.objects.filter(code="tsukuba").count() == 1
    assert "順調" in client.get(reverse("strategy:rating_scheme_list")).content.decode()


def test_rating_scheme_list_costs_the_same_for_one_and_nine(client, by, assert_queries):
    for _ in range(2):
        # session, user, roles, posts, schemes, bands, plans, plans without
        with assert_queries(8):
            client.get(reverse("strategy:rating_scheme_list"))
        install_ready_schemes(authorship=by)


def test_rating_scheme_detail_chooses_it_for_a_plan_and_tells_the_change_before(client, world, by):
    install_ready_schemes(authorship=by)
    TargetFactory(kpi=world.publicity_kpi, fiscal_year=2018)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=Decimal(200))
    chosen = RatingScheme.objects.get(code="bands_80_60")
    address = reverse("strategy:rating_scheme_detail", args=[chosen.pk])

    preview = client.get(address, {"plan": world.plan.code}).context["preview"]
    client.post(address, {"do": "choose", "plan": world.plan.code})

    named = [
        (c.kpi.name, c.before.grade.label, c.after.grade.label) for c in preview.changes if c.before.grade
    ]
    assert (preview.total, named) == (2, [("創業者数", "概ね順調", "A")])
    assert Plan.objects.get(pk=world.plan.pk).rating_scheme == chosen


def test_rating_scheme_detail_confirms_a_proposal(client, by):
    install_ready_schemes(authorship=by)
    proposed = RatingScheme.objects.get(code="tsukuba")

    client.post(reverse("strategy:rating_scheme_detail", args=[proposed.pk]), {"do": "confirm"})

    proposed.refresh_from_db()
    assert not proposed.is_proposal
    assert Revision.objects.filter(field="is_proposal").count() == 1


def test_rating_scheme_edit_makes_a_new_version_and_leaves_the_old_one(client, world):
    old = world.plan.rating_scheme
    before = scheme_of(old)

    response = client.post(
        reverse("strategy:rating_scheme_edit", args=[old.pk]),
        sent(client, old.pk, do="save", **{"bands-1-minimum": "７０", "word.pending": "集計中です"}),
    )

    new = RatingScheme.objects.get(code=old.code, version=2)
    assert response.status_code == 302
    assert [band.minimum for band in scheme_of(new).bands] == [1, Decimal("0.7"), None]
    assert scheme_of(new).cannot_judge_label("pending") == "集計中です"
    assert scheme_of(RatingScheme.objects.get(pk=old.pk)) == before
    assert Plan.objects.get(pk=world.plan.pk).rating_scheme_id == old.pk


def test_rating_scheme_edit_saved_as_shown_is_the_same_scheme(client, by):
    install_ready_schemes(authorship=by)
    for stored in RatingScheme.objects.filter(version=1):
        client.post(
            reverse("strategy:rating_scheme_edit", args=[stored.pk]), sent(client, stored.pk, do="save")
        )

        made = scheme_of(RatingScheme.objects.get(code=stored.code, version=2))
        old = scheme_of(stored)
        assert (made.bands, made.measure, made.met_label) == (old.bands, old.measure, old.met_label)


def test_rating_scheme_edit_previews_without_writing(client, world):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, value=Decimal(200))
    old = world.plan.rating_scheme
    data = sent(client, old.pk, do="preview", plan=world.plan.code, **{"bands-1-minimum": "95"})

    preview = client.post(reverse("strategy:rating_scheme_edit", args=[old.pk]), data).context["preview"]

    assert [(c.before.grade.label, c.after.grade.label) for c in preview.changes] == [
        ("概ね順調", "遅れている")
    ]
    assert Revision.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"bands-1-minimum": "120"}, "順序が逆"),
        ({"bands-1-minimum": "100"}, "重なって"),
        ({"bands-2-minimum": "10"}, "すき間"),
        ({"bands-1-label": "順調"}, "２つ以上"),
        ({"met_label": "ない区分"}, "区分の中にありません"),
        ({"bands-1-minimum": "多い"}, ""),
    ],
)
def test_rating_scheme_edit_refuses_what_contradicts_itself(client, world, typed, told):
    old = world.plan.rating_scheme

    response = client.post(
        reverse("strategy:rating_scheme_edit", args=[old.pk]), sent(client, old.pk, do="save", **typed)
    )

    assert response.status_code == 422
    assert told in response.content.decode()
    assert RatingScheme.objects.count() == 1


def labels(response) -> list[str]:
    """Return the bands' names as the page's inputs hold them."""
    return [form["label"].value() or "" for form in response.context["forms"].bands]


def test_rating_scheme_edit_moves_a_band_and_writes_nothing(client, world):
    pk = world.plan.rating_scheme_id
    address = reverse("strategy:rating_scheme_edit", args=[pk])
    typed = {"bands-2-label": "書きかけ"}

    up = client.post(address, sent(client, pk, **typed, do="up.2"))
    down = client.post(address, sent(client, pk, **typed, do="down.0"))
    nowhere = client.post(address, sent(client, pk, **typed, do="up.0"))

    assert labels(up)[:3] == ["順調", "書きかけ", "概ね順調"]
    assert labels(down)[:3] == ["概ね順調", "順調", "書きかけ"]
    assert labels(nowhere)[:3] == ["順調", "概ね順調", "書きかけ"]
    assert [response.status_code for response in (up, down, nowhere)] == [200, 200, 200]
    assert RatingScheme.objects.count() == 1


def test_rating_scheme_edit_answers_while_typing_even_what_cannot_be_saved(client, world):
    pk = world.plan.rating_scheme_id
    address = reverse("strategy:rating_scheme_edit", args=[pk])
    typed = sent(client, pk, **{"bands-1-label": "順調"}, do="preview")

    live = client.post(address, typed, headers={"HX-Request": "true"})
    sent_in = client.post(address, typed)

    assert (live.status_code, sent_in.status_code) == (200, 422)
    assert "区分「順調」が２つ以上あります" in live.content.decode()


def test_finalised_round_freezes_the_scheme_it_was_judged_by(world, by):
    PlanFactory(rating_scheme=None)
    world.round.kpi_sheets.update(state=SheetState.FINALISED)

    finalise_round(collection=world.round, authorship=by)

    assert RatingScheme.objects.get(pk=world.plan.rating_scheme_id).is_frozen


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["rating_scheme_list", "rating_scheme_detail", "rating_scheme_edit"])
def test_pages_of_schemes_are_accessible(world, open_as, assert_accessible, name):
    args = [] if name == "rating_scheme_list" else [world.plan.rating_scheme_id]
    page = open_as(world.planning, reverse(f"strategy:{name}", args=args))

    assert_accessible(page)
