"""The demo world comes into an empty database only, twice is once, and goes away again."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import RequestFactory

from evaluations.models import Actual, KpiSheet, ProgramEvaluation, Round
from history.enums import RevisionAct, Through
from history.models import Revision
from history.services import Authorship, change_record
from importers.management.commands.load_demo import ACCOUNTS, PASSWORD
from organization.models import Section, User
from programs.models import ProgramSheet
from strategy.models import Kpi, Placement, Plan
from tests.factories.evaluations import ActualFactory
from tests.factories.organization import SectionFactory, UserFactory
from tests.factories.strategy import ResponsibilityFactory

pytestmark = pytest.mark.django_db


def load(**options) -> str:
    out = StringIO()
    call_command("load_demo", stdout=out, **options)
    return out.getvalue()


def counts() -> dict[str, int]:
    models = (User, Plan, Placement, Kpi, ProgramSheet, Section, Round, KpiSheet, ProgramEvaluation, Actual)
    return {model.__name__: model.objects.count() for model in models}


def can_sign_in(username: str) -> bool:
    request = RequestFactory().post("/")
    return authenticate(request, username=username, password=PASSWORD) is not None


def test_load_demo_brings_documents_accounts_and_rounds():
    told = load()

    assert PASSWORD in told
    assert all(account.username in told for account in ACCOUNTS)
    assert counts() | {"Kpi": 0, "Section": 0, "KpiSheet": 0} == {
        "User": 8,
        "Plan": 1,
        "Placement": 78,
        "Kpi": 0,
        "ProgramSheet": 20,
        "Section": 0,
        "Round": 2,
        "KpiSheet": 0,
        "ProgramEvaluation": 20,
        "Actual": 4,
    }
    assert set(User.objects.values_list("is_demo", flat=True)) == {True}
    assert list(Plan.objects.values_list("rating_scheme__code", "rating_scheme__is_proposal")) == [
        ("tsukuba", True)
    ]
    assert set(Round.objects.values_list("fiscal_year", "state", "is_demo")) == {
        (2019, "open", True),
        (2024, "open", True),
    }
    assert not Plan.objects.get().is_demo


def test_load_demo_knows_the_published_figures_and_no_others():
    load()

    actuals = Actual.objects.order_by("fiscal_year").values_list(
        "kpi__name", "fiscal_year", "value", "is_demo"
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
    load()

    for username in ("demo-sangyo-tanto", "demo-koho-kacho"):
        sections = User.objects.get(username=username).access.section_ids
        assert KpiSheet.objects.filter(section_id__in=sections).exists()
    publicity = User.objects.get(username="demo-koho-tanto").access.section_ids
    assert ProgramEvaluation.objects.filter(section_id__in=publicity).exists()


def test_load_demo_twice_is_once_and_keeps_what_people_changed():
    load()
    kpi = Kpi.objects.order_by("pk").first()
    planner = User.objects.get(username="demo-kikaku")
    changing = Authorship(by=planner, at="2026-04-01T00:00:00Z", through=Through.BROWSER)
    change_record(kpi, {"name": "人が直した名称"}, authorship=changing)
    before = counts()

    told = load()

    assert counts() == before
    assert Kpi.objects.get(pk=kpi.pk).name == "人が直した名称"
    assert PASSWORD not in told


def test_load_demo_refuses_a_database_that_real_people_use():
    UserFactory()

    with pytest.raises(CommandError, match="実際の利用者"):
        load()

    assert (User.objects.count(), Plan.objects.count()) == (1, 0)


def test_load_demo_only_if_empty_leaves_any_user_alone():
    UserFactory()

    assert load(only_if_empty=True) == ""
    assert Plan.objects.count() == 0


def test_demo_password_opens_the_accounts():
    load()

    assert {account.username: can_sign_in(account.username) for account in ACCOUNTS} == {
        account.username: True for account in ACCOUNTS
    }


def test_remove_demo_leaves_real_data_and_the_history():
    load()
    kpi = Kpi.objects.order_by("pk").first()
    ActualFactory(kpi=kpi, fiscal_year=2019, is_demo=True)
    real = ActualFactory(kpi=kpi, fiscal_year=2018, is_demo=False)
    planner = User.objects.get(username="demo-kikaku")
    changing = Authorship(by=planner, at="2026-04-01T00:00:00Z", through=Through.BROWSER)
    change_record(kpi, {"rationale": "確かめ中"}, authorship=changing)
    before, revisions = counts(), Revision.objects.count()
    out = StringIO()

    call_command("remove_demo", stdout=out)

    after = counts()
    assert after == before | {"Round": 0, "KpiSheet": 0, "ProgramEvaluation": 0, "Actual": 5}
    assert Actual.objects.filter(pk=real.pk, is_demo=False).exists()
    assert not Actual.objects.filter(is_demo=True).exists()
    assert not can_sign_in("demo-kikaku")
    assert "1 件に残っています" in out.getvalue()
    assert Revision.objects.count() > revisions
    assert Revision.objects.filter(act=RevisionAct.DELETED, record_type="evaluations.round").count() == 2


def test_remove_demo_refuses_to_take_real_records_along(world):
    demo_section = SectionFactory(name="デモ課", is_demo=True)
    ResponsibilityFactory(kpi=world.industry_kpi, section=demo_section, first_fiscal_year=2020)

    with pytest.raises(CommandError, match="デモ課"):
        call_command("remove_demo")

    assert Section.objects.filter(pk=demo_section.pk).exists()
