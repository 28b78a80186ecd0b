"""The half-year's edition: asked by a form of its own, shown beside the others, and not judged."""

from decimal import Decimal

import pytest
from django.urls import reverse

from evaluations.enums import Edition, QuestionTarget, ValueStatus
from evaluations.models import Actual, Round
from evaluations.services.rounds import RoundDraft, create_round, open_round
from reports.services.standings import differences
from tests.evaluations.acts import by, fresh
from tests.factories.evaluations import ActualFactory, RoundQuestionFactory


@pytest.fixture
def half(world) -> Round:
    """An open round for the first half of FY 2019."""
    draft = RoundDraft(
        fiscal_year=2019, edition=Edition.HALF, plans=[world.plan], asks_programs=False, instructions="9月末"
    )
    made = create_round(draft=draft, authorship=by(world.planning))
    made.questions.all().delete()
    RoundQuestionFactory(round=made, target=QuestionTarget.KPI.value, key="so_far", label="上半期の状況")
    open_round(collection=made, authorship=by(world.planning))
    return made


def test_the_half_years_figure_stands_beside_the_others_and_is_not_judged(world, half, as_user):
    client = as_user(world.of_industry.clerk)
    sheet = half.kpi_sheets.get(kpi=world.industry_kpi)
    page = client.get(sheet.get_absolute_url()).content.decode()
    assert "上半期の照会では判定しません" in page
    assert "上半期の状況" in page
    assert "9月末" in page

    client.post(
        sheet.get_absolute_url(),
        {"sheet_version": 1, "figure_version": 0, "figure": "95", "answers.so_far": "順調"},
    )
    ActualFactory(
        kpi=world.industry_kpi,
        edition=Edition.PRELIMINARY.value,
        status=ValueStatus.PRELIMINARY.value,
        value=Decimal(190),
    )

    final = client.get(fresh(world.industry_sheet).get_absolute_url())
    this_year = next(year for year in final.context["page"].years if year.is_this_year)
    assert [(a.edition, a.value) for a in this_year.actuals] == [("half", 95), ("preliminary", 190)]
    assert final.context["page"].earlier == sheet, "the half-year's answers stand beside the year's boxes"
    assert Actual.objects.filter(edition="final").count() == 0


def test_dashboard_list_and_publication_do_not_judge_half_a_years_figure(world, half, as_user):
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=220)
    ActualFactory(kpi=world.industry_kpi, fiscal_year=2019, edition="half", value=95)
    client, asked = as_user(world.planning), {"fiscal_year": 2019, "edition": "half"}

    tally = client.get(world.plan.get_absolute_url(), asked).context["board"].tally
    rows = client.get(reverse("reports:kpi_list", args=["trial"]), asked).context["rows"]

    [row] = [row for row in rows if row.kpi == world.industry_kpi]
    assert (tally.graded, tally.fallen, tally.moved, tally.outlooks) == (0, 0, 0, ())
    assert {count.value for count in tally.reasons} == {"half_year"}
    assert (row.actual.value, row.verdict.grade, row.verdict.progress_rate) == (95, None, None)
    assert differences(plan=world.plan) == []
