"""Whatever anybody does in whatever order and by whatever way in: only the table's steps, nothing locked is
written but by a correction, nobody approves what they entered, an old page overwrites nothing.
"""

import contextlib
import json
from datetime import date
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from evaluations.enums import LOCKED_STATES, TRANSITIONS, Act, Actor, SheetState
from evaluations.models import KpiSheet
from evaluations.selectors.sheets import actual_of, figure_version
from evaluations.services import workflow
from evaluations.services.sheets import AnswersEntry, EntryRefused, correct_kpi_sheet, save_kpi_sheet
from evaluations.services.workflow import (
    ActRefused,
    OwnEntry,
    ReasonMissing,
    Seen,
    SheetIncomplete,
    WrongState,
)
from history.enums import Through
from history.models import Revision
from history.services import VersionConflict
from importers.calculations.three_way import Choice
from importers.services.previews import PreviewOutdated, WrongRunState
from importers.services.round_runs import (
    BookRefused,
    ChoicesMissing,
    apply_book_run,
    choose_fields,
    comparison_stamp,
    differences_of,
    read_book_run,
    start_book_run,
)
from tests.evaluations.acts import AT, by, figure, fresh
from tests.factories.evaluations import RoundQuestionFactory
from tests.factories.world import World, build_world
from tests.importers.round_books.files import opened

PEOPLE: dict[str, set[Actor]] = {
    "clerk": {Actor.STAFF},
    "chief": {Actor.STAFF, Actor.APPROVER},
    "deputy": {Actor.STAFF, Actor.APPROVER},
    "planning": {Actor.PLANNING},
    "committee": {Actor.COMMITTEE},
    "administrator": set(),
    "other_chief": set(),
}
REFUSALS = (ActRefused, WrongState, VersionConflict, SheetIncomplete, ReasonMissing, EntryRefused)
# Who has more to do is asked more often, so that sheets get somewhere.
NAMES = st.sampled_from(
    ["clerk"] * 4
    + ["chief"] * 3
    + ["deputy"] * 2
    + ["planning"] * 3
    + ["committee", "administrator", "other_chief"]
)
BOOKS = 1  # workbooks brought back by one machine: reading one takes longer than all the rest
PRESSES = [act for act in Act if act not in {Act.EDIT, Act.CORRECT, Act.PUBLISH, Act.RETURN}]
TEXTS = {Act.ASSESS: "planning_comment", Act.OPINE: "text", Act.REPLY: "text"}


