"""A program's costs: read as people write them, summed by the server, compared with what is stated."""

from decimal import Decimal

import pytest
from django.test import Client

from evaluations.calculations.costs import cost_total
from evaluations.enums import Act, SheetState
from evaluations.models import ProgramEvaluation, Round
from evaluations.selectors import authors
from evaluations.services.workflow import OwnEntry, SheetIncomplete
from programs.models import ProgramCost, ProgramSheet
from tests.evaluations.acts import fresh, perform

SOURCES = {"national": 1200, "prefectural": 600, "bonds": 0, "other": 50, "general": 3150}


def amounts(**changes) -> dict[str, Decimal | None]:
    parts = {**SOURCES, "labour": 1400, **changes}
    return {name: None if value is None else Decimal(value) for name, value in parts.items()}


def test_sources_and_labour_are_summed_and_what_lacks_is_told():
    whole = cost_total(amounts())
    assert (whole.direct, whole.total, whole.missing) == (Decimal(5000), Decimal(6400), ())
    assert whole.differs_from(Decimal(6400)) is False
    assert whole.differs_from(Decimal(6300)) is True
    assert whole.differs_from(None) is False

    part = cost_total(amounts(bonds=None, labour=None))
    assert (part.direct, part.total, part.missing) == (Decimal(5000), Decimal(5000), ("bonds", "labour"))
    assert part.differs_from(Decimal(1)) is False, "half a sum says nothing against a stated total"

    assert cost_total({}).total is None


@pytest.fixture
def evaluation(world) -> ProgramEvaluation:
    """A program's sheet in a round that asks for costs."""
    Round.objects.filter(pk=world.program_round.pk).update(asks_costs=True)
    ProgramSheet.objects.filter(pk=world.industry_program.pk).update(results="成果")
    return fresh(world.industry_evaluation)


TYPED = {
    "cost.national": "１，２００",
    "cost.prefectural": "60万円",
    "cost.bonds": "0",
    "cost.other": "50千円",
    "cost.general": "3,150",
    "cost.labour": "1,400",
    "cost.staff_share": "0.20",
    "cost.overtime_hours": "12.5時間",
    "cost.stated_total": "6,300",
}


def entered(sheet: ProgramEvaluation, **changes) -> dict[str, object]:
    yearly = ProgramSheet.objects.get(pk=sheet.program_sheet_id)
    texts = {name: getattr(yearly, name) for name in ("purpose", "summary", "results")}
    versions = {"sheet_version": fresh(sheet).version, "figure_version": yearly.version, "cost_version": 0}
    return {**versions, **texts, **TYPED, **changes}


def test_costs_are_read_in_their_units_and_a_stated_total_is_compared(world, evaluation, as_user):
    client = as_user(world.of_industry.clerk)

    client.post(evaluation.get_absolute_url(), entered(evaluation))

    cost = ProgramCost.objects.get()
    found = {name: getattr(cost, name) for name in (*SOURCES, "labour", "staff_share", "overtime_hours")}
    assert found == {**amounts(), "staff_share": Decimal("0.20"), "overtime_hours": Decimal("12.5")}
    page = client.get(evaluation.get_absolute_url()).content.decode()
    assert "記載された総事業費 6,300千円は、内訳の合計 6,400千円と違います。" in page
    assert world.of_industry.clerk.pk in authors.contributors(fresh(evaluation))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("cost.national", "たくさん", "数"),
        ("cost.general", "1.5", "整数"),
        ("cost.general", "△5", "千円の数字"),
        ("cost.general", "約100", "千円の数字"),
        ("cost.general", "1,200（税込）", "千円の数字"),
        ("cost.staff_share", "0.123", "小数点以下2桁"),
        # What the database's column does not hold: PostgreSQL would break off the request.
        ("cost.staff_share", "10000", "桁数が多すぎます"),
        ("cost.overtime_hours", "10,000,000", "桁数が多すぎます"),
        ("cost.labour", "5人", ""),
    ],
)
def test_what_is_no_cost_is_told_at_its_box_and_nothing_is_kept(
    world, evaluation, as_user, name, text, message
):
    answer = as_user(world.of_industry.clerk).post(
        evaluation.get_absolute_url(), entered(evaluation, **{name: text})
    )

    assert answer.status_code == 422
    assert message in "".join(answer.context["form"].errors[name])
    assert ProgramCost.objects.count() == 0


def test_costs_somebody_else_changed_meanwhile_are_not_overwritten(world, evaluation, as_user):
    ProgramCost.objects.create(sheet_id=evaluation.program_sheet_id, national=7, version=3)

    answer = as_user(world.of_industry.clerk).post(
        evaluation.get_absolute_url(), entered(evaluation, cost_version=2)
    )

    assert answer.status_code == 409
    assert ProgramCost.objects.get().national == 7
    assert {each.name for each in answer.context["clashes"]} >= {"cost.national"}
    assert answer.context["versions"]["cost_version"] == 3


def test_blank_costs_hold_a_sheet_back_and_zero_does_not(world, evaluation, as_user):
    client = as_user(world.of_industry.clerk)
    client.post(evaluation.get_absolute_url(), entered(evaluation, **{"cost.bonds": ""}))
    with pytest.raises(SheetIncomplete) as incomplete:
        perform(Act.SUBMIT, fresh(evaluation), world.of_industry.clerk)
    assert list(incomplete.value.errors) == ["cost.bonds"]

    client.post(evaluation.get_absolute_url(), entered(evaluation, cost_version=1))
    perform(Act.SUBMIT, fresh(evaluation), world.of_industry.clerk)
    with pytest.raises(OwnEntry):
        perform(Act.APPROVE, fresh(evaluation), _chief_who_entered(world, evaluation))


def _chief_who_entered(world, evaluation):
    """Let the chief be the last to have changed a cost."""
    perform(Act.WITHDRAW, fresh(evaluation), world.of_industry.clerk)

    client = Client()
    client.force_login(world.of_industry.chief, backend="django.contrib.auth.backends.ModelBackend")
    sent = entered(evaluation, cost_version=2, **{"cost.other": "60"})
    assert client.post(evaluation.get_absolute_url(), sent).status_code == 302
    perform(Act.SUBMIT, fresh(evaluation), world.of_industry.clerk)
    return world.of_industry.chief


def test_a_round_that_does_not_ask_shows_no_boxes_and_locked_costs_stay(world, evaluation, as_user):
    client = as_user(world.of_industry.clerk)
    Round.objects.update(asks_costs=False)
    assert "cost.national" not in client.get(evaluation.get_absolute_url()).content.decode()
    client.post(evaluation.get_absolute_url(), entered(evaluation))
    assert ProgramCost.objects.count() == 0

    Round.objects.update(asks_costs=True)
    ProgramEvaluation.objects.filter(pk=evaluation.pk).update(state=SheetState.FINALISED.value)
    client.post(evaluation.get_absolute_url(), entered(evaluation))
    assert ProgramCost.objects.count() == 0
