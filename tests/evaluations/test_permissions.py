"""Which sheets and figures exist for whom, and who may remark on them."""

import pytest

from evaluations import permissions
from evaluations.enums import RoundState, SheetState
from evaluations.models import FieldComment, KpiSheet
from evaluations.services.comments import CommentRefused, add_comment, resolve_comment
from evaluations.services.workflow import ActRefused
from tests.evaluations.acts import AT, by, fresh
from tests.factories.evaluations import ActualFactory, FieldCommentFactory, KpiSheetFactory, RoundFactory
from tests.factories.world import World


def everybody(world: World) -> dict[str, object]:
    return {
        "clerk": world.of_industry.clerk,
        "chief": world.of_industry.chief,
        "deputy": world.of_industry.deputy,
        "other_clerk": world.of_publicity.clerk,
        "planning": world.planning,
        "administrator": world.administrator,
        "committee": world.committee,
        "reader": world.reader,
        "outsider": world.outsider,
    }


INSIDE = {"clerk", "chief", "deputy", "planning", "administrator"}
ALL = {*INSIDE, "other_clerk", "committee", "reader", "outsider"}


@pytest.mark.parametrize("state", SheetState)
def test_a_sheet_and_its_figure_exist_for_whom_the_rules_say(world, state):
    ActualFactory(kpi=world.industry_kpi, value=191)
    earlier = ActualFactory(kpi=world.industry_kpi, fiscal_year=2018, value=185)
    for sheet in (world.industry_sheet, world.industry_evaluation):
        type(sheet).objects.filter(pk=sheet.pk).update(state=state.value)
    expected = INSIDE | ({"committee"} if state is SheetState.EXTERNAL else set())
    if state in {SheetState.FINALISED, SheetState.PUBLISHED}:
        expected = ALL

    seeing = {"sheet": set(), "evaluation": set(), "figure": set()}
    for name, user in everybody(world).items():
        if permissions.visible_kpi_sheets(user).filter(pk=world.industry_sheet.pk).exists():
            seeing["sheet"].add(name)
        evaluations = permissions.visible_program_evaluations(user)
        if evaluations.filter(pk=world.industry_evaluation.pk).exists():
            seeing["evaluation"].add(name)
        figures = permissions.visible_actuals(user).filter(kpi=world.industry_kpi)
        assert earlier in figures, "a figure without sheet is everybody's"
        if figures.filter(fiscal_year=2019).exists():
            seeing["figure"].add(name)

    assert seeing == {"sheet": expected, "evaluation": expected, "figure": expected}


def test_a_sheet_without_section_is_only_seen_centrally(world):
    sheet = KpiSheetFactory(round=world.round, section=None)

    seeing = {n for n, u in everybody(world).items() if sheet in permissions.visible_kpi_sheets(u)}

    assert seeing == {"planning", "administrator"}


def test_a_round_in_preparation_is_planning_s_alone(world):
    RoundFactory(state=RoundState.PREPARING.value, fiscal_year=2018)

    counts = {n: permissions.visible_rounds(u).count() for n, u in everybody(world).items()}

    assert {n for n, count in counts.items() if count == 3} == {"planning", "administrator"}
    assert {n for n, count in counts.items() if count == 2} == ALL - {"planning", "administrator"}


def test_a_demonstration_s_sheet_hides_no_real_figure(world):
    KpiSheet.objects.filter(pk=world.industry_sheet.pk).delete()
    ActualFactory(kpi=world.industry_kpi)
    KpiSheetFactory(round=RoundFactory(fiscal_year=2019, is_demo=True), kpi=world.industry_kpi)

    assert permissions.visible_actuals(world.reader).filter(kpi=world.industry_kpi).count() == 1


# --- remarks on fields ------------------------------------------------------------------------------


def remark(world, user, **changes):
    values = {"sheet": fresh(world.industry_sheet), "field": "figure", "text": "出典は？"}
    return add_comment(**{**values, **changes}, authorship=by(user))


def test_section_and_planning_remark_and_answer_in_one_thread(world):
    first = remark(world, world.planning)

    answer = remark(world, world.of_industry.clerk, text="国勢調査です。", field="ignored", parent=first)
    second = remark(world, world.planning, text="了解", parent=answer)

    assert (answer.parent, answer.field, second.parent) == (first, "figure", first)


def test_others_do_not_remark(world):
    for user in (world.of_publicity.clerk, world.administrator, world.committee, world.reader):
        with pytest.raises(ActRefused):
            remark(world, user)
    KpiSheet.objects.update(state=SheetState.FINALISED.value)
    with pytest.raises(ActRefused):
        remark(world, world.planning)
    assert FieldComment.objects.count() == 0


def test_an_empty_remark_or_one_in_a_foreign_thread_is_refused(world):
    elsewhere = FieldCommentFactory(kpi_sheet=world.publicity_sheet)

    with pytest.raises(CommentRefused):
        remark(world, world.planning, text=" \n")
    with pytest.raises(CommentRefused):
        remark(world, world.planning, parent=elsewhere)


def test_only_the_author_resolves_a_remark_and_once(world):
    comment = remark(world, world.planning)

    with pytest.raises(ActRefused):
        resolve_comment(comment=comment, authorship=by(world.of_industry.clerk))
    assert resolve_comment(comment=comment, authorship=by(world.planning)) is True
    assert resolve_comment(comment=comment, authorship=by(world.planning)) is False
    comment.refresh_from_db()
    assert (comment.resolved_by, comment.resolved_at) == (world.planning, AT)