class SheetMachine(RuleBasedStateMachine):
    """One KPI's sheet in the hands of seven people."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.world: World = build_world()
        RoundQuestionFactory(round=self.world.round, key="problems", label="課題", is_required=True)
        self.sheet = self.world.industry_sheet
        self.authors: dict[str, str] = {}
        self.remembered = Seen(sheet=1, figure=0)
        self.version = 1
        self.workbook, self.taken_at, self.books = b"", 0, 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # --- what the machine knows of the world ------------------------------------------------------------

    def person(self, name: str) -> Any:
        if name == "other_chief":
            return self.world.of_publicity.chief
        return getattr(self.world.of_industry, name, None) or getattr(self.world, name)

    def now(self) -> KpiSheet:
        return fresh(self.sheet)

    def seen(self, stale: bool) -> Seen:
        sheet = self.now()
        return self.remembered if stale else Seen(sheet=sheet.version, figure=figure_version(sheet))

    def content(self) -> tuple[Any, ...]:
        sheet, actual = self.now(), actual_of(self.sheet)
        return (sheet.answers, actual and (actual.value, actual.status))

    def permitted(self, name: str, act: Act, state: str) -> bool:
        return any(t.act is act and t.actor in PEOPLE[name] and state in t.sources for t in TRANSITIONS)

    def settle(self, name: str, act: Act, before: KpiSheet, content: tuple[Any, ...], *, stale: bool) -> None:
        """Check one attempt, however it was made, against the table."""
        after = self.now()
        changed = after.version != before.version
        if not changed:
            assert self.content() == content, "the content changed without a new version"
            return
        assert after.version == before.version + 1
        assert self.permitted(name, act, before.state), (name, act, before.state)
        current = Seen(sheet=before.version, figure=before.figure_seen)  # type: ignore[attr-defined]
        assert not stale or self.remembered == current, "an old page wrote over a newer sheet"
        if before.state in LOCKED_STATES:
            assert act in {Act.CORRECT, Act.REOPEN, Act.PUBLISH}
        if act is Act.RELOCK:
            assert before.reopened_until is not None
        if act is Act.APPROVE:
            assert name not in set(self.authors.values()), "somebody approved what they had entered"
        elif act in {Act.EDIT, Act.CORRECT}:
            self._note_authors(name, content)
        self.version = after.version

    def _note_authors(self, name: str, content: tuple[Any, ...]) -> None:
        for field, (old, new) in enumerate(zip(content, self.content(), strict=True)):
            if old != new:
                self.authors[str(field)] = name

    def before(self) -> tuple[KpiSheet, tuple[Any, ...]]:
        sheet = self.now()
        sheet.figure_seen = figure_version(sheet)  # type: ignore[attr-defined]
        return sheet, self.content()

    @initialize(steps=st.sampled_from([0, 1, 1, 2, 3, 5]), author=st.sampled_from(["clerk", "chief"]))
    def begin_somewhere(self, steps: int, author: str) -> None:
        """Bring the sheet a part of the way, entered by one and approved by another."""
        self.enter(author, Act.EDIT, 1, "甲", False, "service")
        self.take_the_workbook()
        for _ in range(steps):
            self.go_on("service", "chief" if author == "clerk" else "deputy")

    def take_the_workbook(self) -> None:
        """Take the section's workbook home, while there is something to fill in."""
        address = reverse("importers:round_book_file", args=[self.world.round.pk])
        answer = self._client("clerk").get(address)
        self.workbook, self.taken_at = answer.content, self.now().version

    # --- what people do ---------------------------------------------------------------------------------

    @rule()
    def leave_a_page_open(self) -> None:
        self.remembered = self.seen(stale=False)

    @rule(
        name=NAMES,
        act=st.sampled_from([Act.EDIT, Act.EDIT, Act.EDIT, Act.CORRECT]),
        value=st.integers(0, 3),
        text=st.sampled_from(["", "甲", "乙", "丙", "丁"]),
        stale=st.booleans(),
        way=st.sampled_from(["service", "page", "grid"]),
    )
    def enter(self, name: str, act: Act, value: int, text: str, stale: bool, way: str) -> None:
        sheet, content = self.before()
        seen = self.seen(stale)
        if way == "service":
            self._enter_by_service(name, act, value, text, seen)
        elif way == "page":
            self._enter_by_page(name, act, value, text, seen)
        elif act is Act.EDIT:
            self._enter_by_grid(name, value, seen)
        else:
            self._correct_by_table(name, value, seen)
        self.settle(name, act, sheet, content, stale=stale)

    def _enter_by_service(self, name: str, act: Act, value: int, text: str, seen: Seen) -> None:
        given: dict[str, Any] = {
            "sheet": self.now(),
            "figure": figure(value),
            "entry": AnswersEntry(answers={"problems": text}),
            "seen": seen,
            "authorship": by(self.person(name)),
        }
        try:
            if act is Act.EDIT:
                save_kpi_sheet(**given)
            else:
                correct_kpi_sheet(**given, reason="集計の誤り")
        except REFUSALS:
            pass

    def _enter_by_page(self, name: str, act: Act, value: int, text: str, seen: Seen) -> None:
        address = self.sheet.get_absolute_url()
        if act is Act.CORRECT:
            address = reverse("evaluations:sheet_correct", args=["kpi", self.sheet.pk])
        self._post(
            name,
            address,
            {
                "sheet_version": seen.sheet,
                "figure_version": seen.figure,
                "figure": str(value),
                "answers.problems": text,
                "reason": "集計の誤り",
            },
        )

    def _enter_by_grid(self, name: str, value: int, seen: Seen) -> None:
        pk = self.sheet.pk
        self._post(
            name,
            reverse("evaluations:round_grid", args=[self.world.round.pk]),
            {f"figure.{pk}": str(value), f"note.{pk}": "", f"seen.{pk}": f"{seen.sheet}.{seen.figure}"},
        )

    def _correct_by_table(self, name: str, value: int, seen: Seen) -> None:
        """Write into planning's table of years, whatever the sheet's state."""
        kpi, year = self.sheet.kpi_id, self.world.round.fiscal_year
        self._post(
            name,
            f"{reverse('evaluations:plan_figures')}?plan={self.world.plan.code}",
            {
                f"b.{kpi}": json.dumps({str(year): ["", seen.sheet, seen.figure]}),
                f"c.{kpi}.{year}": str(value),
                "reason": "集計の誤り",
            },
        )

    @rule(
        name=st.sampled_from(["clerk", "chief", "planning", "other_chief"]),
        value=st.integers(0, 3),
        text=st.sampled_from(["甲", "乙", "丙", "丁"]),
        takes_workbook=st.booleans(),
    )
    @precondition(lambda self: self.books < BOOKS)
    def bring_a_workbook(self, name: str, value: int, text: str, takes_workbook: bool) -> None:
        """Fill in the workbook that was taken at the beginning, however long ago, and bring it back."""
        self.books += 1
        sheet, content = self.before()
        book = opened(self.workbook)
        book.put(self.sheet.kpi.name, {"figure": value, "answers.problems": text})
        run = start_book_run(
            file=ContentFile(book.saved(), "持ち帰り.xlsx"),
            sha256="",
            collection=self.world.round,
            authorship=by(self.person(name)),
        )
        read_book_run(run, today=AT.date())
        rows = list(run.rows.all())
        if takes_workbook:
            chosen = {
                row.position: {each.field: Choice.WORKBOOK for each in differences_of(row)} for row in rows
            }
            with contextlib.suppress(WrongRunState):  # a file refused as a whole waits for nobody
                choose_fields(run, chosen, stamp=comparison_stamp(rows))
        with contextlib.suppress(BookRefused, ChoicesMissing, PreviewOutdated, WrongRunState):
            apply_book_run(run, today=AT.date(), authorship=by(self.person(name)))
        self.settle(name, Act.EDIT, sheet, content, stale=False)
        if not takes_workbook and sheet.version > self.taken_at:
            clashed = [each.field for row in rows for each in differences_of(row) if each.waits({})]
            assert not clashed or self.content() == content, "a clash was decided in silence"

    @rule(
        first=st.sampled_from(["clerk", "chief"]),
        second=st.sampled_from(["clerk", "deputy"]),
        texts=st.permutations(["甲", "乙", "丙"]),
        way=st.sampled_from(["service", "page"]),
    )
    def overtake(self, first: str, second: str, texts: list[str], way: str) -> None:
        """Save words on a page that was opened before somebody else saved other words."""
        self.leave_a_page_open()
        actual = actual_of(self.sheet)
        value = int(actual.value) if actual and actual.value is not None else 1
        self.enter(second, Act.EDIT, value, texts[0], False, "service")
        self.enter(first, Act.EDIT, value, texts[1], True, way)

    @rule(
        name=NAMES,
        act=st.sampled_from(PRESSES),
        stale=st.booleans(),
        way=st.sampled_from(["service", "page"]),
    )
    def press(self, name: str, act: Act, stale: bool, way: str) -> None:
        self._press(name, act, stale, way)

    # The same presses once more, weighted so that sheets get far enough to be finalised.
    @rule(way=st.sampled_from(["service", "page"]), name=st.sampled_from(["clerk", "chief", "deputy"]))
    def go_on(self, way: str, name: str) -> None:
        on = {
            SheetState.NOT_STARTED: (name, Act.SUBMIT),
            SheetState.DRAFTING: (name, Act.SUBMIT),
            SheetState.RETURNED: (name, Act.SUBMIT),
            SheetState.AWAITING_APPROVAL: (name, Act.APPROVE),
            SheetState.SUBMITTED: ("planning", Act.REVIEW),
            SheetState.REVIEWED: ("planning", Act.FINALISE),
            SheetState.EXTERNAL: ("planning", Act.FINALISE),
        }
        step = on.get(SheetState(self.now().state))
        if step is not None:
            self._press(*step, False, way)

    def _press(self, name: str, act: Act, stale: bool, way: str) -> None:
        sheet, content = self.before()
        seen = self.seen(stale)
        if way == "service":
            self._press_by_service(name, act, seen)
        else:
            self._press_by_page(name, act, seen)
        self.settle(name, act, sheet, content, stale=stale)

    def _press_by_service(self, name: str, act: Act, seen: Seen) -> None:
        given: dict[str, Any] = {"sheet": self.now(), "seen": seen, "authorship": by(self.person(name))}
        extra: dict[Act, dict[str, Any]] = {
            Act.WITHDRAW: {"reason": "誤り"},
            Act.ASSESS: {"assessment": workflow.Assessment(planning_comment=str(self.version))},
            Act.OPINE: {"opinion": str(self.version)},
            Act.REPLY: {"text": str(self.version)},
            Act.REOPEN: {"reason": "集計の見直し", "until": date(2099, 1, 1)},
        }
        try:
            getattr(workflow, act.value)(**given, **extra.get(act, {}))
        except OwnEntry:
            assert name in set(self.authors.values())
        except REFUSALS:
            pass

    def _press_by_page(self, name: str, act: Act, seen: Seen) -> None:
        data = {"sheet_version": seen.sheet, "figure_version": seen.figure, "reason": "誤り"}
        if act in TEXTS:
            address = reverse(f"evaluations:sheet_{act.value}", args=["kpi", self.sheet.pk])
            self._post(name, address, {**data, TEXTS[act]: str(self.version)})
        elif act is not Act.SUBMIT:
            address = reverse("evaluations:sheet_act", args=["kpi", self.sheet.pk])
            self._post(name, address, {**data, "act": act.value})

    @rule(
        name=st.sampled_from(["chief", "deputy", "planning", "clerk"]),
        way=st.sampled_from(["service", "page"]),
        stale=st.booleans(),
    )
    @precondition(lambda self: self.now().state not in LOCKED_STATES)
    def send_back(self, name: str, way: str, stale: bool) -> None:
        sheet, content = self.before()
        seen = self.seen(stale)
        if way == "page":
            data = {"sheet_version": seen.sheet, "figure_version": seen.figure, "reason": "根拠が不足"}
            self._post(name, reverse("evaluations:sheet_return", args=["kpi", self.sheet.pk]), data)
        else:
            with contextlib.suppress(REFUSALS):
                workflow.return_sheet(
                    sheet=self.now(),
                    reason="根拠が不足",
                    field_comments={},
                    seen=seen,
                    authorship=by(self.person(name)),
                )
        self.settle(name, Act.RETURN, sheet, content, stale=stale)

    def _client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.person(name), backend="django.contrib.auth.backends.ModelBackend")
        return client

    def _post(self, name: str, address: str, data: dict[str, Any]) -> None:
        assert self._client(name).post(address, data).status_code < 500

    # --- what always holds ------------------------------------------------------------------------------

    @invariant()
    def the_history_is_a_way_through_the_table(self) -> None:
        at = SheetState.NOT_STARTED.value
        states = Revision.objects.for_record(self.sheet).filter(field="state").order_by("id")
        for old, new in states.values_list("old", "new"):
            assert old == at
            assert any(old in t.sources and t.target == new for t in TRANSITIONS), (old, new)
            at = new
        assert self.now().state == at

    @invariant()
    def only_corrections_write_behind_the_lock(self) -> None:
        rows = Revision.objects.filter(
            record_type__in=["evaluations.kpisheet", "evaluations.actual"]
        ).order_by("id")
        locked = False
        for field, new, through in rows.values_list("field", "new", "through"):
            if field == "state":
                locked = new in {state.value for state in LOCKED_STATES}
            elif locked:
                assert field in {"edited_by", "edited_at", "reopened_until"} or through == Through.CORRECTION


@pytest.mark.django_db
def test_no_order_of_acts_breaks_the_rules():
    run_state_machine_as_test(
        SheetMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
