"""The demo world comes into an empty database only, twice is once, and goes away again."""

from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import transaction
from django.test import RequestFactory

from evaluations.enums import Reason
from evaluations.models import Actual, KpiSheet, ProgramEvaluation, Round
from evaluations.selectors.figures import figures_of
from evaluations.selectors.judgements import verdicts_of
from history.enums import RevisionAct, Through
from history.models import Revision
from history.services import Authorship, change_record
from importers.management.commands.load_demo import ACCOUNTS, PASSWORD
from importers.services.demo_city import UNDER_WAY
from organization.models import Section, User
from programs.models import ProgramLink, ProgramSheet
from reports.models import Publication
from strategy.models import Kpi, Placement, Plan
from strategy.selectors.schemes import scheme_of
from tests.factories.evaluations import ActualFactory

pytestmark = pytest.mark.django_db

CITY = {"is_demo": True}


def load() -> str:
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """Load once for all tests of this file; each of them works inside and is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def loaded(told, db):
    return told


def counts() -> dict[str, int]:
    models = (User, Plan, Placement, Kpi, ProgramSheet, Section, Round, KpiSheet, ProgramEvaluation, Actual)
    return {model.__name__: model.objects.count() for model in models}


def can_sign_in(username: str) -> bool:
    request = RequestFactory().post("/")
    return authenticate(request, username=username, password=PASSWORD) is not None


def test_load_demo_brings_documents_accounts_and_rounds(told):
    assert PASSWORD in told
    assert all(account.username in told for account in ACCOUNTS)
    assert counts() | {"Kpi": 0, "Section": 0, "KpiSheet": 0} == {
        "User": 10,
        "Plan": 2,
        "Placement": 78 + 45,
        "Kpi": 0,
        "ProgramSheet": 20 + 32,
        "Section": 0,
        "Round": 6,
        "KpiSheet": 0,
        "ProgramEvaluation": 20 + 32,
        "Actual": 4 + 230,
    }
    assert set(User.objects.values_list("is_demo", flat=True)) == {True}
    assert list(Plan.objects.values_list("is_demo", "rating_scheme__code", "rating_scheme__is_proposal")) == [
        (False, "tsukuba", True),
        (True, "tsukuba", True),
    ]
    assert set(Round.objects.values_list("fiscal_year", "state", "is_demo")) == {
        (2019, "open", True),
        *((year, "published", True) for year in range(2020, 2024)),
        (2024, "open", True),
    }


def test_load_demo_gives_the_city_itself_no_invented_figure():
    real = Kpi.objects.filter(is_demo=False)

    assert not Actual.objects.filter(kpi__in=real, is_demo=True).exists()
    assert set(KpiSheet.objects.filter(kpi__in=real).values_list("state", "answers__factors")) == {
        ("not_started", None)
    }
    assert set(
        ProgramEvaluation.objects.filter(program_sheet__program__is_demo=False).values_list(
            "state", flat=True
        )
    ) == {"not_started"}
    assert not ProgramLink.objects.filter(program__is_demo=False).exists()
    assert not real.exclude(direction="").filter(unconfirmed={}).exists()


def test_load_demo_marks_everything_of_the_sample_city_as_demo():
    plan = Plan.objects.get(**CITY)

    assert plan.name.startswith("【デモ】")
    assert set(Kpi.objects.filter(placements__node__plan=plan).values_list("is_demo", flat=True)) == {True}
    assert set(
        Section.objects.filter(responsibilities__kpi__is_demo=True).values_list("is_demo", flat=True)
    ) == {True}
    assert set(Kpi.objects.filter(**CITY).values_list("statistic_source", flat=True)) == {
        "デモのための架空の定義"
    }


def test_load_demo_takes_the_definitions_in_as_an_import():
    found = Revision.objects.filter(
        record_type="strategy.kpi",
        record_id__in=Kpi.objects.filter(**CITY).values("pk"),
        field__in=["direction", "aggregation", "method", "rationale"],
    )

    assert set(found.values_list("through", flat=True)) == {Through.IMPORT.value}
    assert found.filter(import_run_id=None).count() == 0
    assert not Kpi.objects.filter(**CITY, method="").exists()


def test_load_demo_judges_nearly_every_kpi_of_the_sample_city():
    plan = Plan.objects.get(**CITY)
    kpis = Kpi.objects.filter(**CITY)
    figures = figures_of(kpis, fiscal_year=2024, is_demo=True)

    verdicts = verdicts_of(figures, plan=plan, fiscal_year=2024, scheme=scheme_of(plan.rating_scheme))

    assert len({verdict.grade.label for verdict in verdicts.values() if verdict.grade}) >= 3
    assert {verdict.reason for verdict in verdicts.values() if not verdict.grade} == {Reason.PENDING}


def test_load_demo_publishes_the_past_years_and_works_on_the_newest():
    published = Publication.objects.filter(round__is_demo=True)
    states = KpiSheet.objects.filter(round__fiscal_year=2024).values_list("state", flat=True)

    assert sorted(published.values_list("round__fiscal_year", flat=True)) == [2020, 2021, 2022, 2023]
    assert set(states) == {state.value for state in UNDER_WAY}


def test_load_demo_knows_the_published_figures_and_no_others():
    actuals = (
        Actual.objects.filter(kpi__is_demo=False)
        .order_by("fiscal_year")
        .values_list("kpi__name", "fiscal_year", "value", "is_demo")
    )
    assert list(actuals) == [
        ("つくバス利用者数", 2011, 619442, False),
        ("つくバス利用者数", 2012, 744531, False),
        ("つくバス利用者数", 2013, 806570, False),
        ("つくバス利用者数", 2014, 888032, False),
    ]
    jobs = Kpi.objects.get(name="新規正規就職者数の増加")
    targets = jobs.targets.order_by("fiscal_year").values_list("fiscal_year", "value")
    assert list(targets) == [(2015, 517), (2016, 1034), (2017, 1550), (2018, 2067), (2019, 2584)]
    assert (jobs.baseline_value, jobs.baseline_first_fiscal_year, jobs.baseline_fiscal_year) == (
        2325,
        2010,
        2014,
    )


def test_load_demo_gives_each_section_its_work():
    for username in ("demo-sangyo-tanto", "demo-koho-kacho", "demo-midori-tanto"):
        sections = User.objects.get(username=username).access.section_ids
        assert KpiSheet.objects.filter(section_id__in=sections).exists()
    publicity = User.objects.get(username="demo-koho-tanto").access.section_ids
    assert ProgramEvaluation.objects.filter(section_id__in=publicity).exists()


def test_load_demo_twice_is_once_and_keeps_what_people_changed():
    kpi = Kpi.objects.order_by("pk").first()
    planner = User.objects.get(username="demo-kikaku")
    changing = Authorship(by=planner, at="2026-04-01T00:00:00Z", through=Through.BROWSER)
    change_record(kpi, {"name": "人が直した名称"}, authorship=changing)
    before = counts()

    told = load()

    assert counts() == before
    assert Kpi.objects.get(pk=kpi.pk).name == "人が直した名称"
    assert PASSWORD not in told


def test_demo_password_opens_the_accounts():
    assert {account.username: can_sign_in(account.username) for account in ACCOUNTS} == {
        account.username: True for account in ACCOUNTS
    }


def test_remove_demo_leaves_real_data_and_the_history():
    kpi = Kpi.objects.filter(is_demo=False).order_by("pk").first()
    ActualFactory(kpi=kpi, fiscal_year=2019, is_demo=True)
    real = ActualFactory(kpi=kpi, fiscal_year=2018, is_demo=False)
    planner = User.objects.get(username="demo-kikaku")
    changing = Authorship(by=planner, at="2026-04-01T00:00:00Z", through=Through.BROWSER)
    change_record(kpi, {"rationale": "確かめ中"}, authorship=changing)
    before, revisions = counts(), Revision.objects.count()
    out = StringIO()

    call_command("remove_demo", stdout=out)

    after = counts()
    assert after == before | {
        "Round": 0,
        "KpiSheet": 0,
        "ProgramEvaluation": 0,
        "Actual": 5,
        "Plan": 1,
        "Placement": 78,
        "Kpi": 75,
        "ProgramSheet": 20,
        "Section": before["Section"] - 20,
    }
    marked = [model for model in apps.get_models() if model is not User and _is_marked(model)]
    assert [model for model in marked if model.objects.filter(is_demo=True).exists()] == []
    assert not Publication.objects.exists()
    assert Actual.objects.filter(pk=real.pk, is_demo=False).exists()
    assert not Actual.objects.filter(is_demo=True).exists()
    assert not can_sign_in("demo-kikaku")
    assert "1 件に残っています" in out.getvalue()
    assert Revision.objects.count() > revisions
    assert Revision.objects.filter(act=RevisionAct.DELETED, record_type="evaluations.round").count() == 6


def _is_marked(model) -> bool:
    return any(field.name == "is_demo" for field in model._meta.fields)


def test_load_demo_after_its_removal_opens_the_accounts_again():
    call_command("remove_demo", stdout=StringIO())

    told = load()

    assert can_sign_in("demo-midori-kacho")
    assert "demo-midori-kacho" in told
    assert counts()["Round"] == 6
