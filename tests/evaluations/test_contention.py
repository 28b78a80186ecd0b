"""Many people at once on one sheet: nothing is lost, every conflict is told, a double click counts once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from evaluations.enums import SheetState
from evaluations.selectors.sheets import actual_of, figure_version
from evaluations.services import workflow
from evaluations.services.sheets import AnswersEntry, save_kpi_sheet
from evaluations.services.workflow import Seen, WrongState
from history.models import Revision
from history.services import VersionConflict
from tests.evaluations.acts import by, figure, fresh, save
from tests.factories.evaluations import RoundQuestionFactory

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 6
EDITS = 12


def at_once(work: Callable[[int], object]) -> list[object]:
    """Run work(0), work(1) … in threads that begin together, each with a connection of its own."""
    barrier = Barrier(PEOPLE)

    def run(number: int) -> object:
        try:
            barrier.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(PEOPLE) as pool:
        return list(pool.map(run, range(PEOPLE)))


def test_contended_edits_are_all_kept_or_told(world):
    RoundQuestionFactory(round=world.round, key="problems")
    people = world.of_industry
    sheet = world.industry_sheet

    def edit(number: int) -> Counter[str]:
        told: Counter[str] = Counter()
        user = (people.clerk, people.chief, people.deputy)[number % 3]
        for turn in range(EDITS):
            now = fresh(sheet)
            try:
                saved = save_kpi_sheet(
                    sheet=now,
                    figure=figure(number * EDITS + turn),
                    entry=AnswersEntry(answers={"problems": f"{number}-{turn}"}),
                    seen=Seen(sheet=now.version, figure=figure_version(now)),
                    authorship=by(user),
                )
            except VersionConflict:
                told["conflict"] += 1
            else:
                assert saved
                told["saved"] += 1
        return told

    total: Counter[str] = sum(at_once(edit), Counter())  # type: ignore[arg-type]

    after = fresh(sheet)
    answers = Revision.objects.filter(record_type="evaluations.kpisheet", field="answers")
    assert total["saved"] + total["conflict"] == PEOPLE * EDITS
    assert total["saved"] >= EDITS
    assert after.version == 1 + total["saved"]
    assert answers.count() == total["saved"]
    last = answers.latest("id")
    assert f'"{after.answers["problems"]}"' in last.new
    # The figure that stands was typed with the text that stands: a save is one whole.
    number, turn = map(int, after.answers["problems"].split("-"))
    assert actual_of(after).value == number * EDITS + turn


def test_a_submit_pressed_by_everybody_at_once_counts_once(world):
    save(fresh(world.industry_sheet), world.of_industry.clerk)
    opened = fresh(world.industry_sheet)
    seen = Seen(sheet=opened.version, figure=figure_version(opened))

    def submit(_: int) -> str:
        try:
            done = workflow.submit(
                sheet=fresh(world.industry_sheet), seen=seen, authorship=by(world.of_industry.clerk)
            )
        except (VersionConflict, WrongState) as refused:
            return type(refused).__name__
        return "done" if done else "already"

    told = Counter(at_once(submit))

    assert told == {"done": 1, "already": PEOPLE - 1}
    assert fresh(world.industry_sheet).state == SheetState.AWAITING_APPROVAL
    assert Revision.objects.filter(record_type="evaluations.kpisheet", new="awaiting_approval").count() == 1
